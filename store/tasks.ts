import { z } from 'zod'
import type { DecideArgs, DecideResult, TaskAction } from '#domain/case-messages.ts'
import type { Problem } from '#domain/problems.ts'
import { addAudit, addAuditOnce } from './audit.ts'
import { inTransaction, json, maybeRow, oneRow, run, sql, type Db } from './db.ts'
import { StoredRef } from './documents.ts'

const leaseMinutes = 5

/** Tells others who is reading a task. Advice only: whoever came first stays named until the time is up. */
export async function readTask(db: Db, taskId: string, personId: string): Promise<string> {
  const found = await oneRow(
    db,
    z.object({ until: z.string(), told: z.boolean(), pilot_id: z.string() }),
    sql`with before as (
        select id, reading_by is distinct from ${personId} or reading_until <= now() or reading_until is null as told
        from task where id = ${taskId}),
      mine as (
        update task set
          reading_since = case when task.reading_by = ${personId} and task.reading_until > now()
            then task.reading_since else now() end,
          reading_by = ${personId},
          reading_until = now() + make_interval(mins => ${leaseMinutes})
        from before
        where task.id = ${taskId} and task.id = before.id
          and (task.reading_until is null or task.reading_until <= now() or task.reading_by = ${personId})
        returning task.reading_until as until, before.told, task.pilot_id)
      select until, told, pilot_id from mine
      union all
      select now() + make_interval(mins => ${leaseMinutes}), false, pilot_id from task
        where id = ${taskId} and not exists (select 1 from mine)`,
  )
  if (found.told) await tell(db, { taskId, pilotId: found.pilot_id, type: 'task-reading' })
  return found.until
}

async function tell(db: Db, told: { taskId: string; pilotId: string; type: string }): Promise<void> {
  await run(
    db,
    sql`insert into stream_event (pilot_id, task_id, type) values (${told.pilotId}, ${told.taskId}, ${told.type})`,
  )
  await run(db, sql`select pg_notify('tl_stream', '')`)
}

export type Attempt = {
  args: DecideArgs
  bodyHash: string
  processId: string
  /** Who may decide this kind of task. */
  roles: string[]
  /** Four eyes count for those actions that let a draft pass. */
  approves: boolean
}

/**
 * Notes that somebody tries to decide, before the engine is asked: one statement checks role, version, state and
 * four eyes at the same moment, and no try goes without its row of the audit. False: it was not to be.
 */
export async function noteAttempt(tx: Db, attempt: Attempt): Promise<boolean> {
  const { args } = attempt
  const noted = await maybeRow(
    tx,
    z.object({ decision_id: z.string() }),
    sql`insert into decision_attempt (decision_id, task_id, task_version, actor, body_hash, args)
      select ${args.decisionId}, t.id, t.version, ${args.by.id}, ${attempt.bodyHash}, ${json(args)} from task t
      where t.id = ${args.taskId} and t.version = ${args.taskVersion}::bigint and t.status = 'open'
        and (not ${attempt.approves}::boolean or not (t.detail->>'fourEyes')::boolean
          or ${args.by.id} <> all (t.step_authors))
        and exists (select 1 from membership m where m.person_id = ${args.by.id}
          and m.process_id = t.process_id and m.role = any(${attempt.roles}))
      on conflict (decision_id) do nothing returning decision_id`,
  )
  if (noted === null) return false
  await addAudit(tx, {
    actor: args.by.id,
    action: `decide:${args.action}`,
    object: { kind: 'task', id: args.taskId },
    processId: attempt.processId,
    detail: {
      decisionId: args.decisionId,
      taskVersion: args.taskVersion,
      reason: args.reason,
      edited: args.editRef?.sha256 ?? null,
    },
  })
  return true
}

const Value = z.union([z.string(), z.number(), z.boolean(), z.null()])
const Args = z.strictObject({
  decisionId: z.string(),
  by: z.strictObject({ id: z.string(), name: z.string(), sample: z.boolean() }),
  taskId: z.string(),
  taskVersion: z.number(),
  shownHash: z.string(),
  action: z.enum([
    'approve',
    'edit',
    'send-back',
    'reject',
    'by-hand',
    'complete',
    'cannot-complete',
    'fix-and-retry',
    'retry',
    'skip',
    'stop',
  ] satisfies TaskAction[]),
  editRef: StoredRef.nullable(),
  editedFields: z.array(z.string()),
  values: z.record(z.string(), Value),
  reason: z.string().nullable(),
  note: z.string().nullable(),
  touchMs: z.number().nullable(),
  changedShare: z.number().nullable(),
  digest: z.string(),
})
const Outcome = z.strictObject({
  status: z.enum(['applied', 'counted', 'refused']),
  undoUntil: z.string().nullable(),
})

const AttemptRow = z.object({
  decision_id: z.string(),
  task_id: z.string(),
  actor: z.string(),
  body_hash: z.string(),
  args: Args,
  outcome: Outcome.nullable(),
  pilot_id: z.string(),
  case_id: z.string(),
  process_id: z.string(),
})
export type StoredAttempt = z.infer<typeof AttemptRow>

export async function loadAttempt(db: Db, decisionId: string): Promise<StoredAttempt | null> {
  return maybeRow(
    db,
    AttemptRow,
    sql`select d.decision_id, d.task_id, d.actor, d.body_hash, d.args, d.outcome, t.pilot_id, t.case_id, t.process_id
      from decision_attempt d join task t on t.id = d.task_id where d.decision_id = ${decisionId}`,
  )
}

/** Keeps what the case answered. */
export async function noteOutcome(
  db: Db,
  decisionId: string,
  outcome: { status: 'refused' } | Pick<DecideResult, 'status' | 'undoUntil'>,
): Promise<void> {
  const kept =
    outcome.status === 'refused'
      ? { status: 'refused', undoUntil: null }
      : { status: outcome.status === 'counted' ? 'counted' : 'applied', undoUntil: outcome.undoUntil }
  await run(
    db,
    sql`update decision_attempt set outcome = ${json(kept)} where decision_id = ${decisionId} and outcome is null`,
  )
}

const DecisionRow = z.object({ name: z.string(), at: z.string(), action: z.string() })

/** Who decided a version of a task; null while nobody did. */
export async function decisionOn(
  db: Db,
  taskId: string,
): Promise<{ by: string; at: string; action: string } | null> {
  const found = await maybeRow(
    db,
    DecisionRow,
    sql`select p.name, d.at, d.action from decision d join person p on p.id = d.actor
      where d.task_id = ${taskId} and d.undone_at is null order by d.task_version desc limit 1`,
  )
  return found === null ? null : { by: found.name, at: found.at, action: found.action }
}

/** What a case has told of a decision, whatever became of the answer to it; null while it told nothing. */
export async function whatCameOf(
  db: Db,
  { decisionId, caseId }: { decisionId: string; caseId: string },
): Promise<'applied' | 'counted' | null> {
  const { applied, counted } = await oneRow(
    db,
    z.object({ applied: z.boolean(), counted: z.boolean() }),
    sql`select
      exists (select 1 from decision where decision_id = ${decisionId} and undone_at is null) as applied,
      exists (select 1 from case_event where case_id = ${caseId} and type = 'vote-counted'
        and event->>'decisionId' = ${decisionId}) as counted`,
  )
  if (applied) return 'applied'
  return counted ? 'counted' : null
}

/** The task as it was opened again by taking a decision back; null when that was not done. */
export async function takenBack(
  db: Db,
  { decisionId, caseId }: { decisionId: string; caseId: string },
): Promise<{ taskId: string; taskVersion: number } | null> {
  return maybeRow(
    db,
    z.object({ taskId: z.string(), taskVersion: z.number() }),
    sql`select event->>'taskId' as "taskId", (event->>'version')::integer as "taskVersion" from case_event
      where case_id = ${caseId} and type = 'task-undone' and event->>'decisionId' = ${decisionId}`,
  )
}

export type CaseEnd = { pilotId: string; ended: boolean; outcome: string | null }

export async function caseStatus(db: Db, caseId: string): Promise<CaseEnd | null> {
  return maybeRow(
    db,
    z.object({ pilotId: z.string(), ended: z.boolean(), outcome: z.string().nullable() }),
    sql`select pilot_id as "pilotId", ended_at is not null as ended, outcome from case_run where id = ${caseId}`,
  )
}

/** Notes that somebody wants a decision taken back, before the engine is asked; once, however often it is sent. */
export async function noteUndo(
  db: Db,
  undo: { decisionId: string; actor: string; taskId: string; processId: string },
): Promise<void> {
  await inTransaction(db, (tx) =>
    addAuditOnce(tx, {
      actor: undo.actor,
      action: 'undo',
      object: { kind: 'decision', id: undo.decisionId },
      processId: undo.processId,
      detail: { taskId: undo.taskId },
    }),
  )
}

/** Notes in the audit that somebody was refused. */
export async function noteRefusal(
  db: Db,
  refusal: { actor: string; taskId: string; processId: string; problem: Problem['code'] },
): Promise<void> {
  await inTransaction(db, (tx) =>
    addAudit(tx, {
      actor: refusal.actor,
      action: 'decide:refused',
      object: { kind: 'task', id: refusal.taskId },
      processId: refusal.processId,
      detail: { problem: refusal.problem },
    }),
  )
}
