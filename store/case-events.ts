import type { RawBuilder } from 'kysely'
import { z } from 'zod'
import { CaseEvent, type CaseEventOf } from '#domain/case-events.ts'
import type { Fact } from '#domain/case-messages.ts'
import { deltasOf, type Delta } from '#domain/rollup.ts'
import { inTransaction, json, oneRow, rows, run, sql, type Db } from './db.ts'
import { localDates } from './local-dates.ts'

/** Which case the events belong to, and the zone its days are cut in. */
export type EventScope = { caseId: string; pilotId: string; zone: string }

export async function scopeOf(db: Db, caseId: string): Promise<EventScope> {
  const found = await oneRow(
    db,
    z.object({ pilot_id: z.string(), zone: z.string() }),
    sql`select c.pilot_id, p.zone from case_run c join pilot p on p.id = c.pilot_id where c.id = ${caseId}`,
  )
  return { caseId, pilotId: found.pilot_id, zone: found.zone }
}

/** What the workflow told, as events of its case. */
export function eventsOfFacts(caseId: string, facts: Fact[]): CaseEvent[] {
  return facts.map(({ seq, ...body }) => CaseEvent.parse({ ...body, caseId, key: `f${seq}` }))
}

/**
 * Appends events, adds what they change to figures, tasks and the case, and tells live pages; all in the given
 * transaction. Events that are stored already change nothing, in whatever order they come.
 */
export async function appendEvents(tx: Db, scope: EventScope, events: CaseEvent[]): Promise<CaseEvent[]> {
  if (events.length === 0) return []
  const keys = await storeEvents(tx, scope.pilotId, events)
  const fresh = events.filter((event) => keys.has(event.key))
  if (fresh.length === 0) return []
  for (const event of fresh) await projectOnTask(tx, event)
  await projectOnCase(tx, scope.caseId, fresh)
  await addDeltas(
    tx,
    scope.pilotId,
    fresh.flatMap((event) => deltasOf(event, localDates(scope.zone))),
  )
  await tellLivePages(tx, scope.pilotId, fresh)
  return fresh
}

/**
 * The parts of a statement that append the first events of new cases, of which nothing is stored yet and which change
 * figures only; they do so when its part `running` has a row.
 */
export function startParts(
  { pilotId, zone }: Omit<EventScope, 'caseId'>,
  events: CaseEventOf<'case-started'>[],
): RawBuilder<unknown> {
  const deltas = sumBy(
    events.flatMap((event) => deltasOf(event, localDates(zone))),
    keyOfDelta,
  )
  return sql`events as (insert into case_event (case_id, key, pilot_id, at, type, event)
        select e.event->>'caseId', e.event->>'key', ${pilotId}, (e.event->>'at')::timestamptz, e.event->>'type', e.event
        from running cross join jsonb_array_elements(${json(events)}) as e(event) returning case_id, type),
      told as (insert into stream_event (pilot_id, case_id, type) select ${pilotId}, case_id, type from events),
      counted as (insert into step_day (pilot_id, step_id, day, counter, n)
        select ${pilotId}, d."stepId", d.day, d.counter, d.add from running cross join
          jsonb_to_recordset(${json(deltas)}) as d("stepId" text, day date, counter text, add integer)
        on conflict (pilot_id, step_id, day, counter) do update set n = step_day.n + excluded.n)`
}

/** Gives the keys of those that were not stored already. */
async function storeEvents(tx: Db, pilotId: string, events: CaseEvent[]): Promise<Set<string>> {
  const stored = await rows(
    tx,
    z.object({ key: z.string() }),
    sql`insert into case_event (case_id, key, pilot_id, at, type, step_id, event)
      select e.event->>'caseId', e.event->>'key', ${pilotId}, (e.event->>'at')::timestamptz,
        e.event->>'type', e.event->>'stepId', e.event
      from jsonb_array_elements(${json(events)}) as e(event)
      on conflict (case_id, key) do nothing returning key`,
  )
  return new Set(stored.map((row) => row.key))
}

async function projectOnTask(tx: Db, event: CaseEvent): Promise<void> {
  if (event.type === 'task-decided') await recordDecision(tx, event)
  if (event.type === 'task-undone') {
    await run(tx, sql`update decision set undone_at = ${event.at} where decision_id = ${event.decisionId}`)
  }
  if (event.type === 'case-ended') {
    await run(tx, sql`update task set status = 'closed' where case_id = ${event.caseId} and status = 'open'`)
  }
}

async function recordDecision(tx: Db, event: CaseEventOf<'task-decided'>): Promise<void> {
  await run(
    tx,
    sql`insert into decision (decision_id, task_id, task_version, case_id, actor, action, document_id, reason, note,
        changed_share, touch_ms, at)
      select ${event.decisionId}, ${event.taskId}, ${event.version}, ${event.caseId}, ${event.by.id}, ${event.action},
        (select args->'editRef'->>'id' from decision_attempt where decision_id = ${event.decisionId}),
        ${event.reason}, ${event.note}, ${event.changedShare}, ${event.touchMs}, ${event.at}
      on conflict do nothing`,
  )
  await run(
    tx,
    sql`update task set status = 'decided', decided_by = ${event.by.id}, decided_at = ${event.at},
        action = ${event.action}, reading_until = null
      where id = ${event.taskId} and version = ${event.version} and status <> 'decided'`,
  )
}

type Position = { status: 'running' | 'waiting'; stepId: string | null }

/** What an event says of where the case is; null when it says nothing. */
function positionAfter(event: CaseEvent): Position | null {
  switch (event.type) {
    case 'step-entered':
    case 'task-decided':
    case 'sent-back':
      return { status: 'running', stepId: event.stepId }
    case 'task-opened':
    case 'task-undone':
      return { status: 'waiting', stepId: event.stepId }
    case 'case-started':
    case 'draft-stored':
    case 'draft-failed':
    case 'vote-counted':
    case 'sla-breached':
    case 'step-finished':
    case 'step-abandoned':
    case 'branch-taken':
    case 'exception-entered':
    case 'exception-closed':
    case 'case-ended':
      return null
  }
}

async function projectOnCase(tx: Db, caseId: string, fresh: CaseEvent[]): Promise<void> {
  const ended = fresh.find((event) => event.type === 'case-ended')
  if (ended !== undefined) {
    await run(
      tx,
      sql`update case_run set status = ${ended.status}, outcome = ${ended.outcome}, ended_at = ${ended.at},
          last_event_at = greatest(last_event_at, ${ended.at}), step_id = null
        where id = ${caseId} and ended_at is null`,
    )
    return
  }
  const newest = fresh
    .map((event) => ({ at: event.at, position: positionAfter(event) }))
    .filter((entry) => entry.position !== null)
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .at(-1)
  if (newest?.position == null) return
  await run(
    tx,
    sql`update case_run set status = ${newest.position.status}, step_id = ${newest.position.stepId},
        last_event_at = ${newest.at}
      where id = ${caseId} and ended_at is null and last_event_at <= ${newest.at}`,
  )
}

/** Rows are written in the order of their keys, so that two cases at once never wait for each other in a ring. */
async function addDeltas(tx: Db, pilotId: string, deltas: Delta[]): Promise<void> {
  const counts = sumBy(
    deltas.filter((delta) => delta.kind === 'count'),
    keyOfDelta,
  )
  const durations = sumBy(
    deltas.filter((delta) => delta.kind === 'duration'),
    keyOfDelta,
  )
  const weeks = sumBy(
    deltas.filter((delta) => delta.kind === 'week'),
    keyOfDelta,
  )
  if (counts.length > 0) {
    await run(
      tx,
      sql`insert into step_day (pilot_id, step_id, day, counter, n)
        select ${pilotId}, d."stepId", d.day, d.counter, d.add
        from jsonb_to_recordset(${json(counts)}) as d("stepId" text, day date, counter text, add integer)
        on conflict (pilot_id, step_id, day, counter) do update set n = step_day.n + excluded.n`,
    )
  }
  if (durations.length > 0) {
    await run(
      tx,
      sql`insert into step_duration (pilot_id, step_id, measure, bucket, n)
        select ${pilotId}, d."stepId", d.measure, d.bucket, d.add
        from jsonb_to_recordset(${json(durations)}) as d("stepId" text, measure text, bucket integer, add integer)
        on conflict (pilot_id, step_id, measure, bucket) do update set n = step_duration.n + excluded.n`,
    )
  }
  if (weeks.length > 0) {
    await run(
      tx,
      sql`insert into step_week (pilot_id, step_id, week, bucket, n)
        select ${pilotId}, d."stepId", d.week, d.bucket, d.add
        from jsonb_to_recordset(${json(weeks)}) as d("stepId" text, week date, bucket integer, add integer)
        on conflict (pilot_id, step_id, week, bucket) do update set n = step_week.n + excluded.n`,
    )
  }
}

function sumBy<D extends Delta>(deltas: D[], keyOf: (delta: D) => string): D[] {
  const sums = new Map<string, D>()
  for (const delta of deltas) {
    const key = keyOf(delta)
    const before = sums.get(key)
    sums.set(key, before === undefined ? delta : { ...before, add: before.add + delta.add })
  }
  return [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, delta]) => delta)
}

async function tellLivePages(tx: Db, pilotId: string, fresh: CaseEvent[]): Promise<void> {
  const told = fresh.map((event) => ({
    caseId: event.caseId,
    type: event.type,
    stepId: 'stepId' in event ? event.stepId : null,
    taskId: 'taskId' in event ? event.taskId : null,
  }))
  await run(
    tx,
    sql`insert into stream_event (pilot_id, case_id, task_id, step_id, type)
      select ${pilotId}, t."caseId", t."taskId", t."stepId", t.type
      from jsonb_to_recordset(${json(told)}) as t("caseId" text, type text, "stepId" text, "taskId" text)`,
  )
}

/** Makes the stored figures of a pilot again from its events alone. */
export async function rebuildFigures(db: Db, pilotId: string): Promise<void> {
  await inTransaction(db, async (tx) => {
    const deltas = await deltasOfPilot(tx, pilotId)
    await run(tx, sql`delete from step_day where pilot_id = ${pilotId}`)
    await run(tx, sql`delete from step_duration where pilot_id = ${pilotId}`)
    await run(tx, sql`delete from step_week where pilot_id = ${pilotId}`)
    await addDeltas(tx, pilotId, deltas)
  })
}

const StoredDelta = z.object({ key: z.string(), n: z.number() })

/** Stored figures that differ from what the events give: each with both numbers. Empty when all is well. */
export async function figuresThatDiffer(
  db: Db,
  pilotId: string,
): Promise<{ key: string; stored: number; fromEvents: number }[]> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const wanted = new Map<string, number>()
      for (const delta of await deltasOfPilot(tx, pilotId)) {
        wanted.set(keyOfDelta(delta), delta.add)
      }
      const stored = await rows(
        tx,
        StoredDelta,
        sql`select json_build_array(step_id, day, counter)::text as key, n from step_day where pilot_id = ${pilotId}
          union all
          select json_build_array(step_id, measure, bucket)::text, n from step_duration where pilot_id = ${pilotId}
          union all
          select json_build_array(step_id, week, bucket)::text, n from step_week where pilot_id = ${pilotId}`,
      )
      const found = new Map(stored.map((row) => [row.key, row.n]))
      return [...new Set([...wanted.keys(), ...found.keys()])].toSorted().flatMap((key) => {
        const pair = { key, stored: found.get(key) ?? 0, fromEvents: wanted.get(key) ?? 0 }
        return pair.stored === pair.fromEvents ? [] : [pair]
      })
    })
}

const eventsPerPage = 10_000

/** The sums that all events of a pilot come to; read page by page, since there may be millions. */
async function deltasOfPilot(tx: Db, pilotId: string): Promise<Delta[]> {
  const { zone } = await oneRow(
    tx,
    z.object({ zone: z.string() }),
    sql`select zone from pilot where id = ${pilotId}`,
  )
  let sums: Delta[] = []
  let after = { case_id: '', key: '' }
  for (;;) {
    const page = await rows(
      tx,
      z.object({ case_id: z.string(), key: z.string(), event: CaseEvent }),
      sql`select e.case_id, e.key, e.event from case_event e
        where e.pilot_id = ${pilotId} and (e.case_id, e.key) > (${after.case_id}, ${after.key})
        order by e.case_id, e.key limit ${eventsPerPage}`,
    )
    const deltas = page.flatMap(({ event }) => deltasOf(event, localDates(zone)))
    sums = sumBy([...sums, ...deltas], keyOfDelta)
    const last = page.at(-1)
    if (last === undefined) return sums
    after = last
  }
}

/** The key of a stored row, as `json_build_array` of the database writes it. */
function keyOfDelta(delta: Delta): string {
  switch (delta.kind) {
    case 'count':
      return rowKey(delta.stepId, delta.day, delta.counter)
    case 'duration':
      return rowKey(delta.stepId, delta.measure, delta.bucket)
    case 'week':
      return rowKey(delta.stepId, delta.week, delta.bucket)
  }
}

function rowKey(...parts: (string | number)[]): string {
  return `[${parts.map((part) => JSON.stringify(part)).join(', ')}]`
}
