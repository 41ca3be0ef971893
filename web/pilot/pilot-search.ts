import { z } from 'zod'

export const Lens = z.enum(['time', 'wait', 'rework', 'adoption', 'volume'])
export type Lens = z.infer<typeof Lens>

/** What the address says about a pilot's page; anything unknown in it is passed over. */
export const PilotSearch = z.object({
  tab: z.enum(['map', 'list', 'cases']).optional().catch(undefined),
  lens: Lens.optional().catch(undefined),
  /** The step whose panel is open. */
  step: z.string().max(40).optional().catch(undefined),
  /** Of the list of cases. */
  status: z.enum(['open', 'stuck', 'ended', 'all']).optional().catch(undefined),
  at: z.string().max(40).optional().catch(undefined),
  search: z.string().max(100).optional().catch(undefined),
})
export type PilotSearch = z.infer<typeof PilotSearch>
