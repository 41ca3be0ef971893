import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { maybeRow, oneRow, openDb, run, sql } from '#store/db.ts'
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

describe('a statement', () => {
  it('is made ready once per connection, whatever values it is asked with', async () => {
    const db = openDb(store.url, { max: 1 })
    const ready = async (): Promise<number> =>
      (
        await oneRow(
          db,
          z.object({ n: z.number() }),
          sql`select count(*) as n from pg_prepared_statements where statement ~ 'made ready'`,
        )
      ).n
    const ask = async (value: number): Promise<number> =>
      (await oneRow(db, z.object({ n: z.number() }), sql`select ${value}::int as n -- made ready`)).n

    const asked = [await ask(1), await ask(2), await ask(3)]

    expect(asked).toEqual([1, 2, 3])
    expect(await ready()).toBe(1)
    await db.destroy()
  })

  it('that gave another shape before a column was added goes on', async () => {
    const db = openDb(store.url, { max: 1 })
    await run(db, sql`create table shape (id int)`)
    const ask = async (): Promise<number | null> => {
      const found = await maybeRow(
        db,
        z.object({ id: z.number() }),
        sql`select id from shape where id > ${0}`,
      )
      return found?.id ?? null
    }
    await ask()

    await run(store.db, sql`alter table shape add column more text not null default 'x'`)
    await run(store.db, sql`insert into shape (id) values (7)`)

    expect(await ask()).toBe(7)
    await db.destroy()
  })
})
