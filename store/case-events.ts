import type { RawBuilder } from 'kysely'
import { z } from 'zod'
import { CaseEvent, type CaseEventOf } from '#domain/case-events.ts'
import type { Fact } from '#domain/case-messages.ts'
import { placeAfter } from '#domain/case-place.ts'
import { inOrder, placeAtOnce } from '#domain/event-order.ts'
import { endsWait } from '#domain/read-model.ts'
import { deltasOf, type Delta, type Measure } from '#domain/rollup.ts'
import { visitOf } from '#domain/visits.ts'
import { renewCaseKeys } from './case-keys.ts'
import { setStatus } from './case-status.ts'
import { inTransaction, json, oneRow, rows, run, sql, type Db } from './db.ts'
import { localDates } from './local-dates.ts'
import { readCasesAgain, writerLock } from './read-cases-again.ts'

/** Which case the events belong to, and the zone its days are cut in. */
export type EventScope = { caseId: string; pilotId: string; zone: string }

/**
 * Within a transaction, ask this before anything else is locked: it keeps the case from being read anew meanwhile, and
 * whoever else tells something of it waits, so that what is shown of several branches is read by the last.
 */
export async function scopeOf(db: Db, caseId: string): Promise<EventScope> {
  const found = await oneRow(
    db,
    z.object({ pilot_id: z.string(), zone: z.string() }),
    sql`select c.pilot_id, p.zone, ${writerLock(caseId)}
      from case_run c join pilot p on p.id = c.pilot_id where c.id = ${caseId} for no key update of c`,
  )
  return { caseId, pilotId: found.pilot_id, zone: found.zone }
}

/** Everything that was told of a case, in no particular order. */
export async function eventsOf(db: Db, caseId: string): Promise<CaseEvent[]> {
  const found = await rows(
    db,
    z.object({ event: CaseEvent }),
    sql`select event from case_event where case_id = ${caseId}`,
  )
  return found.map((row) => row.event)
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
  const keys = await storeEvents(tx, scope.pilotId, { events, lock: writerLock(scope.caseId) })
  // One that was sent twice at once is one.
  const fresh = events.filter((event) => keys.delete(event.key))
  if (fresh.length === 0) return []
  for (const event of fresh) {
    await projectOnTask(tx, event)
    await projectOnWait(tx, event)
  }
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
 * figures only: of those cases that its part `made` has inserted.
 */
export function startParts(
  { pilotId, zone }: Omit<EventScope, 'caseId'>,
  events: CaseEventOf<'case-started'>[],
): RawBuilder<unknown> {
  const deltas = events.flatMap((event) =>
    deltasOf(event, localDates(zone)).map((delta) => ({ caseId: event.caseId, ...delta })),
  )
  return sql`events as (insert into case_event (case_id, key, pilot_id, at, type, event)
        select e.event->>'caseId', e.event->>'key', ${pilotId}, (e.event->>'at')::timestamptz, e.event->>'type', e.event
        from made join jsonb_array_elements(${json(events)}) as e(event) on e.event->>'caseId' = made.id
        returning case_id, type),
      told as (insert into stream_event (pilot_id, case_id, type) select ${pilotId}, case_id, type from events),
      counted as (insert into step_day (pilot_id, step_id, day, counter, n)
        select ${pilotId}, d."stepId", d.day, d.counter, sum(d.add) from made join jsonb_to_recordset(${json(deltas)})
          as d("caseId" text, "stepId" text, day date, counter text, add integer) on d."caseId" = made.id
        group by 2, 3, 4
        on conflict (pilot_id, step_id, day, counter) do update set n = step_day.n + excluded.n)`
}

/** Gives the keys of those that were not stored already. */
async function storeEvents(
  tx: Db,
  pilotId: string,
  { events, lock }: { events: CaseEvent[]; lock: RawBuilder<unknown> },
): Promise<Set<string>> {
  const stored = await rows(
    tx,
    z.object({ key: z.string() }),
    sql`insert into case_event (case_id, key, pilot_id, at, type, step_id, event)
      select e.event->>'caseId', e.event->>'key', ${pilotId}, (e.event->>'at')::timestamptz,
        e.event->>'type', e.event->>'stepId', e.event
      from jsonb_array_elements(${json(events)}) as e(event),
        (select ${lock} as taken offset 0) as lock where lock.taken is not null
      on conflict (case_id, key) do nothing returning key`,
  )
  return new Set(stored.map((row) => row.key))
}

async function projectOnTask(tx: Db, event: CaseEvent): Promise<void> {
  if (event.type === 'task-decided') await recordDecision(tx, event)
  if (event.type === 'task-undone') {
    await run(tx, sql`update decision set undone_at = ${event.at} where decision_id = ${event.decisionId}`)
  }
  if (event.type === 'sla-breached') {
    await run(
      tx,
      sql`update task set escalated_to = coalesce(${event.askedToo}, escalated_to),
          status = case when status = 'open' and version = ${event.closes}::integer then 'closed' else status end
        where id = ${event.taskId}`,
    )
  }
  if (event.type === 'task-withdrawn') {
    await run(tx, sql`update task set status = 'closed' where id = ${event.taskId} and status = 'open'`)
  }
  if (event.type === 'step-abandoned') {
    await run(
      tx,
      sql`update task set status = 'closed'
        where case_id = ${event.caseId} and exec_id = ${visitOf(event)} and status = 'open'`,
    )
  }
  if (event.type === 'case-ended') {
    await run(tx, sql`update task set status = 'closed' where case_id = ${event.caseId} and status = 'open'`)
  }
}

/** The same visit may wait again, after a person let it be tried once more: the later wait counts. */
async function projectOnWait(tx: Db, event: CaseEvent): Promise<void> {
  if (event.type === 'wait-began') {
    const visit = visitOf(event)
    await run(
      tx,
      sql`insert into case_wait (case_id, exec_id, step_id, since, until, message, ended_at)
        select ${event.caseId}, ${visit}, ${event.stepId}, ${event.at}::timestamptz, ${event.until}, ${event.message},
          (select min(at) from case_event where case_id = ${event.caseId} and at >= ${event.at}::timestamptz
            and (type = 'case-ended' or (type in ('step-finished', 'step-abandoned', 'exception-entered')
              and substring(event->>'execId' from '^[^#]*#[0-9]+') = ${visit})))
        on conflict (case_id, exec_id) do update set step_id = excluded.step_id, since = excluded.since,
            until = excluded.until, message = excluded.message, ended_at = excluded.ended_at
          where case_wait.since < excluded.since`,
    )
  } else if (event.type === 'case-ended' || endsWait(event)) {
    const ofVisit = event.type === 'case-ended' ? sql`true` : sql`exec_id = ${visitOf(event)}`
    await run(
      tx,
      sql`update case_wait set ended_at = least(ended_at, ${event.at}::timestamptz)
        where case_id = ${event.caseId} and ${ofVisit} and since <= ${event.at}::timestamptz`,
    )
  }
}

async function recordDecision(tx: Db, event: CaseEventOf<'task-decided'>): Promise<void> {
  await run(
    tx,
    sql`insert into decision (decision_id, task_id, task_version, case_id, actor, action, document_id, reason, note,
        changed_share, touch_ms, at, undone_at)
      select ${event.decisionId}, ${event.taskId}, ${event.version}, ${event.caseId}, ${event.by.id}, ${event.action},
        (select args->'editRef'->>'id' from decision_attempt where decision_id = ${event.decisionId}),
        ${event.reason}, ${event.note}, ${event.changedShare}, ${event.touchMs}, ${event.at},
        -- That it was taken back may have been told before.
        (select at from case_event where case_id = ${event.caseId} and type = 'task-undone'
          and event->>'decisionId' = ${event.decisionId} limit 1)
      on conflict do nothing`,
  )
  await run(
    tx,
    sql`update task set status = 'decided', decided_by = ${event.by.id}, decided_at = ${event.at},
        action = ${event.action}, reading_until = null
      where id = ${event.taskId} and version = ${event.version} and status <> 'decided'`,
  )
}

/** What these mean depends on everything that was told before. */
const seldom: ReadonlySet<CaseEvent['type']> = new Set([
  'case-stalled',
  'case-went-on',
  'case-paused',
  'case-resumed',
  'went-by-hand',
  'came-back',
  'case-moved',
])

async function projectOnCase(tx: Db, caseId: string, fresh: CaseEvent[]): Promise<void> {
  const placing = inOrder(fresh).findLast((event) => placeAfter(event) !== null)
  if (placing !== undefined) {
    const order = placeAtOnce(placing)
    // An ended case stays where it is: only that something was told of it later counts.
    await run(
      tx,
      sql`update case_run set last_event_at = ${placing.at},
          place_order = case when ended_at is null then ${order} else place_order end,
          step_id = case when ended_at is null then ${placeAfter(placing)} end
        where id = ${caseId} and case when ended_at is null
          then place_order = '' or (last_event_at, place_order) < (${placing.at}::timestamptz, ${order} collate "C")
          else last_event_at < ${placing.at}::timestamptz end`,
    )
  }
  const ended = fresh.find((event) => event.type === 'case-ended')
  if (ended !== undefined) {
    await run(
      tx,
      sql`update case_run set status = ${ended.status}, outcome = ${ended.outcome}, ended_at = ${ended.at},
          last_event_at = greatest(last_event_at, ${ended.at}), step_id = null, place_order = '',
          stalled_since = null, stall = null
        where id = ${caseId} and ended_at is null`,
    )
  }
  if (fresh.some((event) => seldom.has(event.type))) await readCasesAgain(tx, [caseId])
  else await setStatus(tx, [caseId])
  if (fresh.some((event) => event.type === 'case-moved')) await renewCaseKeys(tx, caseId)
}

/** Rows are written in the order of their keys, so that two cases at once never wait for each other in a ring. */
async function addDeltas(tx: Db, pilotId: string, deltas: Delta[]): Promise<void> {
  const counts = inSums(deltas.filter((delta) => delta.kind === 'count'))
  const durations = inSums(deltas.filter((delta) => delta.kind === 'duration'))
  const weeks = inSums(deltas.filter((delta) => delta.kind === 'week'))
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

function inSums<D extends Delta>(deltas: D[]): D[] {
  const sums = new Map<string, D>()
  addTo(sums, deltas)
  return [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, delta]) => delta)
}

function addTo<D extends Delta>(sums: Map<string, D>, deltas: D[]): void {
  for (const delta of deltas) {
    const key = keyOfDelta(delta)
    const before = sums.get(key)
    sums.set(key, before === undefined ? delta : { ...before, add: before.add + delta.add })
  }
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

const StoredDelta = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('count'),
    stepId: z.string(),
    day: z.string(),
    counter: z.string(),
    add: z.number(),
  }),
  z.object({
    kind: z.literal('duration'),
    stepId: z.string(),
    measure: z.enum(['lead', 'wait', 'touch', 'machine', 'cycle'] satisfies Measure[]),
    bucket: z.number(),
    add: z.number(),
  }),
  z.object({
    kind: z.literal('week'),
    stepId: z.string(),
    week: z.string(),
    bucket: z.number(),
    add: z.number(),
  }),
])

/** A sum as it is stored and as the events give it; null where there is no such row. */
type ComparedSum = { key: string; delta: Delta; stored: number | null; fromEvents: number | null }

/** Compares at one moment, in which each event is there with all that it added, or not at all. */
async function compareSums(db: Db, pilotId: string): Promise<ComparedSum[]> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const stored = await rows(
        tx,
        z.object({ delta: StoredDelta }),
        sql`select json_build_object('kind', 'count', 'stepId', step_id, 'day', day, 'counter', counter,
            'add', n) as delta from step_day where pilot_id = ${pilotId}
          union all
          select json_build_object('kind', 'duration', 'stepId', step_id, 'measure', measure, 'bucket', bucket,
            'add', n) from step_duration where pilot_id = ${pilotId}
          union all
          select json_build_object('kind', 'week', 'stepId', step_id, 'week', week, 'bucket', bucket,
            'add', n) from step_week where pilot_id = ${pilotId}`,
      )
      const sums = new Map<string, ComparedSum>()
      for (const { delta } of stored) {
        const key = keyOfDelta(delta)
        sums.set(key, { key, delta, stored: delta.add, fromEvents: null })
      }
      for (const delta of await deltasOfPilot(tx, pilotId)) {
        const key = keyOfDelta(delta)
        sums.set(key, { key, delta, stored: sums.get(key)?.stored ?? null, fromEvents: delta.add })
      }
      return [...sums.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1))
    })
}

/** Stored figures that differ from what the events give: each with both numbers. Empty when all is well. */
export async function figuresThatDiffer(
  db: Db,
  pilotId: string,
): Promise<{ key: string; stored: number; fromEvents: number }[]> {
  return (await compareSums(db, pilotId)).flatMap(({ key, stored, fromEvents }) => {
    const pair = { key, stored: stored ?? 0, fromEvents: fromEvents ?? 0 }
    return pair.stored === pair.fromEvents ? [] : [pair]
  })
}

const correctionLock = 7_406_114

/**
 * Brings the stored figures of a pilot to what its events give, and tells how many were wrong. They are changed
 * by the difference, so that whatever happens meanwhile keeps its part. Needs a pool of two connections or more.
 */
export async function correctFigures(db: Db, pilotId: string): Promise<number> {
  return inTransaction(db, async (tx) => {
    // Two at once would both add the same difference.
    await run(tx, sql`select pg_advisory_xact_lock(${correctionLock}, hashtext(${pilotId}))`)
    const wrong = (await compareSums(db, pilotId)).filter(({ stored, fromEvents }) => stored !== fromEvents)
    await addDeltas(
      tx,
      pilotId,
      wrong.map(({ delta, stored, fromEvents }) => ({ ...delta, add: (fromEvents ?? 0) - (stored ?? 0) })),
    )
    // A sum that no event speaks of has no row; one that came to nothing keeps it.
    for (const { delta, fromEvents } of wrong) if (fromEvents === null) await dropEmpty(tx, pilotId, delta)
    return wrong.length
  })
}

async function dropEmpty(tx: Db, pilotId: string, delta: Delta): Promise<void> {
  switch (delta.kind) {
    case 'count':
      await run(
        tx,
        sql`delete from step_day where pilot_id = ${pilotId} and step_id = ${delta.stepId} and day = ${delta.day}
          and counter = ${delta.counter} and n = 0`,
      )
      return
    case 'duration':
      await run(
        tx,
        sql`delete from step_duration where pilot_id = ${pilotId} and step_id = ${delta.stepId}
          and measure = ${delta.measure} and bucket = ${delta.bucket} and n = 0`,
      )
      return
    case 'week':
      await run(
        tx,
        sql`delete from step_week where pilot_id = ${pilotId} and step_id = ${delta.stepId} and week = ${delta.week}
          and bucket = ${delta.bucket} and n = 0`,
      )
  }
}

const eventsPerPage = 10_000

/** The sums that all events of a pilot come to; read page by page, since there may be millions. */
async function deltasOfPilot(tx: Db, pilotId: string): Promise<Delta[]> {
  const { zone } = await oneRow(
    tx,
    z.object({ zone: z.string() }),
    sql`select zone from pilot where id = ${pilotId}`,
  )
  const sums = new Map<string, Delta>()
  let after = { case_id: '', key: '' }
  for (;;) {
    const page = await rows(
      tx,
      z.object({ case_id: z.string(), key: z.string(), event: CaseEvent }),
      sql`select e.case_id, e.key, e.event from case_event e
        where e.pilot_id = ${pilotId} and (e.case_id, e.key) > (${after.case_id}, ${after.key})
        order by e.case_id, e.key limit ${eventsPerPage}`,
    )
    for (const { event } of page) addTo(sums, deltasOf(event, localDates(zone)))
    const last = page.at(-1)
    if (last === undefined) return [...sums.values()]
    after = last
  }
}

/** What one sum is about, as text: the same for two deltas that belong together. */
function keyOfDelta(delta: Delta): string {
  switch (delta.kind) {
    case 'count':
      return `${delta.kind}\n${delta.stepId}\n${delta.day}\n${delta.counter}`
    case 'duration':
      return `${delta.kind}\n${delta.stepId}\n${delta.measure}\n${delta.bucket}`
    case 'week':
      return `${delta.kind}\n${delta.stepId}\n${delta.week}\n${delta.bucket}`
  }
}
