import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { loadConnection, headerPlace, putConnection } from '#store/connections.ts'
import { rows, run, sql } from '#store/db.ts'
import { createProcess } from '#store/processes.ts'
import { open, rewrap, seal, type Place } from '#store/secrets/envelope.ts'
import { keyRing, keyRingOf, type KeyRing } from '#store/secrets/key-ring.ts'
import { proveKeys } from '#store/secrets/prove-keys.ts'
import { addPeople, openTestStore, type TestStore } from '../support/store.ts'

const place: Place = { table: 'connection_header', column: 'sealed', row: 'p/register/authorization' }
const newKey = (): string => randomBytes(32).toString('base64')

describe('a sealed secret', () => {
  const ring = keyRing([newKey()])

  it('opens where it was sealed, whatever it holds', () => {
    for (const secret of ['s', 'Bearer ü', 'x'.repeat(4_000)]) {
      expect(open(ring, place, seal(ring, place, secret))).toEqual({ ok: true, secret })
    }
  })

  it('is another text every time, in the form that is written down', () => {
    const [one, two] = [seal(ring, place, 'secret'), seal(ring, place, 'secret')]

    expect(one).not.toBe(two)
    expect(one).toMatch(/^v1\.[0-9a-f]{12}(\.[A-Za-z0-9_-]+){6}$/)
    expect(one.split('.')[1]).toBe(ring.sealing.kid)
  })

  it.each([
    ['another table', { ...place, table: 'other' }],
    ['another column', { ...place, column: 'other' }],
    ['another row', { ...place, row: 'q/register/authorization' }],
  ])('does not open in %s', (_, elsewhere) => {
    expect(open(ring, elsewhere, seal(ring, place, 'secret'))).toEqual({ ok: false, why: 'tampered' })
  })

  it('does not open when any part of it was changed', () => {
    const parts = seal(ring, place, 'secret').split('.')
    for (let index = 2; index < parts.length; index += 1) {
      const changed = parts.map((part, at) => (at === index ? flipped(part) : part)).join('.')
      expect(open(ring, place, changed).ok).toBe(false)
    }
    for (const text of ['', 'v1', 'v2.x', parts.slice(0, 7).join('.'), [...parts, 'x'].join('.')]) {
      expect(open(ring, place, text).ok).toBe(false)
    }
  })

  it('does not open with another master key', () => {
    expect(open(keyRing([newKey()]), place, seal(ring, place, 'secret'))).toEqual({
      ok: false,
      why: 'unknown-key',
    })
  })

  it('is wrapped anew with a newer key without being touched itself', () => {
    const [oldKey, key] = [newKey(), newKey()]
    const [before, both, after] = [keyRing([oldKey]), keyRing([key, oldKey]), keyRing([key])]
    const sealed = seal(before, place, 'secret')

    const again = rewrap(both, place, sealed) ?? ''

    expect(open(after, place, again)).toEqual({ ok: true, secret: 'secret' })
    expect(open(before, place, again).ok).toBe(false)
    expect(again.split('.').slice(5)).toEqual(sealed.split('.').slice(5))
    expect(rewrap(after, place, sealed)).toBeNull()
  })
})

function flipped(part: string): string {
  const bytes = Buffer.from(part, 'base64url')
  bytes[0] = (bytes[0] ?? 0) ^ 1
  return bytes.toString('base64url')
}

describe('the master key of the environment', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tl-ring-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const nothing = { key: null, file: null, isRequired: false }

  it('comes from a variable or from a file, several by commas or lines', () => {
    const [one, two] = [newKey(), newKey()]
    const file = join(folder, 'keys')
    writeFileSync(file, `${one}\n${two}\n`)

    const fromFile = keyRingOf({ ...nothing, file })
    const fromVariable = keyRingOf({ ...nothing, key: `${one},${two}` })

    expect(fromFile).toEqual(fromVariable)
    expect(fromFile?.byKid.size).toBe(2)
    expect(fromFile?.sealing.kid).toBe(keyRing([one]).sealing.kid)
  })

  it('may be missing only where it is not required', () => {
    expect(keyRingOf(nothing)).toBeNull()
    expect(() => keyRingOf({ ...nothing, isRequired: true })).toThrow('There is no master key')
  })

  it.each(['', 'short', 'x'.repeat(44), `${newKey()}, nothing`])(
    'cannot be "%s", and is not repeated',
    (key) => {
      expect(() => keyRingOf({ ...nothing, key })).toThrow(/master key/i)
      try {
        keyRingOf({ ...nothing, key })
      } catch (error) {
        if (key !== '') expect(String(error)).not.toContain(key)
      }
    },
  )

  it('is given in one way and not in two', () => {
    expect(() => keyRingOf({ key: newKey(), file: join(folder, 'keys'), isRequired: true })).toThrow(
      'not both',
    )
    expect(() => keyRingOf({ ...nothing, file: join(folder, 'none') })).toThrow('cannot be read')
  })
})

describe('the keys of a database', () => {
  let store: TestStore
  let processId: string
  const [oldKey, key] = [newKey(), newKey()]
  const first = keyRing([oldKey])
  beforeAll(async () => {
    store = await openTestStore()
    await addPeople(store.db)
    processId = await createProcess(store.db, { name: 'Letters', ownerId: 'priya' })
  })
  afterAll(() => store.close())

  async function secretWith(ring: KeyRing): Promise<string | null> {
    const connection = await loadConnection(store.db, processId, 'register')
    const [header] = connection?.headers ?? []
    if (header === undefined) throw new Error('there is no header')
    const at = headerPlace({ processId, name: 'register', header: header.header })
    const opened = open(ring, at, header.sealed)
    return opened.ok ? opened.secret : null
  }

  it('are the first ones given, and no others until the old ones are given too', async () => {
    const stranger = keyRing([key])

    expect(await proveKeys(store.db, first)).toBeNull()
    expect(await proveKeys(store.db, first)).toBeNull()
    expect(await proveKeys(store.db, stranger)).toContain(first.sealing.kid)
  })

  it('are replaced by a newer one that comes with them, and every secret with it', async () => {
    await putConnection(store.db, {
      processId,
      name: 'register',
      body: {
        baseUrl: 'https://register.example',
        privateAddress: false,
        headers: [{ name: 'authorization', value: 'Bearer one' }],
      },
      by: 'priya',
      keys: first,
    })

    const added = await proveKeys(store.db, keyRing([oldKey, key]))
    const before = await secretWith(first)
    const replaced = await proveKeys(store.db, keyRing([key, oldKey]))

    expect([added, before, replaced]).toEqual([null, 'Bearer one', null])
    expect(await secretWith(keyRing([key]))).toBe('Bearer one')
    expect(await proveKeys(store.db, keyRing([key]))).toBeNull()
    expect(await proveKeys(store.db, first)).not.toBeNull()
  })

  it('are taken by one of several programs that start at once', async () => {
    await run(store.db, sql`delete from secret_key`)
    const rings = [keyRing([newKey()]), keyRing([newKey()]), keyRing([newKey()])]

    const told = await Promise.all(rings.map((ring) => proveKeys(store.db, ring)))

    expect(told.filter((fault) => fault === null)).toHaveLength(1)
    const known = await rows(store.db, z.object({ kid: z.string() }), sql`select kid from secret_key`)
    expect(known).toHaveLength(1)
  })
})
