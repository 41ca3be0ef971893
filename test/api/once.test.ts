import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { onceInTransaction } from '#api/once.ts'
import { oneRow, run, sql, type Db } from '#store/db.ts'
import { addPeople, openTestStore, priya, type TestStore } from '#test/support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
  await addPeople(store.db)
})
afterAll(() => store.close())

const keyOf = (key: string, bodyHash = 'body') => ({ actor: priya.id, route: 'createProcess', key, bodyHash })

async function effects(name: string): Promise<number> {
  const { n } = await oneRow(
    store.db,
    z.object({ n: z.number() }),
    sql`select count(*)::int as n from process where name = ${name}`,
  )
  return n
}

function make(name: string): (tx: Db) => Promise<{ made: string }> {
  return async (tx) => {
    await run(
      tx,
      sql`insert into process (id, name, owner_id) values (gen_random_uuid()::text, ${name}, ${priya.id})`,
    )
    return { made: name }
  }
}

describe('work under a key', () => {
  it('has one effect and one answer when twenty ask at once', async () => {
    const key = keyOf('twenty')

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => onceInTransaction(store.db, { key, status: 201 }, make('twenty'))),
    )

    expect(await effects('twenty')).toBe(1)
    for (const answer of answers) expect(answer).toMatchObject({ status: 201, reply: { made: 'twenty' } })
    expect(answers.filter((answer) => 'replayed' in answer && answer.replayed)).toHaveLength(19)
  })

  it('that breaks off half way leaves neither effect nor key', async () => {
    const key = keyOf('broken')
    const breaking = onceInTransaction(store.db, { key, status: 201 }, async (tx) => {
      await make('broken')(tx)
      throw new Error('the power went')
    })
    await expect(breaking).rejects.toThrow('the power went')
    expect(await effects('broken')).toBe(0)

    const again = await onceInTransaction(store.db, { key, status: 201 }, make('broken'))

    expect(again).toMatchObject({ replayed: false })
    expect(await effects('broken')).toBe(1)
  })

  it('refuses the key for another request, and forgets a refusal', async () => {
    const key = keyOf('mended')
    const refused = await onceInTransaction(store.db, { key, status: 201 }, async () => ({
      code: 'InUse',
      why: 'not now',
    }))
    expect(refused).toMatchObject({ code: 'InUse' })

    await onceInTransaction(store.db, { key, status: 201 }, make('mended'))

    expect(
      await onceInTransaction(store.db, { key: keyOf('mended', 'other'), status: 201 }, make('mended')),
    ).toEqual({ code: 'IdempotencyKeyReused' })
    expect(await effects('mended')).toBe(1)
  })
})
