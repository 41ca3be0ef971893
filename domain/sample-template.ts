import { z } from 'zod'
import { FieldValues, ProcessMap } from './process-map.ts'

/** Everything that is needed to make a sample process, its baseline and its pilot. */
export const SampleTemplate = z.strictObject({
  key: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
  name: z.string(),
  map: ProcessMap,
  /** Values to start sample cases with, in order and from the beginning again. */
  intake: z.array(FieldValues).min(1),
  /** How the log was made: its parameters in words, shown wherever the baseline is. */
  statement: z.string(),
  /** A synthetic log of the work done by hand; its first lines may be comments. */
  baselineCsv: z.string(),
  /** Which step each activity of the log belongs to. */
  stepNames: z.record(z.string(), z.string()),
  /** Labelled people who work the gates when they are switched on. */
  staff: z.array(z.strictObject({ id: z.string(), name: z.string(), role: z.string() })),
})
export type SampleTemplate = z.infer<typeof SampleTemplate>
