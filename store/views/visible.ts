import { z } from 'zod'
import { rows, sql, type Db } from '#store/db.ts'

/** Pilots whose process the person has a part in, read anew each time. */
export async function visiblePilots(db: Db, personId: string): Promise<Set<string>> {
  const found = await rows(
    db,
    z.object({ id: z.string() }),
    sql`select distinct p.id from pilot p join membership m on m.process_id = p.process_id
      where m.person_id = ${personId}`,
  )
  return new Set(found.map((row) => row.id))
}
