import { createHash } from 'node:crypto'
import { canonicalJson } from '#domain/canonical-json.ts'
import { isProblem, type Problem } from '#domain/problems.ts'
import { keepAnswer, releaseKey, takeKey, type KeyOf } from '#store/idempotency.ts'
import { inTransaction, type Db } from '#store/db.ts'

export type Answer = { status: number; reply: unknown; replayed: boolean }

/**
 * The same for work whose effects all lie in the database: key, effect and answer are one transaction, so a crash
 * leaves either all of them or nothing. A twin in flight is waited for and gets the same answer.
 */
export async function onceInTransaction(
  db: Db,
  { key, status }: { key: KeyOf; status: number },
  work: (tx: Db) => Promise<unknown>,
): Promise<Answer | Problem> {
  return inTransaction(db, async (tx): Promise<Answer | Problem> => {
    const kept = await takeKey(tx, key)
    if (kept.state === 'other-body') return { code: 'IdempotencyKeyReused' }
    if (kept.state === 'answered') return { status: kept.status, reply: kept.reply, replayed: true }
    if (kept.state === 'in-flight') return { code: 'RequestInFlight' }
    const reply = await work(tx)
    // Only a success is final: a refusal may turn out otherwise after the mend.
    if (isProblem(reply)) {
      await releaseKey(tx, key)
      return reply
    }
    await keepAnswer(tx, key, { status, reply })
    return { status, reply, replayed: false }
  })
}

/**
 * Does a piece of work once for a key: the same request again gives the stored answer. For work that acts outside
 * the database too: the key is taken first, and a twin in flight is told so.
 */
export async function once(
  db: Db,
  { key, status }: { key: KeyOf; status: number },
  work: () => Promise<unknown>,
): Promise<Answer | Problem> {
  const kept = await takeKey(db, key)
  if (kept.state === 'other-body') return { code: 'IdempotencyKeyReused' }
  if (kept.state === 'answered') return { status: kept.status, reply: kept.reply, replayed: true }
  if (kept.state === 'in-flight') return { code: 'RequestInFlight' }
  try {
    const reply = await work()
    // Only a success is final: a refusal may turn out otherwise after the mend.
    if (isProblem(reply)) await releaseKey(db, key)
    else await keepAnswer(db, key, { status, reply })
    return isProblem(reply) ? reply : { status, reply, replayed: false }
  } catch (error) {
    await releaseKey(db, key).catch(() => undefined)
    throw error
  }
}

export function isAnswer(value: Answer | Problem): value is Answer {
  return 'replayed' in value
}

/** Stands for everything that was asked: the same key with another of these is another request. */
export function requestHash(asked: {
  params: unknown
  query: unknown
  body: unknown
  file: Uint8Array
}): string {
  return createHash('sha256')
    .update(canonicalJson({ params: asked.params, query: asked.query, body: asked.body }))
    .update(asked.file)
    .digest('hex')
}

/** Keys are any printable text of up to 200 characters. */
export function keyProblem(key: string | null, wanted: 'required' | 'optional' | 'none'): Problem | null {
  if (key === null) return wanted === 'required' ? { code: 'IdempotencyKeyMissing' } : null
  if (/^[\x21-\x7e]([\x20-\x7e]{0,198}[\x21-\x7e])?$/.test(key)) return null
  return {
    code: 'InvalidInput',
    errors: [
      {
        field: 'Idempotency-Key',
        message: 'is not a key',
        mend: 'use 1 to 200 printable ASCII characters',
      },
    ],
  }
}
