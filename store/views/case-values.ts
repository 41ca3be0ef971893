import { z } from 'zod'
import { FieldValues } from '#domain/process-map.ts'
import { rows, sql, type Db } from '#store/db.ts'

/** What each field of a case holds now: its intake, and what drafts, edits and forms wrote after it. */
export async function presentValues(db: Db, caseId: string): Promise<FieldValues> {
  const found = await rows(
    db,
    z.object({ body: FieldValues }),
    sql`select d.body from document d where d.case_id = ${caseId} and d.kind not in ('raw', 'entries')
        -- What a message brought counts from when the case took it up.
        and (not d.meta ? 'messageId' or exists (select 1 from case_event e where e.case_id = d.case_id
          and e.type = 'message-received' and e.event->>'messageId' = d.meta->>'messageId'))
      order by d.created_at, d.id`,
  )
  return Object.assign({}, ...found.map((row) => row.body))
}
