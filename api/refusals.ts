import { z } from 'zod'
import type { Problem } from '#domain/problems.ts'
import { InputProblem } from '#domain/problems.ts'

const MoveRefusal = z.discriminatedUnion('code', [
  z.object({ code: z.literal('StepRemoved'), stepId: z.string(), title: z.string().optional() }),
  z.object({
    code: z.literal('KindChanged'),
    stepId: z.string(),
    title: z.string().optional(),
    from: z.string(),
    to: z.string(),
  }),
  z.object({ code: z.literal('InRegion'), stepId: z.string() }),
  z.object({ code: z.literal('VariableMissing'), field: z.string() }),
  z.object({ code: z.literal('Compensating') }),
])

/** What a case may answer to whatever it is told; its type is the problem's code. */
const Refusal = z.discriminatedUnion('code', [
  z.object({ code: z.literal('DecisionIdReused') }),
  z.object({ code: z.literal('CaseClosing'), outcome: z.string().nullable() }),
  z.object({ code: z.literal('TaskNotFound') }),
  z.object({ code: z.literal('TaskAlreadyDecided'), by: z.string(), at: z.string(), action: z.string() }),
  z.object({ code: z.literal('TaskStale'), version: z.number() }),
  z.object({ code: z.literal('ActionNotAllowed'), options: z.array(z.string()) }),
  z.object({ code: z.literal('SelfApproval') }),
  z.object({ code: z.literal('AlreadyVoted') }),
  z.object({ code: z.literal('ReasonRequired'), reasons: z.array(z.string()) }),
  z.object({ code: z.literal('EditTooLarge'), limitBytes: z.number() }),
  z.object({ code: z.literal('ValuesInvalid'), errors: z.array(InputProblem) }),
  z.object({ code: z.literal('UndoClosed') }),
  z.object({ code: z.literal('StepNotLive'), stepId: z.string() }),
  z.object({ code: z.literal('UnknownMessage'), messages: z.array(z.string()) }),
  z.object({ code: z.literal('MessageRepeated'), message: z.string(), first: z.string().optional() }),
  z.object({ code: z.literal('MessageTooLate'), message: z.string() }),
  z.object({ code: z.literal('NotAtSafePoint'), at: z.array(z.string()) }),
  z.object({ code: z.literal('CannotMove'), why: MoveRefusal }),
])

/** The problem that a refusal of the engine stands for. */
export function problemOfRefusal(refusal: { type: string; details: unknown }): Problem {
  const [first] = Array.isArray(refusal.details) ? refusal.details : [refusal.details]
  const read = Refusal.safeParse(first)
  if (read.success) return read.data
  throw new Error(`the case refused with ${refusal.type}, which nobody knows`)
}
