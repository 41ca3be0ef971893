import { z } from 'zod'
import { lookRefusal, lookUpdate, type CaseSnapshot } from './case-messages.ts'

const Refused = z.object({
  cause: z.object({
    type: z.literal(lookRefusal),
    details: z.tuple([
      z.custom<CaseSnapshot>((value) => typeof value === 'object' && value !== null && 'openTasks' in value),
    ]),
  }),
})

/** What the reconciler and tests ask of a running case. Throws what the engine says when the case cannot answer. */
export async function lookAtCase(handle: {
  executeUpdate: (name: string) => Promise<unknown>
}): Promise<CaseSnapshot> {
  try {
    await handle.executeUpdate(lookUpdate)
  } catch (error) {
    const refused = Refused.safeParse(error)
    if (!refused.success) throw error
    const [snapshot] = refused.data.cause.details
    return snapshot
  }
  throw new Error('the case took a look for an order')
}
