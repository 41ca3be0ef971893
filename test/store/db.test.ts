import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDb, run, sql } from '#store/db.ts'
import { openTestStore, type TestStore } from '../support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

describe('a transaction', () => {
  it('that stands still gives its locks back to those who wait for them', { timeout: 120_000 }, async () => {
    const frozen = openDb(store.url)
    let wake = (): void => {}
    const woken = new Promise<void>((resolve) => {
      wake = resolve
    })
    let holdsLock = (): void => {}
    const locked = new Promise<void>((resolve) => {
      holdsLock = resolve
    })
    const standing = frozen.transaction().execute(async (tx) => {
      await run(tx, sql`select pg_advisory_xact_lock(4711)`)
      holdsLock()
      await woken
      await run(tx, sql`select 1`)
    })
    const ended = standing.then(
      () => 'went on',
      () => 'was ended',
    )
    await locked

    await run(store.db, sql`select pg_advisory_xact_lock(4711)`)

    wake()
    expect(await ended).toBe('was ended')
    await frozen.destroy()
  })
})
