import { z } from 'zod'

/**
 * Everything that happened to a case: the only source of figures and of the case's story.
 * Each event says enough by itself, so that figures do not depend on the order in which events arrive.
 * `key` makes storing it twice impossible.
 */
const Base = {
  caseId: z.string(),
  /** Unique within the case, made from what happened: `f12`, `started:draft#1`. */
  key: z.string(),
  at: z.iso.datetime(),
}
const OfStep = { ...Base, stepId: z.string(), execId: z.string() }
const Actor = z.strictObject({ id: z.string(), name: z.string(), sample: z.boolean() })
/** By which it was told to do so; cases of earlier builds do not say. */
const CommandId = z.string().optional()
const Commanded = { ...Base, by: Actor, commandId: CommandId }
const TaskKind = z.enum(['review', 'manual', 'by-hand', 'exception'])
const Milliseconds = z.number().min(0)

const DraftOutcome = z.enum(['accepted', 'edited', 'sent-back', 'rejected', 'by-hand'])

export const CaseEvent = z
  .discriminatedUnion('type', [
    z.strictObject({ ...Base, type: z.literal('case-started'), by: Actor, channel: z.string() }),
    z.strictObject({ ...OfStep, type: z.literal('step-entered'), visit: z.int() }),
    z.strictObject({
      ...OfStep,
      type: z.literal('draft-stored'),
      documentId: z.string(),
      model: z.string(),
      practice: z.boolean(),
      promptVersion: z.string(),
      attempts: z.int(),
      inputTokens: z.int().nullable(),
      outputTokens: z.int().nullable(),
    }),
    z.strictObject({ ...OfStep, type: z.literal('draft-failed'), cause: z.string(), message: z.string() }),
    z.strictObject({
      ...OfStep,
      type: z.literal('task-opened'),
      taskId: z.string(),
      version: z.int(),
      kind: TaskKind,
      dueAt: z.iso.datetime().nullable(),
    }),
    z.strictObject({
      ...OfStep,
      type: z.literal('task-decided'),
      taskId: z.string(),
      version: z.int(),
      kind: TaskKind,
      decisionId: z.string(),
      action: z.string(),
      by: Actor,
      reason: z.string().nullable(),
      note: z.string().nullable(),
      touchMs: Milliseconds.nullable(),
      changedShare: z.number().nullable(),
      /** What became of the draft under review; null for other tasks. */
      draft: DraftOutcome.nullable(),
      /** Whose draft it was: the ai step. */
      draftStepId: z.string().nullable(),
    }),
    z.strictObject({
      ...OfStep,
      type: z.literal('task-undone'),
      taskId: z.string(),
      version: z.int(),
      decisionId: z.string(),
      by: Actor,
      /** The share of a draft outcome that is taken back. */
      draft: DraftOutcome.nullable(),
      draftStepId: z.string().nullable(),
      touchMs: Milliseconds.nullable(),
    }),
    z.strictObject({
      ...OfStep,
      type: z.literal('vote-counted'),
      taskId: z.string(),
      /** Absent before semantics 3. */
      decisionId: z.string().optional(),
      by: Actor,
      votes: z.int(),
    }),
    z.strictObject({
      ...OfStep,
      type: z.literal('sla-breached'),
      taskId: z.string(),
      tier: z.int(),
      askedToo: z.string().nullable(),
      /** The version of the task that is closed, since the case leaves; null when it stays open. */
      closes: z.int().nullable(),
    }),
    /** The visit is over: what it took, in calendar milliseconds. */
    z.strictObject({
      ...OfStep,
      type: z.literal('step-finished'),
      visit: z.int(),
      enabledAt: z.iso.datetime(),
      leadMs: Milliseconds,
      waitMs: Milliseconds.nullable(),
      touchMs: Milliseconds.nullable(),
      machineMs: Milliseconds.nullable(),
      doneBy: z.enum(['ai', 'person', 'rule', 'system', 'skipped']),
    }),
    z.strictObject({
      ...OfStep,
      type: z.literal('branch-taken'),
      to: z.string(),
      label: z.string(),
      on: z.string(),
    }),
    z.strictObject({
      ...OfStep,
      type: z.literal('sent-back'),
      to: z.string(),
      reason: z.string(),
      note: z.string().nullable(),
      by: Actor,
    }),
    z.strictObject({
      ...OfStep,
      type: z.literal('exception-entered'),
      cause: z.string(),
      message: z.string(),
      /** The named branch, or null for the exception desk. */
      to: z.string().nullable(),
    }),
    z.strictObject({ ...OfStep, type: z.literal('exception-closed'), how: z.string() }),
    /** Nothing is done here until an instant, a message, or both. */
    z.strictObject({
      ...OfStep,
      type: z.literal('wait-began'),
      until: z.iso.datetime().nullable(),
      message: z.string().nullable(),
    }),
    z.strictObject({
      ...OfStep,
      type: z.literal('message-received'),
      message: z.string(),
      messageId: z.string(),
    }),
    /** It came before the case waited for it, and the case ended without waiting for it. */
    z.strictObject({
      ...Base,
      type: z.literal('message-unread'),
      message: z.string(),
      messageId: z.string(),
    }),
    /** Another system answered as it should. */
    z.strictObject({
      ...OfStep,
      type: z.literal('call-answered'),
      connection: z.string(),
      method: z.string(),
      status: z.int(),
      attempts: z.int(),
    }),
    z.strictObject({
      ...OfStep,
      type: z.literal('call-failed'),
      connection: z.string(),
      cause: z.string(),
      message: z.string(),
    }),
    z.strictObject({
      ...OfStep,
      type: z.literal('item-failed'),
      item: z.int(),
      cause: z.string(),
      message: z.string(),
    }),
    z.strictObject({
      ...OfStep,
      type: z.literal('list-finished'),
      items: z.int(),
      done: z.int(),
      failed: z.int(),
    }),
    /** The task is no more asked: the case went another way. */
    z.strictObject({ ...OfStep, type: z.literal('task-withdrawn'), taskId: z.string() }),
    /** A person says that the case does not fit the step it is at. */
    z.strictObject({
      ...OfStep,
      type: z.literal('exception-raised'),
      by: Actor,
      commandId: CommandId,
      code: z.string(),
      note: z.string(),
    }),
    z.strictObject({ ...Commanded, type: z.literal('case-paused'), reason: z.string() }),
    /** Deadlines stood still: each open task has a new one. */
    z.strictObject({
      ...Commanded,
      type: z.literal('case-resumed'),
      pausedMs: Milliseconds,
      dues: z.array(z.strictObject({ taskId: z.string(), dueAt: z.iso.datetime() })),
    }),
    /** `onlyStep` is null when the whole case goes on without AI. */
    z.strictObject({
      ...Commanded,
      type: z.literal('went-by-hand'),
      reason: z.string(),
      onlyStep: z.string().nullable(),
    }),
    z.strictObject({ ...Commanded, type: z.literal('came-back'), onlyStep: z.string().nullable() }),
    z.strictObject({
      ...Base,
      type: z.literal('case-moved'),
      by: Actor,
      fromVersion: z.int(),
      toVersion: z.int(),
      /** Which order brought it there; cases of earlier builds do not say. */
      moveId: z.string().optional(),
      /** What steps are called in the new version that were called otherwise before. */
      stepIds: z.record(z.string(), z.string()).optional(),
    }),
    /** `undoes` is the visit that was taken back; `how` is null when a person left it undone. */
    z.strictObject({
      ...OfStep,
      type: z.literal('step-undone'),
      undoes: z.string(),
      how: z.enum(['person', 'system']).nullable(),
      note: z.string().nullable(),
    }),
    /** The visit ended without the step being done: the case was stopped, or left on an exception branch. */
    z.strictObject({ ...OfStep, type: z.literal('step-abandoned') }),
    /**
     * The engine cannot move the case: its next step fails again and again, or its history is gone. `since`, the
     * instant of the step that fails, names the standstill.
     */
    z.strictObject({
      ...Base,
      type: z.literal('case-stalled'),
      why: z.enum(['failing', 'lost']),
      since: z.iso.datetime(),
    }),
    z.strictObject({ ...Base, type: z.literal('case-went-on'), since: z.iso.datetime() }),
    z.strictObject({
      ...Base,
      type: z.literal('case-ended'),
      status: z.enum(['done', 'cancelled']),
      outcome: z.string(),
      startedAt: z.iso.datetime(),
      cycleMs: Milliseconds,
      touchMs: Milliseconds.nullable(),
      /** Some step was passed more than once. */
      rework: z.boolean(),
      /** A named exception, or the exception desk, was part of the way. */
      exception: z.boolean(),
      finishedByHand: z.boolean(),
    }),
  ])
  .meta({ id: 'CaseEvent' })
export type CaseEvent = z.infer<typeof CaseEvent>
type CaseEventType = CaseEvent['type']

/**
 * What only a newer build knows how to tell, met while one build takes the other's place: a page says so and shows
 * the rest. Nothing is counted or stored from it.
 */
export const NewerEvent = z.object({ ...Base, type: z.string(), stepId: z.string().optional() })
export type NewerEvent = z.infer<typeof NewerEvent>
export type CaseEventOf<Type extends CaseEventType> = Extract<CaseEvent, { type: Type }>

type WithoutCase<Event> = Event extends unknown ? Omit<Event, 'caseId' | 'key'> : never
/** An event before it is tied to its case and given its key. */
export type CaseEventBody = WithoutCase<CaseEvent>
