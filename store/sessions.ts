import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { maybeRow, run, sql, type Db } from './db.ts'

/** Begins a session; only its hash is stored. */
export async function openSession(db: Db, personId: string): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  await run(db, sql`delete from session where created_at < now() - interval '7 days'`)
  await run(db, sql`insert into session (token_hash, person_id) values (${hashOf(token)}, ${personId})`)
  return token
}

/** Whose session it is; it ends after 12 hours without use, and after 7 days in any case. */
export async function personOfSession(db: Db, token: string): Promise<string | null> {
  const found = await maybeRow(
    db,
    z.object({ person_id: z.string(), stale: z.boolean() }),
    sql`select person_id, last_seen_at < now() - interval '5 minutes' as stale from session
      where token_hash = ${hashOf(token)}
        and last_seen_at > now() - interval '12 hours' and created_at > now() - interval '7 days'`,
  )
  if (found === null) return null
  if (found.stale) {
    await run(db, sql`update session set last_seen_at = now() where token_hash = ${hashOf(token)}`)
  }
  return found.person_id
}

export async function closeSession(db: Db, token: string): Promise<void> {
  await run(db, sql`delete from session where token_hash = ${hashOf(token)}`)
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
