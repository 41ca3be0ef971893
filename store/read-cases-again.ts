import type { RawBuilder } from 'kysely'
import { z } from 'zod'
import { CaseEvent } from '#domain/case-events.ts'
import {
  caseReading,
  decisionReadings,
  taskReading,
  waitReadings,
  type CaseReading,
  type DecisionReading,
  type TaskReading,
} from '#domain/read-model.ts'
import { setStatus } from './case-status.ts'
import { json, rows, run, sql, type Db } from './db.ts'

/** How many rows said something else than the events. */
export type Corrected = { cases: number; tasks: number; decisions: number }

const CaseRow = z.object({
  id: z.string(),
  ended: z.string().nullable(),
  stepId: z.string().nullable(),
  outcome: z.string().nullable(),
  endedAt: z.string().nullable(),
  lastEventAt: z.string(),
  placeOrder: z.string(),
  stalledSince: z.string().nullable(),
  stall: z.string().nullable(),
  paused: z.boolean(),
  byHand: z.boolean(),
  byHandSteps: z.array(z.string()),
  mapVersion: z.number(),
  beganByHand: z.boolean(),
  beganByHandSteps: z.array(z.string()),
})
const TaskRow = z.object({
  id: z.string(),
  caseId: z.string(),
  execId: z.string(),
  version: z.number(),
  dueAt: z.string().nullable(),
  status: z.string(),
  decidedBy: z.string().nullable(),
  decidedAt: z.string().nullable(),
  action: z.string().nullable(),
  escalatedTo: z.string().nullable(),
})
const WaitRow = z.object({
  caseId: z.string(),
  execId: z.string(),
  stepId: z.string(),
  since: z.string(),
  until: z.string().nullable(),
  message: z.string().nullable(),
  endedAt: z.string().nullable(),
})
const DecisionRow = z.object({
  decisionId: z.string(),
  taskId: z.string(),
  taskVersion: z.number(),
  actor: z.string(),
  action: z.string(),
  reason: z.string().nullable(),
  note: z.string().nullable(),
  changedShare: z.number().nullable(),
  touchMs: z.number().nullable(),
  at: z.string(),
  undoneAt: z.string().nullable(),
  caseId: z.string(),
  documentId: z.string().nullable(),
})
type DecisionRow = z.infer<typeof DecisionRow>

const lockSeed = 7_406_115

function lockOf(caseId: string): RawBuilder<unknown> {
  return sql`hashtextextended(${caseId}, ${lockSeed})`
}

/** Held by whoever tells something of a case, until the end of the transaction; many may do so at once. */
export function writerLock(caseId: string): RawBuilder<unknown> {
  return sql`pg_advisory_xact_lock_shared(${lockOf(caseId)})`
}

/** Waits until nobody tells anything of these cases, and keeps it so until the end of the transaction. */
export async function holdCases(tx: Db, caseIds: string[]): Promise<void> {
  await run(
    tx,
    sql`select pg_advisory_xact_lock(key) from (
        select distinct hashtextextended(id, ${lockSeed}) as key from unnest(${caseIds}::text[]) as id order by 1) as keys`,
  )
}

/**
 * Makes what is shown of cases again from their events, and writes only what differs. Whoever tells something of
 * them in the meantime adds to what is written here.
 */
export async function readCasesAgain(tx: Db, caseIds: string[]): Promise<Corrected> {
  const cases = await rows(
    tx,
    CaseRow,
    sql`select id, case when ended_at is not null then status end as ended, step_id as "stepId", outcome,
        ended_at as "endedAt", last_event_at as "lastEventAt", place_order as "placeOrder",
        stalled_since as "stalledSince", stall, paused, by_hand as "byHand", by_hand_steps as "byHandSteps",
        map_version as "mapVersion", began_by_hand as "beganByHand", began_by_hand_steps as "beganByHandSteps"
      from case_run where id = any(${caseIds}) order by id for no key update`,
  )
  const events = await eventsByCase(tx, caseIds)
  const eventsOf = (caseId: string): CaseEvent[] => events.get(caseId) ?? []
  const corrected = {
    cases: await correctCases(tx, cases, eventsOf),
    decisions: await correctDecisions(tx, caseIds, events),
    tasks: await correctTasks(tx, caseIds, eventsOf),
  }
  await correctWaits(tx, caseIds, eventsOf)
  return { ...corrected, cases: corrected.cases + (await setStatus(tx, caseIds)) }
}

async function eventsByCase(tx: Db, caseIds: string[]): Promise<Map<string, CaseEvent[]>> {
  const found = await rows(
    tx,
    z.object({ event: CaseEvent }),
    sql`select event from case_event where case_id = any(${caseIds})`,
  )
  const events = new Map<string, CaseEvent[]>(caseIds.map((id) => [id, []]))
  for (const { event } of found) events.get(event.caseId)?.push(event)
  return events
}

type EventsOf = (caseId: string) => CaseEvent[]

async function correctCases(tx: Db, cases: z.infer<typeof CaseRow>[], eventsOf: EventsOf): Promise<number> {
  const wrong = cases.flatMap(({ id, beganByHand, beganByHandSteps, ...stored }) => {
    const { movedTo, ...read }: CaseReading = caseReading(eventsOf(id), {
      byHand: beganByHand,
      byHandSteps: beganByHandSteps,
    })
    const reading = { ...read, mapVersion: movedTo ?? stored.mapVersion }
    return isSame(stored, reading) ? [] : [{ id, ...reading }]
  })
  if (wrong.length === 0) return 0
  return run(
    tx,
    sql`update case_run c set status = coalesce(r.ended, c.status), step_id = r."stepId", outcome = r.outcome,
        ended_at = r."endedAt", last_event_at = r."lastEventAt", place_order = r."placeOrder",
        stalled_since = r."stalledSince", stall = r.stall, paused = r.paused, by_hand = r."byHand",
        by_hand_steps = r."byHandSteps", map_version = r."mapVersion"
      from jsonb_to_recordset(${json(wrong)}) as r(id text, ended text, "stepId" text, outcome text,
        "endedAt" timestamptz, "lastEventAt" timestamptz, "placeOrder" text, "stalledSince" timestamptz, stall text,
        paused boolean, "byHand" boolean, "byHandSteps" text[], "mapVersion" integer)
      where c.id = r.id`,
  )
}

async function correctTasks(tx: Db, caseIds: string[], eventsOf: EventsOf): Promise<number> {
  const tasks = await rows(
    tx,
    TaskRow,
    sql`select id, case_id as "caseId", exec_id as "execId", due_at as "dueAt", version, status, decided_by as "decidedBy", decided_at as "decidedAt", action,
        escalated_to as "escalatedTo"
      from task where case_id = any(${caseIds}) order by id for update`,
  )
  const wrong = tasks.flatMap(({ id, caseId, execId, version, ...stored }) => {
    const { movedDue, ...read }: TaskReading = taskReading(eventsOf(caseId), { taskId: id, version, execId })
    const reading = { ...read, dueAt: movedDue ?? stored.dueAt }
    return isSame(stored, reading) ? [] : [{ id, ...reading }]
  })
  if (wrong.length === 0) return 0
  return run(
    tx,
    sql`update task t set status = r.status, decided_by = r."decidedBy", decided_at = r."decidedAt", action = r.action,
        escalated_to = r."escalatedTo", due_at = r."dueAt", reading_until = case when r.status = 'open' then t.reading_until end
      from jsonb_to_recordset(${json(wrong)}) as r(id text, status text, "decidedBy" text, "decidedAt" timestamptz,
        action text, "escalatedTo" text, "dueAt" timestamptz)
      where t.id = r.id`,
  )
}

async function correctWaits(tx: Db, caseIds: string[], eventsOf: EventsOf): Promise<void> {
  const stored = await rows(
    tx,
    WaitRow,
    sql`select case_id as "caseId", exec_id as "execId", step_id as "stepId", since, until, message,
        ended_at as "endedAt"
      from case_wait where case_id = any(${caseIds})`,
  )
  const known = new Map(stored.map((row) => [`${row.caseId} ${row.execId}`, row]))
  const wanted = caseIds.flatMap((caseId) =>
    waitReadings(eventsOf(caseId)).map((reading) => ({ caseId, ...reading })),
  )
  const isRight = (wait: z.infer<typeof WaitRow>): boolean => {
    const row = known.get(`${wait.caseId} ${wait.execId}`)
    return row !== undefined && isSame(wait, row)
  }
  if (wanted.length === stored.length && wanted.every(isRight)) return
  await run(tx, sql`delete from case_wait where case_id = any(${caseIds})`)
  await run(
    tx,
    sql`insert into case_wait (case_id, exec_id, step_id, since, until, message, ended_at)
      select r."caseId", r."execId", r."stepId", r.since, r.until, r.message, r."endedAt"
      from jsonb_to_recordset(${json(wanted)}) as r("caseId" text, "execId" text, "stepId" text,
        since timestamptz, until timestamptz, message text, "endedAt" timestamptz)`,
  )
}

async function correctDecisions(
  tx: Db,
  caseIds: string[],
  events: Map<string, CaseEvent[]>,
): Promise<number> {
  const stored = await rows(
    tx,
    DecisionRow,
    sql`select decision_id as "decisionId", task_id as "taskId", task_version as "taskVersion", case_id as "caseId",
        actor, action, document_id as "documentId", reason, note, changed_share as "changedShare",
        touch_ms as "touchMs", at, undone_at as "undoneAt"
      from decision where case_id = any(${caseIds}) order by decision_id for update`,
  )
  const wanted = await withDocuments(
    tx,
    [...events].flatMap(([caseId, told]) =>
      decisionReadings(told).map((reading) => ({ ...reading, caseId })),
    ),
  )
  const known = new Map(stored.map((row) => [row.decisionId, row]))
  const isRight = ({ decisionId, ...reading }: DecisionRow): boolean => {
    const row = known.get(decisionId)
    return row !== undefined && isSame(reading, row)
  }
  const wrong = wanted.filter((decision) => !isRight(decision))
  const taken = new Set(wanted.map(({ decisionId }) => decisionId))
  const gone = stored.flatMap(({ decisionId }) => (taken.has(decisionId) ? [] : [decisionId]))
  const removed = [...gone, ...wrong.map(({ decisionId }) => decisionId)]
  if (removed.length === 0) return 0
  await run(tx, sql`delete from decision where decision_id = any(${removed})`)
  const written = await run(
    tx,
    sql`insert into decision (decision_id, task_id, task_version, case_id, actor, action, document_id, reason, note,
        changed_share, touch_ms, at, undone_at)
      select r."decisionId", r."taskId", r."taskVersion", r."caseId", r.actor, r.action, r."documentId", r.reason,
        r.note, r."changedShare", r."touchMs", r.at, r."undoneAt"
      from jsonb_to_recordset(${json(wrong)}) as r("decisionId" text, "taskId" text, "taskVersion" integer,
        "caseId" text, actor text, action text, "documentId" text, reason text, note text,
        "changedShare" double precision, "touchMs" bigint, at timestamptz, "undoneAt" timestamptz)
      -- Without its task, which the engine can give again, a decision has no place.
      where exists (select 1 from task t where t.id = r."taskId")`,
  )
  return gone.length + written
}

/** What was typed with a decision is known to the attempt alone. */
async function withDocuments(
  tx: Db,
  readings: (DecisionReading & { caseId: string })[],
): Promise<DecisionRow[]> {
  const ids = readings.map(({ decisionId }) => decisionId)
  const attempts = await rows(
    tx,
    z.object({ decision_id: z.string(), document_id: z.string().nullable() }),
    sql`select decision_id, args->'editRef'->>'id' as document_id from decision_attempt
      where decision_id = any(${ids})`,
  )
  const documents = new Map(attempts.map((attempt) => [attempt.decision_id, attempt.document_id]))
  return readings.map((reading) => ({ ...reading, documentId: documents.get(reading.decisionId) ?? null }))
}

type Cell = string | number | boolean | string[] | null

/** Whether a row says, in every column that events speak of, what they say. */
function isSame(reading: Record<string, Cell>, row: Record<string, Cell>): boolean {
  return Object.entries(reading).every(
    ([name, cell]) => JSON.stringify(row[name] ?? null) === JSON.stringify(cell),
  )
}
