import { z } from 'zod'
import { oneRow, rows, sql, type Db } from './db.ts'

const OpenCase = z.object({
  caseId: z.string(),
  number: z.number(),
  title: z.string(),
  version: z.number(),
})
export type OpenCase = z.infer<typeof OpenCase>

/** Open cases of a pilot by number, and how many there are in all. */
export async function openCasePage(
  db: Db,
  { pilotId, afterNumber, limit }: { pilotId: string; afterNumber: number; limit: number },
): Promise<{ total: number; cases: OpenCase[]; more: boolean }> {
  const isOpen = sql`pilot_id = ${pilotId} and ended_at is null`
  const { total } = await oneRow(
    db,
    z.object({ total: z.number() }),
    sql`select count(*) as total from case_run where ${isOpen}`,
  )
  const found = await rows(
    db,
    OpenCase,
    sql`select id as "caseId", number, title, map_version as version from case_run
      where ${isOpen} and number > ${afterNumber} order by number limit ${limit + 1}`,
  )
  return { total, cases: found.slice(0, limit), more: found.length > limit }
}

/** Versions of the map that open cases of a pilot run on, and the one that new cases begin in. */
export async function openVersions(db: Db, pilotId: string): Promise<number[]> {
  const found = await rows(
    db,
    z.object({ version: z.number() }),
    sql`select map_version as version from case_run where pilot_id = ${pilotId} and ended_at is null
      union select map_version from pilot where id = ${pilotId} order by version`,
  )
  return found.map((row) => row.version)
}
