import { createHash, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson } from '#domain/canonical-json.ts'
import type { FieldRefs } from '#domain/case-messages.ts'
import type { DocRef } from '#domain/plan.ts'
import { FieldValues, type FieldValue } from '#domain/process-map.ts'
import { json, maybeRow, rows, run, sql, type Db } from './db.ts'

/** `entries` are those of a list that was cut up; `system` is what a machine other than a model wrote. */
const DocumentKind = z.enum(['intake', 'draft', 'edit', 'form', 'raw', 'entries', 'system'])
export type DocumentKind = z.infer<typeof DocumentKind>
export type DocumentMeta = Record<string, string | number | boolean | null>

/** A reference as it stands in stored rows. */
export const StoredRef = z.strictObject({
  id: z.string(),
  sha256: z.string(),
  bytes: z.number(),
  at: z.string().exactOptional(),
}) satisfies z.ZodType<DocRef>

/** Stores field values under an id of their own; everything else refers to them by that id and their hash. */
export async function storeDocument(
  tx: Db,
  document: { caseId: string; kind: DocumentKind; body: FieldValues; meta?: DocumentMeta; id?: string },
): Promise<DocRef> {
  const ref = referenceTo(document.body, document.id)
  await run(
    tx,
    sql`insert into document (id, case_id, kind, sha256, bytes, body, meta)
      values (${ref.id}, ${document.caseId}, ${document.kind}, ${ref.sha256}, ${ref.bytes},
        ${json(document.body)}, ${json(document.meta ?? {})})
      on conflict (id) do nothing`,
  )
  return ref
}

/** The reference under which a body would be stored. */
export function referenceTo(body: FieldValues, id: string = randomUUID()): DocRef {
  const text = canonicalJson(body)
  return { id, sha256: createHash('sha256').update(text).digest('hex'), bytes: Buffer.byteLength(text) }
}

const DocumentRow = z.object({
  id: z.string(),
  case_id: z.string(),
  kind: DocumentKind,
  sha256: z.string(),
  body: FieldValues,
  meta: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  created_at: z.string(),
})
export type StoredDocument = z.infer<typeof DocumentRow>

export async function loadDocument(db: Db, id: string): Promise<StoredDocument | null> {
  return maybeRow(
    db,
    DocumentRow,
    sql`select id, case_id, kind, sha256, body, meta, created_at from document where id = ${id}`,
  )
}

/** The present value of each field; fields whose document does not hold them are null. */
export async function loadFields(db: Db, refs: FieldRefs): Promise<FieldValues> {
  const ids = [...new Set(Object.values(refs).map((ref) => ref.id))]
  if (ids.length === 0) return {}
  const found = await rows(
    db,
    DocumentRow,
    sql`select id, case_id, kind, sha256, body, meta, created_at from document where id = any(${ids})`,
  )
  const bodies = new Map(found.map((document) => [document.id, document.body]))
  return Object.fromEntries(
    Object.entries(refs).map(([name, ref]): [string, FieldValue] => [name, fieldAt(bodies, name, ref)]),
  )
}

/** The value that a reference under this field's name stands for; null when its document does not hold it. */
export function fieldAt(bodies: ReadonlyMap<string, FieldValues>, name: string, ref: DocRef): FieldValue {
  return bodies.get(ref.id)?.[ref.at ?? name] ?? null
}
