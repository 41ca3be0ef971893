import { z } from 'zod'
import { CaseEvent } from '#domain/case-events.ts'
import type {
  CloseCaseRequest,
  EscalateTaskRequest,
  EscalateTaskResult,
  Fact,
  OpenTaskRequest,
  RunStepRequest,
  RunStepResult,
} from '#domain/case-messages.ts'
import { caseTotals } from '#domain/case-totals.ts'
import type { DocRef } from '#domain/plan.ts'
import { ProcessMap, type FieldValues } from '#domain/process-map.ts'
import { appendEvents, eventsOfFacts, scopeOf, type EventScope } from './case-events.ts'
import { inTransaction, json, maybeRow, oneRow, rows, run, sql, type Db } from './db.ts'
import { innerMaps } from './map-trees.ts'
import { storeDocument, StoredRef, type DocumentKind, type DocumentMeta } from './documents.ts'

/**
 * What the work on a case writes. Each function is one transaction that stores the facts it is given too, and
 * can be sent again without changing anything more.
 */

const CaseValues = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
const Result = z.discriminatedUnion('status', [
  z.strictObject({
    status: z.literal('done'),
    output: StoredRef,
    fields: z.array(z.string()),
    values: CaseValues,
    opened: z
      .strictObject({ dueAt: z.string().nullable(), tiers: z.array(z.string()), openedAt: z.string() })
      .exactOptional(),
  }),
  z.strictObject({ status: z.literal('split'), list: StoredRef, items: z.int() }),
  z.strictObject({ status: z.literal('waits'), until: z.string().nullable() }),
  z.strictObject({
    status: z.literal('failed'),
    failure: z.strictObject({ cause: z.string(), message: z.string(), raw: StoredRef.nullable() }),
  }),
]) satisfies z.ZodType<RunStepResult>

type Begun =
  | { status: 'fresh'; attempt: number; wasSent: boolean; at: string }
  | { status: 'finished'; result: RunStepResult }

/** Notes that an attempt begins, or gives the result of an earlier one. */
export async function beginStep(
  db: Db,
  request: Pick<RunStepRequest, 'caseId' | 'execId' | 'stepId' | 'facts'>,
  events: CaseEvent[],
): Promise<Begun> {
  return inTransaction(db, async (tx) => {
    const scope = await scopeOf(tx, request.caseId)
    const begun = await oneRow(
      tx,
      z.object({ attempt: z.number(), sent: z.boolean(), result: Result.nullable(), now: z.string() }),
      sql`insert into step_run (case_id, exec_id, step_id, attempt, started_at)
        values (${request.caseId}, ${request.execId}, ${request.stepId}, 1, clock_timestamp())
        on conflict (case_id, exec_id) do update
          set attempt = step_run.attempt + case when step_run.finished_at is null then 1 else 0 end
        returning attempt, sent_at is not null as sent, result, clock_timestamp() as now`,
    )
    await appendEvents(tx, scope, [...eventsOfFacts(request.caseId, request.facts), ...events])
    return begun.result === null
      ? { status: 'fresh', attempt: begun.attempt, wasSent: begun.sent, at: begun.now }
      : { status: 'finished', result: begun.result }
  })
}

/** Notes that an attempt begins to send, or that nothing was sent after all; throws when another has taken over. */
export async function noteSent(
  db: Db,
  { caseId, execId, attempt, sent }: { caseId: string; execId: string; attempt: number; sent: boolean },
): Promise<void> {
  const noted = await run(
    db,
    sql`update step_run set sent_at = case when ${sent} then clock_timestamp() end
      where case_id = ${caseId} and exec_id = ${execId} and attempt = ${attempt} and finished_at is null`,
  )
  if (noted === 0) throw new Error(`attempt ${attempt} at ${execId} was overtaken`)
}

export type FinishedStep = {
  caseId: string
  execId: string
  attempt: number
  result: RunStepResult
  documents: { ref: DocRef; kind: DocumentKind; body: FieldValues; meta: DocumentMeta }[]
  events: CaseEvent[]
  /** The gate that reads what was drafted; null when none is to be opened. */
  opens: OpenedTask | null
}

/** Stores a result unless a later attempt took over or one is stored already; gives what is stored. */
export async function finishStep(db: Db, finished: FinishedStep): Promise<RunStepResult | null> {
  return inTransaction(db, async (tx) => {
    const scope = await scopeOf(tx, finished.caseId)
    const won = await run(
      tx,
      sql`update step_run set finished_at = clock_timestamp(), result = ${json(finished.result)}
        where case_id = ${finished.caseId} and exec_id = ${finished.execId} and finished_at is null
          and attempt = ${finished.attempt}`,
    )
    if (won === 0) {
      const stored = await maybeRow(
        tx,
        z.object({ result: Result.nullable() }),
        sql`select result from step_run where case_id = ${finished.caseId} and exec_id = ${finished.execId}`,
      )
      return stored?.result ?? null
    }
    for (const { ref, kind, body, meta } of finished.documents) {
      await storeDocument(tx, { caseId: finished.caseId, kind, body, meta, id: ref.id })
    }
    await appendEvents(tx, scope, finished.events)
    if (finished.opens !== null) await writeTask(tx, scope, finished.opens)
    return finished.result
  })
}

export type OpenedTask = {
  request: OpenTaskRequest
  why: string
  dueAt: string | null
  allowedMs: number | null
  fourEyes: boolean
  events: CaseEvent[]
}

/** Puts a task into the inbox, or opens it anew in a higher version. */
export async function openTask(db: Db, opened: OpenedTask): Promise<void> {
  const { caseId, facts } = opened.request
  await inTransaction(db, async (tx) => {
    const scope = await scopeOf(tx, caseId)
    await appendEvents(tx, scope, eventsOfFacts(caseId, facts))
    await writeTask(tx, scope, opened)
  })
}

async function writeTask(
  tx: Db,
  scope: EventScope,
  { request, why, dueAt, allowedMs, fourEyes, events }: OpenedTask,
): Promise<void> {
  const { task } = request
  const detail = {
    options: task.options,
    outputs: task.outputs,
    excluded: task.excluded,
    reasons: task.reasons,
    need: task.need,
    visit: task.visit,
    fourEyes,
    written: request.written,
    sendBack: request.sendBack,
  }
  await run(
    tx,
    sql`insert into task (id, case_id, pilot_id, process_id, step_id, exec_id, kind, version, status, shown_hash,
        detail, inputs, draft, failure, step_authors, why, practice, opened_at, due_at, allowed_ms, map_id,
        map_version, path)
      select ${task.taskId}, c.id, p.id, p.process_id, ${task.stepId}, ${task.execId}, ${task.kind},
        ${task.version}, 'open', ${task.shownHash}, ${json(detail)}, ${json(request.inputs)},
        ${json(request.draft)}, ${json(request.failure)}, ${task.excluded}, ${why},
        coalesce((select (d.meta->>'practice')::boolean from document d where d.id = ${request.draft?.id ?? null}), false),
        ${new Date(task.openedAt).toISOString()}, coalesce(${movedDue(task.taskId)}, ${dueAt}::timestamptz),
        ${allowedMs}, ${request.mapId},
        ${request.version}::integer, ${request.path ?? task.stepId}
      from case_run c join pilot p on p.id = c.pilot_id
      where c.id = ${request.caseId} and c.ended_at is null
      on conflict (id) do update set version = excluded.version, status = 'open', shown_hash = excluded.shown_hash,
        detail = excluded.detail, inputs = excluded.inputs, draft = excluded.draft, failure = excluded.failure,
        step_authors = excluded.step_authors, why = excluded.why, practice = excluded.practice,
        due_at = excluded.due_at, allowed_ms = excluded.allowed_ms, decided_by = null, decided_at = null,
        action = null, step_id = excluded.step_id, exec_id = excluded.exec_id, map_id = excluded.map_id,
        map_version = excluded.map_version, path = excluded.path
      -- Closed under another visit is a case that moved to where its step is called otherwise.
      where task.version < excluded.version and (task.status <> 'closed' or task.exec_id <> excluded.exec_id)`,
  )
  // The decision may have been told before the task: events are stored once, so it is not told again. One that
  // was taken back since counts too: the task is opened anew in its next version. So may that it is asked no more.
  await run(
    tx,
    sql`update task t set status = case when d.decision_id is null then 'closed' else 'decided' end,
        decided_by = d.actor, decided_at = d.at, action = d.action
      from task o left join decision d on d.task_id = o.id and d.task_version = o.version
      where o.id = ${task.taskId} and t.id = o.id and t.version = ${task.version} and t.status = 'open'
        and (d.decision_id is not null or exists (select 1 from case_event e where e.case_id = t.case_id
          and ((e.type = 'task-withdrawn' and e.event->>'taskId' = t.id)
            or (e.type = 'step-abandoned' and e.event->>'execId' = t.exec_id))))`,
  )
  await appendEvents(tx, scope, events)
}

/** When the task is due since its case `c` stood still, which may have been told before the task itself. */
function movedDue(taskId: string): ReturnType<typeof sql> {
  return sql`(select (d.due->>'dueAt')::timestamptz
    from case_event e cross join jsonb_array_elements(e.event->'dues') as d(due)
    where e.case_id = c.id and e.type = 'case-resumed' and d.due->>'taskId' = ${taskId}
    order by e.at desc, length(e.key) desc, e.key desc limit 1)`
}

const LateTask = z.object({
  version: z.number(),
  status: z.string(),
  due_at: z.string().nullable(),
  step_id: z.string(),
  exec_id: z.string(),
  owner_id: z.string(),
  now: z.string(),
})

/** Looks again whether a task is late; if so, says so once per tier and asks one person more. */
export async function escalateTask(
  db: Db,
  request: EscalateTaskRequest,
  to: 'owner' | 'deputy' | null,
): Promise<EscalateTaskResult> {
  return inTransaction(db, async (tx): Promise<EscalateTaskResult> => {
    const scope = await scopeOf(tx, request.caseId)
    await appendEvents(tx, scope, eventsOfFacts(request.caseId, request.facts))
    const task = await maybeRow(
      tx,
      LateTask,
      sql`select t.version, t.status, t.due_at, t.step_id, t.exec_id, p.owner_id, clock_timestamp() as now
        from task t join pilot p on p.id = t.pilot_id where t.id = ${request.taskId} for update of t`,
    )
    if (task === null || task.status !== 'open' || task.version !== request.taskVersion)
      return { status: 'closed' }
    if (request.tier === 0 && task.due_at !== null && Date.parse(task.due_at) > Date.parse(task.now)) {
      return { status: 'not-due', dueAt: task.due_at }
    }
    const asked = to === null ? null : task.owner_id
    await appendEvents(tx, scope, [
      {
        type: 'sla-breached',
        caseId: request.caseId,
        key: `late:${request.taskId}:v${request.taskVersion}:${request.tier}`,
        at: task.now,
        stepId: task.step_id,
        execId: task.exec_id,
        taskId: request.taskId,
        tier: request.tier,
        askedToo: asked,
        closes: request.closes ? request.taskVersion : null,
      },
    ])
    return { status: 'escalated' }
  })
}

export async function appendFacts(db: Db, caseId: string, facts: Fact[]): Promise<void> {
  await inTransaction(db, async (tx) => {
    await appendEvents(tx, await scopeOf(tx, caseId), eventsOfFacts(caseId, facts))
  })
}

/** Ends a case once: its last events, its totals, and no task left open. */
export async function closeCase(db: Db, request: CloseCaseRequest): Promise<void> {
  await inTransaction(db, async (tx) => {
    const scope = await scopeOf(tx, request.caseId)
    const found = await oneRow(
      tx,
      z.object({ started_at: z.string(), ended_at: z.string().nullable(), map: ProcessMap }),
      sql`select c.started_at, c.ended_at, v.map from case_run c join pilot p on p.id = c.pilot_id
          join map_version v on v.process_id = p.process_id and v.version = c.map_version
        where c.id = ${request.caseId} for update of c`,
    )
    if (found.ended_at !== null) return
    await appendEvents(tx, scope, eventsOfFacts(request.caseId, request.facts))
    await appendEvents(tx, scope, lastStepEvents(request))
    const story = await rows(
      tx,
      z.object({ event: CaseEvent }),
      sql`select event from case_event where case_id = ${request.caseId}`,
    )
    const totals = caseTotals(
      story.map((row) => row.event),
      { map: found.map, inner: await innerMaps(tx, found.map) },
    )
    const { caseId, at } = request
    await appendEvents(tx, scope, [
      ...totals.openVisits.map(({ stepId, execId }): CaseEvent => ({
        type: 'step-abandoned',
        caseId,
        key: `abandoned:${execId}`,
        at,
        stepId,
        execId,
      })),
      {
        type: 'case-ended',
        caseId,
        key: 'ended',
        at,
        status: request.status,
        outcome: request.outcome,
        startedAt: found.started_at,
        cycleMs: Math.max(0, Date.parse(at) - Date.parse(found.started_at)),
        touchMs: totals.touchMs,
        rework: totals.rework,
        exception: totals.exception,
        finishedByHand: totals.finishedByHand,
      },
    ])
  })
}

/** The end step itself takes no time. */
function lastStepEvents({ caseId, stepId, at }: CloseCaseRequest): CaseEvent[] {
  if (stepId === null) return []
  const base = { caseId, at, stepId, execId: `${stepId}#1`, visit: 1 }
  return [
    { ...base, type: 'step-entered', key: `entered:${base.execId}` },
    {
      ...base,
      type: 'step-finished',
      key: `finished:${base.execId}`,
      enabledAt: at,
      leadMs: 0,
      waitMs: null,
      touchMs: null,
      machineMs: null,
      doneBy: 'rule',
    },
  ]
}
