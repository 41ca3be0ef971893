import { z } from 'zod'
import { InboxView, TaskKind } from '#domain/views/tasks.ts'

/** What the address says about the list one came from; anything unknown in it is passed over. */
export const InboxSearch = z.object({
  view: InboxView.optional().catch(undefined),
  kind: TaskKind.optional().catch(undefined),
  processId: z.string().optional().catch(undefined),
  search: z.string().max(100).optional().catch(undefined),
})
export type InboxSearch = z.infer<typeof InboxSearch>
