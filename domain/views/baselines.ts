import { z } from 'zod'
import { BaselineFigures } from '../measure/baseline.ts'
import { ColumnMapping, RejectedRow } from '../measure/event-log.ts'
import { Id, Instant, Person, Progress } from './common.ts'

/** A file on its way to becoming a baseline: read once, kept until imported or discarded. */
export const Upload = z
  .strictObject({
    id: Id,
    fileName: z.string(),
    bytes: z.int(),
    sha256: z.string(),
    gzip: z.boolean(),
    delimiter: z.string(),
    columns: z.array(z.string()),
    sampleRows: z.array(z.array(z.string())),
    rowsSeen: z.int(),
    /** Our guess; the person confirms or changes it. */
    mapping: ColumnMapping,
    questions: z.array(z.string()),
  })
  .meta({ id: 'Upload' })
export type Upload = z.infer<typeof Upload>

const ActivityMatch = z.strictObject({
  activity: z.string(),
  rows: z.int(),
  stepId: z.string().nullable(),
  /** 0 to 1; how sure the suggestion is. */
  score: z.number(),
})

export const UploadCheck = z
  .strictObject({
    rows: z.int(),
    cases: z.int(),
    rejected: z.array(RejectedRow),
    rejectedTotal: z.int(),
    activities: z.array(ActivityMatch),
    firstAt: Instant.nullable(),
    lastAt: Instant.nullable(),
  })
  .meta({ id: 'UploadCheck' })
export type UploadCheck = z.infer<typeof UploadCheck>

export const BaselineImport = z
  .strictObject({
    id: Id,
    status: z.enum(['reading', 'done', 'failed']),
    progress: Progress,
    baselineId: Id.nullable(),
    problem: z.string().nullable(),
  })
  .meta({ id: 'BaselineImport' })
export type BaselineImport = z.infer<typeof BaselineImport>

export const Baseline = z
  .strictObject({
    id: Id,
    processId: Id,
    version: z.int(),
    source: z.string(),
    sha256: z.string(),
    sampleData: z.boolean(),
    importedAt: Instant,
    by: Person,
    rejectedRows: z.int(),
    figures: BaselineFigures,
  })
  .meta({ id: 'Baseline' })
export type Baseline = z.infer<typeof Baseline>
