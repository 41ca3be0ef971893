import { z } from 'zod'
import { FieldValues } from '#domain/process-map.ts'
import { rows, sql, type Db } from '#store/db.ts'

/** What each field of a case holds now: its intake, and what drafts, edits and forms wrote after it. */
export async function presentValues(db: Db, caseId: string): Promise<FieldValues> {
  const found = await rows(
    db,
    z.object({ body: FieldValues }),
    sql`select body from document where case_id = ${caseId} and kind not in ('raw', 'entries') order by created_at, id`,
  )
  return Object.assign({}, ...found.map((row) => row.body))
}
