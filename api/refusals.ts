import { z } from 'zod'
import type { Problem } from '#domain/problems.ts'
import { InputProblem } from '#domain/problems.ts'

/** What a case may answer to a decision, an undo or a stop; its type is the problem's code. */
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
])

/** The problem that a refusal of the engine stands for. */
export function problemOfRefusal(refusal: { type: string; details: unknown }): Problem {
  const [first] = Array.isArray(refusal.details) ? refusal.details : [refusal.details]
  const read = Refusal.safeParse(first)
  if (read.success) return read.data
  throw new Error(`the case refused with ${refusal.type}, which nobody knows`)
}
