import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { KeyRing } from './key-ring.ts'

/** Where a secret is kept: it opens nowhere else, so that rows cannot be swapped. */
export type Place = { table: string; column: string; row: string }

export type Opened = { ok: true; secret: string } | { ok: false; why: 'unknown-key' | 'tampered' }

const version = 'v1'
const algorithm = 'aes-256-gcm'
const ivBytes = 12

/**
 * Seals a secret under a key of its own, which is wrapped with the master key:
 * `v1.<kid>.<iv>.<wrapped key>.<tag>.<iv>.<text>.<tag>` in base64url.
 */
export function seal(ring: KeyRing, place: Place, secret: string): string {
  const own = randomBytes(32)
  const wrapped = wrap(ring, place, own)
  const text = encrypt(own, Buffer.from(secret, 'utf8'), dataOf(place))
  return [version, ring.sealing.kid, ...wrapped, ...text].join('.')
}

/** A secret that was changed, or stands in another place than it was sealed for, does not open. */
export function open(ring: KeyRing, place: Place, sealed: string): Opened {
  const parts = partsOf(sealed)
  const own = parts === null ? null : unwrap(ring, place, parts)
  if (parts === null || own === null) return { ok: false, why: 'tampered' }
  if (own === 'unknown-key') return { ok: false, why: 'unknown-key' }
  const secret = decrypt(own, parts.text, dataOf(place))
  return secret === null ? { ok: false, why: 'tampered' } : { ok: true, secret: secret.toString('utf8') }
}

/** The same envelope under the newest master key: only the wrapping changes. Null when it does not open. */
export function rewrap(ring: KeyRing, place: Place, sealed: string): string | null {
  const parts = partsOf(sealed)
  if (parts === null) return null
  if (parts.kid === ring.sealing.kid) return sealed
  const own = unwrap(ring, place, parts)
  if (own === null || own === 'unknown-key') return null
  return [version, ring.sealing.kid, ...wrap(ring, place, own), ...parts.text].join('.')
}

type Box = [iv: string, text: string, tag: string]
type Parts = { kid: string; wrapped: Box; text: Box }

function partsOf(sealed: string): Parts | null {
  const [head, kid, iv1, wrapped, tag1, iv2, text, tag2, more] = sealed.split('.')
  if (head !== version || more !== undefined) return null
  if (kid === undefined || iv1 === undefined || wrapped === undefined || tag1 === undefined) return null
  if (iv2 === undefined || text === undefined || tag2 === undefined) return null
  return { kid, wrapped: [iv1, wrapped, tag1], text: [iv2, text, tag2] }
}

function wrap({ sealing }: KeyRing, place: Place, own: Buffer): Box {
  return encrypt(sealing.key, own, wrapDataOf(place, sealing.kid))
}

function unwrap(ring: KeyRing, place: Place, { kid, wrapped }: Parts): Buffer | 'unknown-key' | null {
  const master = ring.byKid.get(kid)
  return master === undefined ? 'unknown-key' : decrypt(master, wrapped, wrapDataOf(place, kid))
}

function dataOf({ table, column, row }: Place): string {
  return [version, table, column, row].join('|')
}

function wrapDataOf(place: Place, kid: string): string {
  return `${dataOf(place)}|${kid}`
}

function encrypt(key: Buffer, text: Buffer, data: string): Box {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv(algorithm, key, iv).setAAD(Buffer.from(data, 'utf8'))
  const sealed = Buffer.concat([cipher.update(text), cipher.final()])
  return [iv.toString('base64url'), sealed.toString('base64url'), cipher.getAuthTag().toString('base64url')]
}

function decrypt(key: Buffer, [iv, text, tag]: Box, data: string): Buffer | null {
  try {
    const decipher = createDecipheriv(algorithm, key, Buffer.from(iv, 'base64url'), { authTagLength: 16 })
      .setAAD(Buffer.from(data, 'utf8'))
      .setAuthTag(Buffer.from(tag, 'base64url'))
    return Buffer.concat([decipher.update(Buffer.from(text, 'base64url')), decipher.final()])
  } catch {
    return null
  }
}
