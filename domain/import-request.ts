import { z } from 'zod'
import { ColumnMapping } from './measure/event-log.ts'
import { WorkingCalendar } from './measure/working-calendar.ts'

/** How an uploaded log becomes a baseline. */
export const ImportRequest = z.strictObject({
  mapping: ColumnMapping,
  /** Which step each activity of the log belongs to; null: none. */
  stepNames: z.record(z.string(), z.string().nullable()),
  calendar: WorkingCalendar.nullable(),
  exceptionSteps: z.array(z.string()),
  sampleData: z.boolean(),
})
export type ImportRequest = z.infer<typeof ImportRequest>
