import { createHash } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson } from '#domain/canonical-json.ts'
import { json, maybeRow, oneRow, rows, run, sql, type Db } from './db.ts'

export type AuditEntry = {
  actor: string
  action: string
  object: { kind: string; id: string }
  processId: string | null
  detail: Record<string, string | number | boolean | null>
}

const beginning = '0'.repeat(64)
/** One number that every writer of the chain locks, so that each row follows exactly one other. */
const chainLock = 7_406_113

/**
 * Adds a row to the audit chain. Call it last in a transaction: the lock on the chain is held until the commit.
 */
export async function addAudit(tx: Db, entry: AuditEntry): Promise<void> {
  await run(tx, sql`select pg_advisory_xact_lock(${chainLock})`)
  const last = await oneRow(
    tx,
    z.object({ hash: z.string().nullable(), now: z.string() }),
    sql`select (select hash from audit order by id desc limit 1) as hash, clock_timestamp() as now`,
  )
  const previous = last.hash ?? beginning
  const body = canonicalJson({ ...entry, at: last.now })
  await run(
    tx,
    sql`insert into audit (actor, action, object_kind, object_id, process_id, detail, body, previous_hash, hash)
      values (${entry.actor}, ${entry.action}, ${entry.object.kind}, ${entry.object.id}, ${entry.processId},
        ${json(entry.detail)}, ${body}, ${previous}, ${hashOf(previous, body)})`,
  )
}

/** The same, unless the audit tells exactly this already: for a request that may be sent again. */
export async function addAuditOnce(tx: Db, entry: AuditEntry): Promise<'added' | 'known'> {
  await run(tx, sql`select pg_advisory_xact_lock(${chainLock})`)
  if (await isAudited(tx, entry)) return 'known'
  await addAudit(tx, entry)
  return 'added'
}

export async function isAudited(db: Db, { actor, action, object, detail }: AuditEntry): Promise<boolean> {
  const found = await maybeRow(
    db,
    z.object({ id: z.number() }),
    sql`select id from audit where object_kind = ${object.kind} and object_id = ${object.id}
      and action = ${action} and actor = ${actor} and detail = ${json(detail)} limit 1`,
  )
  return found !== null
}

/** The id of the first row that does not follow from the one before; null when the chain is whole. */
export async function firstBrokenAudit(db: Db): Promise<number | null> {
  const row = z.object({ id: z.number(), body: z.string(), previous_hash: z.string(), hash: z.string() })
  let previous = beginning
  let after = 0
  for (;;) {
    const page = await rows(
      db,
      row,
      sql`select id, body, previous_hash, hash from audit where id > ${after} order by id limit 5000`,
    )
    for (const entry of page) {
      if (entry.previous_hash !== previous || entry.hash !== hashOf(previous, entry.body)) return entry.id
      previous = entry.hash
      after = entry.id
    }
    if (page.length === 0) return null
  }
}

function hashOf(previous: string, body: string): string {
  return createHash('sha256').update(previous).update(body).digest('hex')
}
