import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { ProcessMap } from '#domain/process-map.ts'
import { DecisionReply, TaskDetail } from '#domain/views/tasks.ts'
import { createCases } from '#store/cases.ts'
import { maybeRow, oneRow, sql, type Db } from '#store/db.ts'
import { openFleet, type Fleet } from '#test/support/fleet.ts'
import { ai, aMap, end, manual, review } from '#test/support/maps.ts'
import { startModelServer } from '#test/support/model-server.ts'
import { addPilot, priya } from '#test/support/store.ts'
import { inWords, openPeople, spreadOf, type People, type Spread } from './product/people.ts'
import { machine, reportUsage, servers, slowestPart, watchUsage, type Usage } from './product/usage.ts'

type Options = { isQuick: boolean; say: (line: string) => void }
type Run = {
  name: string
  steps: number
  atOnce: number
  parked: number
  cases: number
  casesPerSecond: number
  stepsPerSecond: number
  caseMs: Spread
  /** From the moment the case knew until the row was there. */
  lagMs: Spread
  usage: Usage[]
}

/**
 * The whole product, API to row: cases at once, steps of a map, and cases that wait for people meanwhile. A model
 * answers at once, so that everything but the model is measured; each case ends with a person's decision.
 */
export async function bench({ isQuick, say }: Options): Promise<unknown> {
  const model = await startModelServer()
  model.behave({ does: 'reply', text: JSON.stringify({ summary: 'In short' }) })
  const env = { TL_WRITES_PER_MINUTE: '999999', OPENAI_BASE_URL: model.baseUrl, TL_MODEL: 'scripted' }
  const fleet = await openFleet({ env })
  try {
    const [api, worker] = await Promise.all([fleet.startApi(), fleet.startWorker('core,ai')])
    const people = openPeople([api.url], { connections: 40 })
    const processes = [
      { name: 'api', pid: api.pid },
      { name: 'worker', pid: worker.pid },
      ...servers(),
      { name: 'this bench', pid: process.pid },
    ]
    const before = machine()
    const runs: Run[] = []
    const measure = async (
      name: string,
      how: Pick<Run, 'steps' | 'atOnce' | 'parked' | 'cases'>,
    ): Promise<void> => {
      const done = await runCases({ fleet, people, processes }, { name, ...how })
      runs.push(done)
      say(line(done))
      reportUsage(done.usage, { seconds: done.cases / done.casesPerSecond, cases: done.cases, say })
    }
    await runCases(
      { fleet, people, processes },
      { name: 'warm-up', steps: 4, atOnce: 4, parked: 0, cases: 8 },
    )

    const base = { steps: 4, parked: 0 }
    for (const atOnce of [1, 8, 32]) {
      const cases = (isQuick ? 3 : 6) * Math.max(2, atOnce)
      await measure('at once', { ...base, atOnce, cases: Math.min(cases, isQuick ? 48 : 128) })
    }
    for (const steps of [10, 30, 100]) {
      await measure('steps', { steps, parked: 0, atOnce: 8, cases: isQuick ? 8 : 24 })
    }
    const { pilotId: lot } = await addPilot(fleet.db, { ...aMap([manual('wait'), end()]), name: 'Parked' })
    for (const parked of isQuick ? [0, 100, 500] : [0, 1_000, 10_000]) {
      await park(fleet.db, lot, { parked, say })
      await measure('parked', { ...base, atOnce: 8, parked, cases: isQuick ? 24 : 64 })
    }
    await people.close()
    return { machine: before, runs, growth: growth(runs, say) }
  } finally {
    await fleet.close()
    await model.close()
  }
}

type Stage = { fleet: Fleet; people: People; processes: { name: string; pid: number }[] }

/** So many steps by AI, and a review at the end. */
function mapOf(steps: number): ProcessMap {
  const drafts = Array.from({ length: steps - 1 }, (_, i) => ai(`draft-${i + 1}`))
  return aMap([...drafts, review('read', `draft-${steps - 1}`), end()], { name: `${steps} steps` })
}

async function runCases(
  { fleet, people, processes }: Stage,
  { name, steps, atOnce, parked, cases }: Pick<Run, 'name' | 'steps' | 'atOnce' | 'parked' | 'cases'>,
): Promise<Run> {
  const { pilotId } = await addPilot(fleet.db, mapOf(steps))
  const usage = watchUsage(processes)
  const caseMs: number[] = []
  const began = performance.now()
  let left = cases
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left > 0) {
        left -= 1
        const startedAt = performance.now()
        await oneCase(fleet.db, people, pilotId)
        caseMs.push(performance.now() - startedAt)
      }
    }),
  )
  const seconds = (performance.now() - began) / 1000
  return {
    name,
    steps,
    atOnce,
    parked,
    cases,
    casesPerSecond: cases / seconds,
    stepsPerSecond: (cases * steps) / seconds,
    caseMs: spreadOf(caseMs),
    lagMs: await lagOf(fleet.db, pilotId),
    usage: await usage.stop(),
  }
}

const Waiting = z.object({ id: z.string() })

/** From the start until its end is stored; a person decides as soon as they can. */
async function oneCase(db: Db, people: People, pilotId: string): Promise<void> {
  const { caseId } = await people.start(pilotId, randomUUID())
  const task = await until(() =>
    maybeRow(db, Waiting, sql`select id from task where case_id = ${caseId} and status = 'open'`),
  )
  const path = `/api/tasks/${encodeURIComponent(task.id)}`
  const shown = TaskDetail.parse(JSON.parse(await people.insist(path, { persona: 'sam' })))
  const decided = await people.insist(`${path}/decisions`, {
    persona: 'sam',
    body: {
      decisionId: randomUUID(),
      taskVersion: shown.version,
      shownHash: shown.shownHash,
      action: 'approve',
      values: null,
      reason: null,
      note: null,
      touchMs: null,
    },
  })
  DecisionReply.parse(JSON.parse(decided))
  await until(() =>
    maybeRow(db, Waiting, sql`select id from case_run where id = ${caseId} and ended_at is not null`),
  )
}

async function until<T>(look: () => Promise<T | null>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== null) return found
    await sleep(15)
  }
}

/** Has so many cases wait for people. */
async function park(
  db: Db,
  pilotId: string,
  { parked, say }: { parked: number; say: (line: string) => void },
): Promise<void> {
  const count = async (status: string): Promise<number> =>
    (
      await oneRow(
        db,
        z.object({ n: z.number() }),
        sql`select count(*) as n from case_run where pilot_id = ${pilotId} and (${status} = 'any' or status = ${status})`,
      )
    ).n
  for (let made = await count('any'); made < parked; made += 100) {
    const created = await createCases(db, {
      pilotId,
      by: priya,
      channel: 'csv',
      cases: Array.from({ length: Math.min(100, parked - made) }, () => ({
        title: 'Parked',
        values: { sender: 'Parked' },
        externalKey: randomUUID(),
      })),
    })
    if ('code' in created) throw new Error(created.code)
  }
  for (let round = 0; ; round += 1) {
    const waiting = await count('waiting')
    if (waiting >= parked) return
    if (round % 20 === 0) say(`${waiting} of ${parked} cases are parked`)
    await sleep(1_000)
  }
}

async function lagOf(db: Db, pilotId: string): Promise<Spread> {
  const { ms } = await oneRow(
    db,
    z.object({ ms: z.array(z.number()) }),
    sql`select coalesce(array_agg(greatest(0, extract(epoch from s.at - e.at) * 1000)::float8), '{}') as ms
      from case_event e join stream_event s on s.case_id = e.case_id and s.type = e.type
      where e.pilot_id = ${pilotId} and e.type = 'task-opened'`,
  )
  return spreadOf(ms)
}

function line({
  name,
  steps,
  atOnce,
  parked,
  cases,
  casesPerSecond,
  stepsPerSecond,
  caseMs,
  lagMs,
}: Run): string {
  return (
    `${name}: ${steps} steps, ${atOnce} at once, ${parked} parked: ${casesPerSecond.toFixed(2)} cases/s, ` +
    `${stepsPerSecond.toFixed(1)} steps/s (${cases} cases); a case ${inWords(caseMs)}; read model behind ${inWords(lagMs)}`
  )
}

type Growth = { msPerStep: { steps: number; ratio: number }[]; parked: { parked: number; ratio: number }[] }

/** What grows with the map and with what waits, each against the smallest of its row; 1 is no growth. */
function growth(runs: Run[], say: (line: string) => void): Growth {
  const bySteps = runs.filter((run) => run.name === 'steps')
  const byParked = runs.filter((run) => run.name === 'parked')
  const ratio = (run: Run, first: Run | undefined): number =>
    (first?.stepsPerSecond ?? 0) / run.stepsPerSecond
  const found = {
    msPerStep: bySteps.map((run) => ({ steps: run.steps, ratio: ratio(run, bySteps[0]) })),
    parked: byParked.map((run) => ({ parked: run.parked, ratio: ratio(run, byParked[0]) })),
  }
  for (const { steps, ratio: times } of found.msPerStep) {
    say(`${steps} steps: ${times.toFixed(2)} x the time per step of the shortest map`)
  }
  for (const { parked, ratio: times } of found.parked) {
    say(`${parked} parked: ${times.toFixed(2)} x the time per case beside none`)
  }
  for (const run of runs) {
    const seconds = run.cases / run.casesPerSecond
    const { process: busiest, share, coresBusy } = slowestPart(run.usage, { seconds, cores: machine().cores })
    say(
      `${run.name}, ${run.steps} steps, ${run.atOnce} at once, ${run.parked} parked: ${Math.round(100 * share)} % of the ` +
        `processor time in ${busiest}; the servers had ${coresBusy.toFixed(1)} cores`,
    )
  }
  return found
}
