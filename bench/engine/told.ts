import { z } from 'zod'

export const WorkerSettings = z.object({ address: z.string(), namespace: z.string(), taskQueue: z.string() })
export type WorkerSettings = z.infer<typeof WorkerSettings>

/** What the worker of the benchmark tells; moments in milliseconds since 1970. */
export const Told = z.discriminatedUnion('what', [
  z.object({ what: z.literal('ready') }),
  z.object({ what: z.literal('opened'), taskId: z.string(), shownHash: z.string() }),
  z.object({
    what: z.literal('step'),
    caseId: z.string(),
    step: z.string(),
    beganAt: z.number(),
    endedAt: z.number(),
  }),
])
export type Told = z.infer<typeof Told>
