import { z } from 'zod'
import { oneRow, sql, type Db } from './db.ts'

/** Counts one more change of a person, for all servers together; gives how many there were in the running minute. */
export async function countWrite(db: Db, personId: string): Promise<{ count: number; secondsLeft: number }> {
  return oneRow(
    db,
    z.object({ count: z.number(), secondsLeft: z.number() }),
    sql`insert into write_count as w (person_id, since, n) values (${personId}, now(), 1)
      on conflict (person_id) do update set
        since = case when w.since > now() - interval '1 minute' then w.since else now() end,
        n = case when w.since > now() - interval '1 minute' then w.n + 1 else 1 end
      returning n as count,
        greatest(1, ceil(extract(epoch from w.since + interval '1 minute' - now()))) as "secondsLeft"`,
  )
}
