import { z } from 'zod'
import { BaselineFigures } from '#domain/measure/baseline.ts'
import { ColumnMapping } from '#domain/measure/event-log.ts'
import type { Baseline, BaselineImport, Upload } from '#domain/views/baselines.ts'
import { maybeRow, rows, sql, type Db } from '#store/db.ts'
import { PersonJson } from './people.ts'

const FileFacts = z.object({
  gzip: z.boolean(),
  delimiter: z.string(),
  columns: z.array(z.string()),
  sampleRows: z.array(z.array(z.string())),
  rowsSeen: z.number(),
  mapping: ColumnMapping,
  questions: z.array(z.string()),
})
const UploadRow = z.object({
  id: z.string(),
  file_name: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  facts: FileFacts,
})

export async function uploadView(db: Db, uploadId: string): Promise<Upload | null> {
  const found = await maybeRow(
    db,
    UploadRow,
    sql`select id, file_name, bytes, sha256, facts from upload where id = ${uploadId}`,
  )
  if (found === null) return null
  const { id, file_name: fileName, bytes, sha256, facts } = found
  return { id, fileName, bytes, sha256, ...facts }
}

const ImportRow = z.object({
  id: z.string(),
  status: z.enum(['reading', 'done', 'failed']),
  done: z.number(),
  total: z.number(),
  what: z.string(),
  baseline_id: z.string().nullable(),
  problem: z.string().nullable(),
})

export async function importView(db: Db, importId: string): Promise<BaselineImport | null> {
  const found = await maybeRow(
    db,
    ImportRow,
    sql`select id, status, done, total, what, baseline_id, problem from baseline_import where id = ${importId}`,
  )
  if (found === null) return null
  return {
    id: found.id,
    status: found.status,
    progress: { done: found.done, total: found.total, what: found.what },
    baselineId: found.baseline_id,
    problem: found.problem,
  }
}

const BaselineRow = z.object({
  id: z.string(),
  process_id: z.string(),
  version: z.number(),
  source: z.string(),
  sha256: z.string(),
  sample_data: z.boolean(),
  rejected_rows: z.number(),
  figures: BaselineFigures,
  imported_at: z.string(),
  by: PersonJson,
})
const columns = sql`b.id, b.process_id, b.version, b.source, b.sha256, b.sample_data, b.rejected_rows, b.figures,
  b.imported_at, jsonb_build_object('id', p.id, 'name', p.name, 'sample', p.sample) as by
  from baseline b join person p on p.id = b.imported_by`

export async function baselinesOf(db: Db, processId: string): Promise<Baseline[]> {
  const found = await rows(
    db,
    BaselineRow,
    sql`select ${columns} where b.process_id = ${processId} order by b.version desc`,
  )
  return found.map(toBaseline)
}

export async function baselineView(db: Db, baselineId: string): Promise<Baseline | null> {
  const found = await maybeRow(db, BaselineRow, sql`select ${columns} where b.id = ${baselineId}`)
  return found === null ? null : toBaseline(found)
}

function toBaseline(row: z.infer<typeof BaselineRow>): Baseline {
  return {
    id: row.id,
    processId: row.process_id,
    version: row.version,
    source: row.source,
    sha256: row.sha256,
    sampleData: row.sample_data,
    importedAt: row.imported_at,
    by: row.by,
    rejectedRows: row.rejected_rows,
    figures: row.figures,
  }
}
