import { z } from 'zod'

/** What the address says about how a pilot is looked at; anything unknown in it is passed over. */
export const PilotSearch = z.object({
  step: z.string().optional().catch(undefined),
  lens: z.enum(['time', 'wait', 'rework', 'adoption', 'volume']).optional().catch(undefined),
  list: z.boolean().optional().catch(undefined),
  view: z.string().optional().catch(undefined),
})
export type PilotSearch = z.infer<typeof PilotSearch>
