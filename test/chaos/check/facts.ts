import { z } from 'zod'
import { CaseEvent } from '#domain/case-events.ts'
import { rows, sql, type Db } from '#store/db.ts'

const CaseRow = z.object({
  id: z.string(),
  pilot_id: z.string(),
  title: z.string(),
  status: z.string(),
  outcome: z.string().nullable(),
  started_at: z.string(),
  ended_at: z.string().nullable(),
  waits_for_start: z.boolean(),
  paused: z.boolean(),
  by_hand: z.boolean(),
  by_hand_steps: z.array(z.string()),
  map_version: z.number(),
})
const EventRow = z.object({ event: CaseEvent })
const DecisionRow = z.object({ decision_id: z.string(), undone: z.boolean() })
const AttemptRow = z.object({
  decision_id: z.string(),
  task_id: z.string(),
  actor: z.string(),
  action: z.string(),
  outcome: z.string().nullable(),
  audit_rows: z.number(),
})
const StepRunRow = z.object({
  case_id: z.string(),
  exec_id: z.string(),
  step_id: z.string(),
  attempt: z.number(),
})
const DraftRow = z.object({ case_id: z.string(), n: z.number() })
const TaskRow = z.object({
  id: z.string(),
  case_id: z.string(),
  version: z.number(),
  status: z.string(),
  shown_hash: z.string(),
})

/** A wait that is not over. */
const WaitRow = z.object({ case_id: z.string(), step_id: z.string() })
const MessageRow = z.object({
  case_id: z.string(),
  message_id: z.string(),
  /** Null: no case has taken or refused it yet. */
  outcome: z.string().nullable(),
})
/** What a command for many came to in one case. */
const BatchRow = z.object({
  case_id: z.string(),
  batch_id: z.string(),
  kind: z.string(),
  reason: z.string(),
  status: z.string(),
  why: z.string(),
  /** Commands in the order in which they were given. */
  place: z.number(),
  /** Only of moves. */
  to_version: z.number().nullable(),
})

const AuditRow = z.object({ object_id: z.string(), action: z.string(), n: z.number() })

/** What the database says of the cases whose title holds a mark. */
export type Facts = {
  cases: z.infer<typeof CaseRow>[]
  events: CaseEvent[]
  decisions: z.infer<typeof DecisionRow>[]
  attempts: z.infer<typeof AttemptRow>[]
  stepRuns: z.infer<typeof StepRunRow>[]
  /** Stored drafts of each case. */
  drafts: z.infer<typeof DraftRow>[]
  tasks: z.infer<typeof TaskRow>[]
  waits: z.infer<typeof WaitRow>[]
  messages: z.infer<typeof MessageRow>[]
  batches: z.infer<typeof BatchRow>[]
  /** How often the audit tells of each stop of a case, each command, and each decision that was taken back. */
  audited: z.infer<typeof AuditRow>[]
}

export async function loadFacts(db: Db, mark: string): Promise<Facts> {
  const mine = sql`select id from case_run where title like ${`%${mark}%`}`
  return {
    cases: await rows(
      db,
      CaseRow,
      sql`select c.id, c.pilot_id, c.title, c.status, c.outcome, c.started_at, c.ended_at,
          exists (select 1 from start_outbox o where o.case_id = c.id) as waits_for_start,
          c.paused, c.by_hand, c.by_hand_steps, c.map_version
        from case_run c where c.id in (${mine}) order by c.number`,
    ),
    events: (
      await rows(
        db,
        EventRow,
        sql`select event from case_event where case_id in (${mine}) order by case_id, at`,
      )
    ).map(({ event }) => event),
    decisions: await rows(
      db,
      DecisionRow,
      sql`select decision_id, undone_at is not null as undone from decision where case_id in (${mine})`,
    ),
    attempts: await rows(
      db,
      AttemptRow,
      sql`select a.decision_id, a.task_id, a.actor, a.args->>'action' as action, a.outcome->>'status' as outcome,
          (select count(*)::int from audit u where u.object_kind = 'task' and u.object_id = a.task_id
            and u.action like 'decide:%' and u.detail->>'decisionId' = a.decision_id) as audit_rows
        from decision_attempt a join task t on t.id = a.task_id where t.case_id in (${mine})`,
    ),
    stepRuns: await rows(
      db,
      StepRunRow,
      sql`select case_id, exec_id, step_id, attempt from step_run where case_id in (${mine})`,
    ),
    drafts: await rows(
      db,
      DraftRow,
      sql`select case_id, count(*)::int as n from document where kind = 'draft' and case_id in (${mine})
        group by case_id`,
    ),
    tasks: await rows(
      db,
      TaskRow,
      sql`select id, case_id, version, status, shown_hash from task where case_id in (${mine})`,
    ),
    waits: await rows(
      db,
      WaitRow,
      sql`select case_id, step_id from case_wait where ended_at is null and case_id in (${mine})`,
    ),
    messages: await rows(
      db,
      MessageRow,
      sql`select case_id, message_id, outcome->>'status' as outcome from message where case_id in (${mine})`,
    ),
    batches: await rows(
      db,
      BatchRow,
      sql`select r.case_id, r.batch_id, b.kind, b.reason, r.status, r.why, b.place, b.to_version
        from command_batch_case r join command_batch b on b.id = r.batch_id where r.case_id in (${mine})`,
    ),
    audited: await rows(
      db,
      AuditRow,
      sql`select coalesce(detail->>'reason', object_id) as object_id, action, count(*)::int as n from audit
        where action in ('command-case:pause', 'command-case:go-by-hand') and object_id in (${mine})
        group by 1, 2
        union all
        select object_id, action, count(*)::int as n from audit
        where action in ('stop-case', 'undo') and (object_id in (${mine}) or object_id in
          (select decision_id from decision where case_id in (${mine})))
        group by object_id, action`,
    ),
  }
}
