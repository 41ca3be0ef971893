import { z } from 'zod'
import { json, maybeRow, run, sql, type Db } from './db.ts'

export type KeyOf = { actor: string; route: string; key: string; bodyHash: string }
export type Kept =
  | { state: 'new' }
  | { state: 'answered'; status: number; reply: unknown }
  | { state: 'in-flight' }
  | { state: 'other-body' }

/** Takes a key for one request; the same key again gives the stored answer. */
export async function takeKey(tx: Db, { actor, route, key, bodyHash }: KeyOf): Promise<Kept> {
  const taken = await run(
    tx,
    sql`insert into idempotency_key (actor, route, key, body_hash) values (${actor}, ${route}, ${key}, ${bodyHash})
      on conflict (actor, route, key) do update set body_hash = excluded.body_hash, status = null, reply = null, at = now()
        where idempotency_key.at < now() - interval '24 hours'
          -- No request is worked on for so long: whoever held the key died.
          or (idempotency_key.status is null and idempotency_key.body_hash = excluded.body_hash
            and idempotency_key.at < now() - interval '1 minute')`,
  )
  if (taken === 1) return { state: 'new' }
  const found = await maybeRow(
    tx,
    z.object({ body_hash: z.string(), status: z.number().nullable(), reply: z.unknown() }),
    sql`select body_hash, status, reply from idempotency_key
      where actor = ${actor} and route = ${route} and key = ${key}`,
  )
  if (found === null) return { state: 'new' }
  if (found.body_hash !== bodyHash) return { state: 'other-body' }
  return found.status === null
    ? { state: 'in-flight' }
    : { state: 'answered', status: found.status, reply: found.reply }
}

/** Keeps the answer for whoever asks again with the same key. */
export async function keepAnswer(
  tx: Db,
  { actor, route, key }: KeyOf,
  answer: { status: number; reply: unknown },
): Promise<void> {
  await run(
    tx,
    sql`update idempotency_key set status = ${answer.status}, reply = ${json(answer.reply)}
      where actor = ${actor} and route = ${route} and key = ${key}`,
  )
}

/** Gives a key back after a failure that is nobody's answer, so that a retry may act. */
export async function releaseKey(tx: Db, { actor, route, key }: KeyOf): Promise<void> {
  await run(
    tx,
    sql`delete from idempotency_key where actor = ${actor} and route = ${route} and key = ${key} and status is null`,
  )
}

/** Forgets keys that no retry comes back for, and those whose holder died, a part at a time; gives how many went. */
export async function pruneKeys(db: Db, most = 10_000): Promise<number> {
  return run(
    db,
    sql`delete from idempotency_key where (actor, route, key) in (
      select actor, route, key from idempotency_key
      where at < now() - interval '24 hours' or (status is null and at < now() - interval '5 minutes')
      limit ${most} for update skip locked)`,
  )
}
