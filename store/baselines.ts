import { createHash, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { ImportRequest } from '#domain/import-request.ts'
import type { BaselineFigures } from '#domain/measure/baseline.ts'
import { addAudit } from './audit.ts'
import { inTransaction, json, maybeRow, oneRow, run, sql, type Db } from './db.ts'

export type NewUpload = {
  processId: string
  fileName: string
  content: Uint8Array
  facts: unknown
  by: string
}

/** Keeps a file for a look; files that nobody came back for are forgotten after two days. */
export async function storeUpload(db: Db, upload: NewUpload): Promise<string> {
  const id = randomUUID()
  await run(
    db,
    sql`delete from upload u where uploaded_at < now() - interval '2 days'
      and not exists (select 1 from baseline_import i where i.upload_id = u.id and i.status = 'reading')`,
  )
  await run(
    db,
    sql`insert into upload (id, process_id, file_name, bytes, sha256, content, facts, uploaded_by)
      values (${id}, ${upload.processId}, ${upload.fileName}, ${upload.content.byteLength},
        ${createHash('sha256').update(upload.content).digest('hex')}, ${Buffer.from(upload.content)},
        ${json(upload.facts)}, ${upload.by})`,
  )
  return id
}

const Bytes = z.custom<Uint8Array<ArrayBuffer>>((value) => value instanceof Uint8Array)

export async function loadContent(db: Db, uploadId: string): Promise<Uint8Array<ArrayBuffer> | null> {
  const found = await maybeRow(
    db,
    z.object({ content: Bytes }),
    sql`select content from upload where id = ${uploadId}`,
  )
  return found?.content ?? null
}

/** Orders a baseline from an upload; gives the id under which its progress can be followed. */
export async function orderImport(
  db: Db,
  order: { processId: string; uploadId: string; request: ImportRequest; total: number; by: string },
): Promise<string> {
  const id = randomUUID()
  await inTransaction(db, async (tx) => {
    await run(
      tx,
      sql`insert into baseline_import (id, process_id, status, total, what, upload_id, request, requested_by)
        values (${id}, ${order.processId}, 'reading', ${order.total}, 'rows', ${order.uploadId},
          ${json(order.request)}, ${order.by})`,
    )
    await addAudit(tx, {
      actor: order.by,
      action: 'import-baseline',
      object: { kind: 'import', id },
      processId: order.processId,
      detail: { uploadId: order.uploadId, sampleData: order.request.sampleData },
    })
  })
  return id
}

const OrderRow = z.object({
  id: z.string(),
  process_id: z.string(),
  upload_id: z.string(),
  request: ImportRequest,
  requested_by: z.string(),
  file_name: z.string(),
  sha256: z.string(),
  content: Bytes,
})
export type ImportOrder = z.infer<typeof OrderRow>

const leaseSeconds = 60

/** Takes up an import that nobody works on; one whose worker died is free again after a minute. */
export async function takeImport(db: Db): Promise<ImportOrder | null> {
  return maybeRow(
    db,
    OrderRow,
    sql`with taken as (
        update baseline_import set lease_until = now() + make_interval(secs => ${leaseSeconds})
        where id = (select id from baseline_import
          where status = 'reading' and (lease_until is null or lease_until < now()) and upload_id is not null
          order by started_at limit 1 for update skip locked)
        returning *)
      select t.id, t.process_id, t.upload_id, t.request, t.requested_by, u.file_name, u.sha256, u.content
      from taken t join upload u on u.id = t.upload_id`,
  )
}

export async function noteImportProgress(db: Db, importId: string, done: number): Promise<void> {
  await run(
    db,
    sql`update baseline_import set done = least(${done}::bigint, 2000000000)::integer,
        total = greatest(total, least(${done}::bigint, 2000000000)::integer),
        lease_until = now() + make_interval(secs => ${leaseSeconds})
      where id = ${importId} and status = 'reading'`,
  )
}

export type NewBaseline = {
  processId: string
  source: string
  sha256: string
  sampleData: boolean
  rejectedRows: number
  figures: BaselineFigures
  by: string
}

/** Stores a baseline as the process's next version; it never changes after that. */
export async function addBaseline(tx: Db, baseline: NewBaseline): Promise<string> {
  const id = randomUUID()
  await run(tx, sql`select 1 from process where id = ${baseline.processId} for update`)
  const { version } = await oneRow(
    tx,
    z.object({ version: z.number() }),
    sql`select coalesce(max(version), 0) + 1 as version from baseline where process_id = ${baseline.processId}`,
  )
  await run(
    tx,
    sql`insert into baseline (id, process_id, version, source, sha256, sample_data, rejected_rows, figures, imported_by)
      values (${id}, ${baseline.processId}, ${version}, ${baseline.source}, ${baseline.sha256},
        ${baseline.sampleData}, ${baseline.rejectedRows}, ${json(baseline.figures)}, ${baseline.by})`,
  )
  await addAudit(tx, {
    actor: baseline.by,
    action: 'add-baseline',
    object: { kind: 'baseline', id },
    processId: baseline.processId,
    detail: { version, sha256: baseline.sha256, grade: baseline.figures.evidence.grade },
  })
  return id
}

export async function finishImport(
  db: Db,
  order: ImportOrder,
  outcome: { figures: BaselineFigures; rejectedRows: number } | { problem: string },
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const open = await maybeRow(
      tx,
      z.object({ id: z.string() }),
      sql`select id from baseline_import where id = ${order.id} and status = 'reading' for update`,
    )
    if (open === null) return
    if ('problem' in outcome) {
      await run(
        tx,
        sql`update baseline_import set status = 'failed', problem = ${outcome.problem} where id = ${order.id}`,
      )
      return
    }
    const baselineId = await addBaseline(tx, {
      processId: order.process_id,
      source: order.file_name,
      sha256: order.sha256,
      sampleData: order.request.sampleData,
      rejectedRows: outcome.rejectedRows,
      figures: outcome.figures,
      by: order.requested_by,
    })
    await run(
      tx,
      sql`update baseline_import set status = 'done', done = total, baseline_id = ${baselineId} where id = ${order.id}`,
    )
  })
}
