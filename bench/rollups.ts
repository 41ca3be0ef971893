import { randomUUID } from 'node:crypto'
import type { CaseEvent } from '#domain/case-events.ts'
import { json, openDb, run, sql, type Db } from '#store/db.ts'
import { checkInvariants } from '#store/invariants.ts'
import { rebuild } from '#store/rebuild.ts'
import { canvasOf } from '#store/views/canvas.ts'
import { stepPanelOf } from '#store/views/step-panel.ts'
import { addPilot } from '#test/support/store.ts'
import { ai, aMap, end, manual, review } from '#test/support/maps.ts'
import { testPostgres } from '#test/support/servers.ts'
import { ascending } from '#domain/measure/quantiles.ts'

const stepIds = ['check', 'draft', 'read', 'set-up', 'plan', 'approve'] as const
/** Events of one case: its start and end, and three for each step. */
const eventsPerCase = 2 + stepIds.length * 3
const sizes = [10_000, 100_000, 1_000_000]
const questions = 30

/** Whether the canvas costs the same beside ten thousand events and beside a million. */
export async function bench({
  isQuick,
  say,
}: {
  isQuick: boolean
  say: (line: string) => void
}): Promise<unknown> {
  const database = await testPostgres()
  // One connection, so that what it read is counted when it says so.
  const db = openDb(database.url, { max: 1 })
  const work = openDb(database.url, { max: 4 })
  try {
    const results = []
    for (const size of isQuick ? sizes.slice(0, 2) : sizes)
      results.push(await measure({ db, work }, size, say))
    const [small, large] = [results[0], results.at(-1)]
    if (small === undefined || large === undefined) throw new Error('nothing was measured')
    return {
      results,
      ratios: {
        canvasTime: large.canvasMs / small.canvasMs,
        panelTime: large.panelMs / small.panelMs,
        rowsRead: large.rowsRead / small.rowsRead,
        events: large.events / small.events,
      },
    }
  } finally {
    await Promise.all([db.destroy(), work.destroy()])
    await database.drop()
  }
}

type Measured = {
  events: number
  canvasMs: number
  panelMs: number
  rowsRead: number
  /** Everything that is shown, made again from events; and once more, when nothing is wrong. */
  rebuildMs: number
  unchangedMs: number
  promisesMs: Record<string, number>
}

async function measure(
  { db, work }: { db: Db; work: Db },
  events: number,
  say: (line: string) => void,
): Promise<Measured> {
  const map = aMap([
    manual('check'),
    ai('draft'),
    review('read', 'draft'),
    manual('set-up'),
    ai('plan'),
    review('approve', 'plan'),
    end(),
  ])
  const { pilotId } = await addPilot(db, { ...map, name: `Letters ${events}` })
  await fill(db, pilotId, Math.round(events / eventsPerCase))
  const rebuildMs = await timeOf(() => rebuild(work))
  await run(db, sql`analyze`)
  const now = new Date()
  const canvasMs = await medianOf(() => canvasOf(db, pilotId, now))
  const panelMs = await medianOf(() => stepPanelOf(db, { pilotId, stepId: 'read', now }))
  const before = await rowsRead(db)
  await canvasOf(db, pilotId, now)
  const after = await rowsRead(db)
  const unchangedMs = await timeOf(() => rebuild(work))
  const promises = await checkInvariants(work)
  const promisesMs = Object.fromEntries(promises.map(({ id, tookMs }) => [id, tookMs]))
  const measured = {
    events,
    canvasMs,
    panelMs,
    rowsRead: after - before,
    rebuildMs,
    unchangedMs,
    promisesMs,
  }
  say(
    `${events} events: canvas ${canvasMs.toFixed(1)} ms, step ${panelMs.toFixed(1)} ms, ` +
      `${measured.rowsRead} rows read, all made again in ${(rebuildMs / 1000).toFixed(1)} s ` +
      `(${(unchangedMs / 1000).toFixed(1)} s when nothing was wrong), promises in ms: ${JSON.stringify(promisesMs)}`,
  )
  return measured
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

async function medianOf(ask: () => Promise<unknown>): Promise<number> {
  for (let warm = 0; warm < 5; warm += 1) await ask()
  const times: number[] = []
  for (let round = 0; round < questions; round += 1) {
    const began = performance.now()
    await ask()
    times.push(performance.now() - began)
  }
  return ascending(times)[Math.floor(times.length / 2)] ?? 0
}

/** Rows that tables gave out since the server counted first. */
async function rowsRead(db: Db): Promise<number> {
  await run(db, sql`select pg_stat_force_next_flush()`)
  const result = await sql<{
    n: string | number
  }>`select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) as n
    from pg_stat_user_tables where relname in ('case_event', 'step_day', 'step_duration', 'step_week', 'case_run', 'task')`.execute(
    db,
  )
  return Number(result.rows[0]?.n ?? 0)
}

/** Twelve weeks of cases, spread evenly, each through all steps. */
async function fill(db: Db, pilotId: string, cases: number): Promise<void> {
  const spanMs = 12 * 7 * 86_400_000
  const from = Date.now() - spanMs
  const perStatement = 500
  for (let done = 0; done < cases; done += perStatement) {
    const ids = Array.from({ length: Math.min(perStatement, cases - done) }, (_, index) => done + index)
    const made = ids.map((number) => ({
      number,
      id: randomUUID(),
      startedAt: new Date(from + (spanMs * number) / cases).toISOString(),
    }))
    await run(
      db,
      sql`insert into case_run (id, pilot_id, number, title, external_key, status, map_version, sample, started_by,
          channel, started_at, ended_at, last_event_at)
        select c.id, ${pilotId}, c.number + 1, 'case', c.id, 'done', 1, false, 'priya', 'api', c."startedAt",
          c."startedAt" + interval '1 day', c."startedAt" + interval '1 day'
        from jsonb_to_recordset(${json(made)}) as c(id text, number integer, "startedAt" timestamptz)`,
    )
    const events = made.flatMap((one) => eventsOf(one))
    await run(
      db,
      sql`insert into case_event (case_id, key, pilot_id, at, type, step_id, event)
        select e.event->>'caseId', e.event->>'key', ${pilotId}, (e.event->>'at')::timestamptz, e.event->>'type',
          e.event->>'stepId', e.event
        from jsonb_array_elements(${json(events)}) as e(event)`,
    )
  }
}

function eventsOf({
  id: caseId,
  number,
  startedAt,
}: {
  id: string
  number: number
  startedAt: string
}): CaseEvent[] {
  const started = Date.parse(startedAt)
  const by = { id: 'priya', name: 'Priya', sample: false }
  const at = (hours: number): string => new Date(started + hours * 3_600_000).toISOString()
  const steps = stepIds.flatMap((stepId, index): CaseEvent[] => {
    const leadMs = 60_000 * (1 + ((number * 7919 + index * 104_729) % 600))
    const base = { caseId, stepId, execId: `${stepId}#1` }
    return [
      { ...base, type: 'step-entered', key: `entered:${stepId}`, at: at(index), visit: 1 },
      {
        ...base,
        type: 'branch-taken',
        key: `b:${stepId}`,
        at: at(index + 0.5),
        to: 'done',
        label: '',
        on: 'when',
      },
      {
        ...base,
        type: 'step-finished',
        key: `finished:${stepId}`,
        at: at(index + 1),
        visit: 1,
        enabledAt: at(index),
        leadMs,
        waitMs: leadMs / 2,
        touchMs: leadMs / 3,
        machineMs: null,
        doneBy: 'person',
      },
    ]
  })
  return [
    { type: 'case-started', caseId, key: 'started', at: startedAt, by, channel: 'api' },
    ...steps,
    {
      type: 'case-ended',
      caseId,
      key: 'ended',
      at: at(24),
      status: 'done',
      outcome: 'Done',
      startedAt,
      cycleMs: 86_400_000 + (number % 1000) * 60_000,
      touchMs: 3_600_000,
      rework: number % 9 === 0,
      exception: number % 11 === 0,
      finishedByHand: false,
    },
  ]
}
