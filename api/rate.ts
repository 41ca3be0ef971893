import type { Db } from '#store/db.ts'
import { countWrite } from '#store/write-count.ts'

/** Seconds to wait when a person has changed too much in the running minute, whichever server was asked; else null. */
export async function writeWait(
  { db, writesPerMinute }: { db: Db; writesPerMinute: number },
  personId: string,
): Promise<number | null> {
  const { count, secondsLeft } = await countWrite(db, personId)
  return count > writesPerMinute ? secondsLeft : null
}
