import { z } from 'zod'
import { FieldValues, StepId } from '../process-map.ts'
import { Id, Instant, Person } from './common.ts'

/** A step as events name it: `inner/step` in a contained map. */
const StepPath = z
  .string()
  .max(400)
  .regex(/^[a-z][a-z0-9-]{0,39}(\/[a-z][a-z0-9-]{0,39})*$/, 'name a step, such as draft or inner/draft')

const Reason = z.string().max(500).regex(/\S/, 'say why in a few words')

/** What one case is told to do. A reason stands where somebody would ask why. */
export const CaseCommandBody = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('pause'), reason: Reason }),
    z.strictObject({ kind: z.literal('resume') }),
    /** One step, or with null the whole case. */
    z.strictObject({ kind: z.literal('go-by-hand'), stepId: StepPath.nullable(), reason: Reason }),
    z.strictObject({ kind: z.literal('come-back'), stepId: StepPath.nullable() }),
    /** `code` names a business exception of the step; without a branch for it the case goes to the desk. */
    z.strictObject({
      kind: z.literal('raise-exception'),
      stepId: StepPath,
      code: StepId,
      note: z.string().max(2_000),
    }),
  ])
  .meta({ id: 'CaseCommandBody' })
export type CaseCommandBody = z.infer<typeof CaseCommandBody>

/** `unchanged`: it was so already. `duplicate`: the same command came before. */
export const CaseCommandReply = z
  .strictObject({ commandId: z.string(), status: z.enum(['applied', 'unchanged', 'duplicate']) })
  .meta({ id: 'CaseCommandReply' })
export type CaseCommandReply = z.infer<typeof CaseCommandReply>

/** What a pilot is told to do, with all of its open cases; `stepId` for one step of it. */
export const PilotCommandBody = z
  .discriminatedUnion('kind', [
    /** No case begins, and open ones stand still after the step they are in. */
    z.strictObject({ kind: z.literal('pause'), reason: Reason }),
    z.strictObject({ kind: z.literal('resume') }),
    z.strictObject({ kind: z.literal('go-by-hand'), stepId: StepPath.nullable(), reason: Reason }),
    z.strictObject({ kind: z.literal('come-back'), stepId: StepPath.nullable() }),
    /** Tries everything anew that waits at the exception desk; of one step, or with null of all. */
    z.strictObject({ kind: z.literal('retry'), stepId: StepPath.nullable() }),
  ])
  .meta({ id: 'PilotCommandBody' })
export type PilotCommandBody = z.infer<typeof PilotCommandBody>

export const BatchKind = z.enum(['pause', 'resume', 'go-by-hand', 'come-back', 'retry', 'move'])
export type BatchKind = z.infer<typeof BatchKind>

/**
 * How far a command for many cases is. `total` = `succeeded` + `failed` + `skipped` + `pending`, always.
 * Of those pending, `trying` were told and have not shown what came of it; `waiting` wait for a safe point.
 */
export const CommandBatch = z
  .strictObject({
    id: Id,
    pilotId: Id,
    kind: BatchKind,
    stepId: z.string().nullable(),
    /** Only for moves. */
    toVersion: z.int().nullable(),
    reason: z.string(),
    by: Person,
    createdAt: Instant,
    status: z.enum(['working', 'done']),
    total: z.int(),
    succeeded: z.int(),
    failed: z.int(),
    skipped: z.int(),
    pending: z.int(),
    trying: z.int(),
    waiting: z.int(),
    /** Cases that did not simply succeed, each with the reason; the first of them where there are many. */
    told: z.array(
      z.strictObject({
        caseId: Id,
        number: z.int(),
        title: z.string(),
        status: z.enum(['pending', 'trying', 'waiting', 'failed', 'skipped']),
        why: z.string(),
      }),
    ),
  })
  .meta({ id: 'CommandBatch' })
export type CommandBatch = z.infer<typeof CommandBatch>

/** One message from outside. The same `messageId` again is the same message. */
const Message = {
  messageId: z.string().regex(/^[\x21-\x7e]{1,120}$/, 'use 1 to 120 visible ASCII characters'),
  message: StepId,
  values: FieldValues,
}
/** `key` is what the case holds in the key field of the step that waits for this message. */
export const PilotMessageBody = z
  .strictObject({ ...Message, key: z.string().max(2_000).regex(/\S/, 'give the key') })
  .meta({ id: 'PilotMessageBody' })
export const CaseMessageBody = z.strictObject(Message).meta({ id: 'CaseMessageBody' })
export type CaseMessageBody = z.infer<typeof CaseMessageBody>

/**
 * `delivered`: the case goes on with it. `kept`: it came early and waits for the case. `accepted`: it is stored,
 * and brought to the case as soon as the engine answers. `duplicate`: it had come before.
 */
export const MessageReply = z
  .strictObject({
    messageId: z.string(),
    caseId: Id,
    status: z.enum(['delivered', 'kept', 'accepted', 'duplicate']),
  })
  .meta({ id: 'MessageReply' })
export type MessageReply = z.infer<typeof MessageReply>

/** Old step to new step, for steps that are called otherwise in the new version. */
export const StepNames = z.record(StepId, StepId)

const MoveVerdict = z.enum(['can-move', 'not-now', 'cannot-move', 'there-already', 'unknown'])
export type MoveVerdict = z.infer<typeof MoveVerdict>

/** What a move would do, case by case; nothing is changed by asking. */
export const MoveCheck = z
  .strictObject({
    pilotId: Id,
    toVersion: z.int(),
    /** Open cases of the pilot. */
    total: z.int(),
    /** Of those on this page; they add up to its length. */
    canMove: z.int(),
    /** At no safe point just now: a move waits for one, up to a day. */
    notNow: z.int(),
    cannotMove: z.int(),
    thereAlready: z.int(),
    /** The engine did not say where they are. */
    unknown: z.int(),
    cases: z.array(
      z.strictObject({
        caseId: Id,
        number: z.int(),
        title: z.string(),
        fromVersion: z.int(),
        at: z.array(z.string()),
        verdict: MoveVerdict,
        /** StepRemoved, KindChanged, InRegion, VariableMissing, Compensating; null unless it cannot move. */
        refusal: z.string().nullable(),
        why: z.string().nullable(),
      }),
    ),
    next: z.string().nullable(),
  })
  .meta({ id: 'MoveCheck' })
export type MoveCheck = z.infer<typeof MoveCheck>
