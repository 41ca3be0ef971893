import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { addAudit, firstBrokenAudit } from '#store/audit.ts'
import { inTransaction, oneRow, run, sql } from '#store/db.ts'
import { openTestStore, type TestStore } from '../support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

function add(id: string): Promise<void> {
  return inTransaction(store.db, (tx) =>
    addAudit(tx, { actor: 'a', action: 'b', object: { kind: 'c', id }, processId: null, detail: { n: 1 } }),
  )
}

describe('the audit chain', () => {
  it('holds together when twenty write at once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => add(String(index))))

    expect(await firstBrokenAudit(store.db)).toBeNull()
  })

  it('tells when by the clock of the database', async () => {
    const now = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: now + 3 * 86_400_000 })
    try {
      await add('when')
    } finally {
      vi.useRealTimers()
    }

    const { at } = await oneRow(
      store.db,
      z.object({ at: z.iso.datetime() }),
      sql`select body::jsonb->>'at' as at from audit where object_id = 'when'`,
    )
    expect(Math.abs(Date.parse(at) - now)).toBeLessThan(60_000)
  })

  it('refuses to be changed, and shows it when the owner of the database changes it all the same', async () => {
    await add('x')
    const change = sql`update audit set body = '{}' where id = 3`

    await expect(run(store.db, change)).rejects.toThrow('never change')

    await run(store.db, sql`alter table audit disable trigger audit_stays`)
    await run(store.db, change)
    expect(await firstBrokenAudit(store.db)).toBe(3)
  })
})
