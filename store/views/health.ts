import { z } from 'zod'
import { oneRow, sql, type Db } from '#store/db.ts'

/** Whether the database answers, and can write. */
export async function isDatabaseUp(db: Db): Promise<{ ok: boolean; detail: string }> {
  const found = await oneRow(
    db,
    z.object({ version: z.string(), reads_only: z.boolean() }),
    sql`select current_setting('server_version') as version,
      current_setting('transaction_read_only')::boolean as reads_only`,
  )
  const name = `PostgreSQL ${found.version.split(' ')[0] ?? ''}`
  return found.reads_only
    ? { ok: false, detail: `${name} takes no changes` }
    : { ok: true, detail: `${name} answers` }
}
