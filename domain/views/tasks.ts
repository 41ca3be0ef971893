import { z } from 'zod'
import { Field, FieldValues, Guidance } from '../process-map.ts'
import { Id, Instant, Person } from './common.ts'

export const TaskKind = z.enum(['review', 'manual', 'by-hand', 'exception'])
export type TaskKind = z.infer<typeof TaskKind>

export const TaskAction = z.enum([
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
])
export type TaskAction = z.infer<typeof TaskAction>

/** How much a field asks for attention, from checks and never from a model's own claim. */
export const Band = z.enum(['looks-right', 'check-this', 'cannot-tell'])
export type Band = z.infer<typeof Band>

export const TaskSummary = z
  .strictObject({
    id: Id,
    version: z.int(),
    kind: TaskKind,
    caseId: Id,
    caseTitle: z.string(),
    pilotId: Id,
    processName: z.string(),
    sample: z.boolean(),
    stepId: z.string(),
    stepTitle: z.string(),
    /** "Every draft is read at this step", "AI could not draft this: …" */
    why: z.string(),
    openedAt: Instant,
    dueAt: Instant.nullable(),
    /** Fraction of the allowed working time that is used, 0 to 1 and beyond when late; null without a deadline. */
    used: z.number().nullable(),
    band: Band.nullable(),
    toCheck: z.int(),
    practice: z.boolean(),
    /** Its case stands still; it can be decided all the same. */
    paused: z.boolean(),
    assignee: Person.nullable(),
    reading: z.strictObject({ person: Person, since: Instant }).nullable(),
  })
  .meta({ id: 'TaskSummary' })
export type TaskSummary = z.infer<typeof TaskSummary>

export const InboxView = z.enum(['needs-me', 'due-soon', 'exceptions', 'all'])
export type InboxView = z.infer<typeof InboxView>

export const Inbox = z
  .strictObject({
    items: z.array(TaskSummary),
    next: z.string().nullable(),
    counts: z.strictObject({ needsMe: z.int(), dueSoon: z.int(), exceptions: z.int(), all: z.int() }),
    doneToday: z.int(),
  })
  .meta({ id: 'Inbox' })
export type Inbox = z.infer<typeof Inbox>

/** Where a value was found in the source: character positions in the text of one source field. */
const Evidence = z.strictObject({ field: z.string(), from: z.int(), to: z.int() })

export const DraftField = z
  .strictObject({
    field: Field,
    value: FieldValues.valueType,
    band: Band,
    /** Why this band, in words: "Found in the e-mail", "E-mail says 14, form says 12". */
    says: z.string(),
    evidence: z.array(Evidence),
    previous: FieldValues.valueType.nullable(),
  })
  .meta({ id: 'DraftField' })
export type DraftField = z.infer<typeof DraftField>

export const TaskDetail = z
  .strictObject({
    ...TaskSummary.shape,
    shownHash: z.string(),
    status: z.enum(['open', 'decided', 'closed']),
    decidedBy: z.strictObject({ person: Person, at: Instant, action: TaskAction }).nullable(),
    options: z.array(TaskAction),
    /** "Step 4 of 9"; null for steps of an exception. */
    place: z.string().nullable(),
    stepCount: z.int(),
    stepNumber: z.int().nullable(),
    /** The step's inputs as they were shown to the AI: what the draft was made from. */
    sources: z.array(z.strictObject({ field: Field, value: FieldValues.valueType })),
    /** What is decided on: the draft's fields, or the form of a manual step. */
    draft: z.array(DraftField),
    draftNumber: z.int(),
    drafted: z
      .strictObject({
        by: z.string(),
        model: z.string().nullable(),
        promptVersion: z.string().nullable(),
        at: Instant,
      })
      .nullable(),
    /** The earlier draft and why it was sent back. */
    sentBack: z
      .strictObject({
        by: Person,
        at: Instant,
        reason: z.string(),
        note: z.string().nullable(),
        draft: FieldValues.nullable(),
      })
      .nullable(),
    /** What went wrong, for exceptions and for work that AI could not do. */
    failure: z
      .strictObject({ cause: z.string(), message: z.string(), rawText: z.string().nullable() })
      .nullable(),
    reasons: z.array(z.string()),
    guidance: Guidance,
    /** "Then step 5: Set up accounts, 10 s later". */
    then: z.string(),
    need: z.int(),
    votes: z.array(Person),
    record: z
      .strictObject({ offered: z.int(), accepted: z.int(), edited: z.int(), sentBack: z.int() })
      .nullable(),
    undoSeconds: z.int(),
    /** Tasks that come after this one in the reader's queue. */
    upNext: z.array(z.strictObject({ taskId: Id, caseTitle: z.string() })),
  })
  .meta({ id: 'TaskDetail' })
export type TaskDetail = z.infer<typeof TaskDetail>

export const DecisionBody = z
  .strictObject({
    /** Made when the form opens and sent again with every retry: the same decision is never taken twice. */
    decisionId: z.uuid(),
    taskVersion: z.int().min(1),
    shownHash: z.string().min(1).max(2_000),
    action: TaskAction,
    /** Edited, completed or mended fields; null when nothing was typed. */
    values: FieldValues.nullable(),
    reason: z.string().max(200).nullable(),
    note: z.string().max(2_000).nullable(),
    /** Active milliseconds in the page, for touch time. */
    touchMs: z.int().min(0).max(86_400_000).nullable(),
  })
  .meta({ id: 'DecisionBody' })
export type DecisionBody = z.infer<typeof DecisionBody>

export const DecisionReply = z
  .strictObject({
    decisionId: z.uuid(),
    status: z.enum(['applied', 'counted', 'duplicate', 'checking']),
    taskId: Id,
    action: TaskAction,
    undoUntil: Instant.nullable(),
  })
  .meta({ id: 'DecisionReply' })
export type DecisionReply = z.infer<typeof DecisionReply>

export const UndoReply = z.strictObject({ taskId: Id, taskVersion: z.int() }).meta({ id: 'UndoReply' })
export type UndoReply = z.infer<typeof UndoReply>
