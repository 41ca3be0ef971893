import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { inTransaction, rows, run, sql, type Db } from '../db.ts'
import { resealHeaders } from '../connections.ts'
import { open, seal, type Place } from './envelope.ts'
import type { KeyRing } from './key-ring.ts'

const proofText = 'throughline'
/** One number for everybody who looks at the keys at the same time. */
const keysLock = 7_406_114

/**
 * Makes sure that these keys are the ones that secrets here were sealed with; says what is wrong, or null. The first
 * keys are taken as they are. A new first key beside the old ones takes over: everything is wrapped anew with it.
 */
export async function proveKeys(db: Db, ring: KeyRing): Promise<string | null> {
  return inTransaction(db, async (tx) => {
    await run(tx, sql`select pg_advisory_xact_lock(${keysLock})`)
    const known = await rows(
      tx,
      z.object({ kid: z.string(), proof: z.string() }),
      sql`select kid, proof from secret_key order by since, kid`,
    )
    const strange = known.find(({ kid, proof }) => !open(ring, placeOf(kid), proof).ok)
    if (strange !== undefined) {
      return `Secrets here were sealed with another master key (${strange.kid}). Give that key, after the new one if it is to be replaced.`
    }
    const { kid } = ring.sealing
    if (known.some((key) => key.kid === kid)) return null
    await resealHeaders(tx, ring)
    await run(tx, sql`delete from secret_key`)
    await run(
      tx,
      sql`insert into secret_key (kid, proof) values (${kid}, ${seal(ring, placeOf(kid), proofText)})`,
    )
    return null
  })
}

/** The same as soon as the database is there. */
export async function untilProven(
  db: Db,
  ring: KeyRing,
  onAway: (message: string, error: unknown) => void,
): Promise<string | null> {
  for (;;) {
    try {
      return await proveKeys(db, ring)
    } catch (error) {
      onAway('The master key waits for the database', error)
      await sleep(2_000)
    }
  }
}

function placeOf(kid: string): Place {
  return { table: 'secret_key', column: 'proof', row: kid }
}
