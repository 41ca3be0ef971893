import { z } from 'zod'
import { DateOrders } from './stamp-style.ts'
import { isZone } from './zone-clock.ts'

const Column = z.string().min(1).max(300)

/** Which column of a log file says what; columns go by their header names. */
export const ColumnMapping = z
  .strictObject({
    case: Column,
    activity: Column,
    /** Null when the log has one stamp per row; then hands-on and waiting time are not known. */
    start: Column.nullable(),
    end: Column,
    resource: Column.nullable(),
    enabled: Column.nullable(),
    /** Says for each row whether the step was scheduled, started, suspended, resumed or completed. */
    lifecycle: Column.nullable(),
    /** Same value on the rows of one and the same step instance. */
    instanceId: Column.nullable(),
    /** Zone of stamps that carry none. */
    zone: z.string().refine(isZone, 'a time zone such as Europe/Amsterdam').nullable(),
    /** Order of day, month and year where the figures alone do not tell. */
    dateOrder: z.enum(DateOrders).nullable(),
  })
  .meta({ id: 'ColumnMapping' })
export type ColumnMapping = z.infer<typeof ColumnMapping>

/** A row that was left out; the header is row 1, as in a spreadsheet. */
export const RejectedRow = z
  .strictObject({ row: z.int().min(1), reason: z.string(), value: z.string() })
  .meta({ id: 'RejectedRow' })
export type RejectedRow = z.infer<typeof RejectedRow>

/** A good row of a log; instants in UTC ms. */
export type LogRow = {
  row: number
  caseId: string
  activity: string
  startMs: number | null
  endMs: number
  enabledMs: number | null
  resource: string | null
  lifecycle: string | null
  instanceId: string | null
}

/** One piece of work on one step of a case, from start to end; start and enabling null where the log is silent. */
export type StepRun = {
  row: number
  activity: string
  enabledMs: number | null
  startMs: number | null
  endMs: number
  /** Stretches in which the work was suspended. */
  pauses: readonly Pause[]
  resource: string | null
}
export type Pause = { from: number; to: number }

/** All runs of a case, by start, end and place in the file. */
export type CaseRuns = { caseId: string; runs: readonly StepRun[] }
