import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

type MasterKey = { kid: string; key: Buffer }

/** The first key seals; all of them open, so that a new key can take over from an old one. */
export type KeyRing = { sealing: MasterKey; byKid: ReadonlyMap<string, Buffer> }

const keyBytes = 32

/**
 * The keys that the environment gives, in base64 and by commas; null when it gives none and none is required. Throws,
 * in words for whoever runs the server, when what it gives is no key.
 */
export function keyRingOf(given: {
  key: string | null
  file: string | null
  isRequired: boolean
}): KeyRing | null {
  if (given.key !== null && given.file !== null) {
    throw new Error('Give TL_MASTER_KEY or TL_MASTER_KEY_FILE, not both.')
  }
  const text = given.key ?? (given.file === null ? null : textOf(given.file))
  if (text === null) {
    if (!given.isRequired) return null
    throw new Error(
      'There is no master key: set TL_MASTER_KEY_FILE or TL_MASTER_KEY to 32 random bytes in base64, and keep them apart from the database.',
    )
  }
  return keyRing(text.split(/[\s,]+/).filter((part) => part !== ''))
}

/** A ring of keys in base64, the sealing one first. */
export function keyRing(texts: readonly string[]): KeyRing {
  const keys = texts.map(masterKey)
  const [sealing] = keys
  if (sealing === undefined) throw new Error('The master key is empty.')
  return { sealing, byKid: new Map(keys.map(({ kid, key }) => [kid, key])) }
}

function masterKey(text: string): MasterKey {
  const key = Buffer.from(text, /[-_]/.test(text) ? 'base64url' : 'base64')
  if (!/^[\w+/-]+=*$/.test(text) || key.length !== keyBytes) {
    throw new Error(
      `A master key is ${keyBytes} random bytes in base64, such as "openssl rand -base64 32" gives.`,
    )
  }
  // The name comes from the key itself, so a wrong key can never pass for the right one.
  const kid = createHash('sha256').update('throughline master key').update(key).digest('hex').slice(0, 12)
  return { kid, key }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Error(`The file of TL_MASTER_KEY_FILE cannot be read: ${file}`, { cause: error })
  }
}
