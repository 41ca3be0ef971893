import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCase } from '#store/cases.ts'
import { run, sql } from '#store/db.ts'
import { checkInvariants } from '#store/invariants.ts'
import { draftAndReview } from '../support/maps.ts'
import { addPilot, openTestStore, priya, type TestStore } from '../support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
  const { pilotId } = await addPilot(store.db, draftAndReview())
  await createCase(store.db, {
    pilotId,
    title: 'One',
    values: { sender: 'One' },
    externalKey: 'one',
    by: priya,
    channel: 'api',
  })
})
afterAll(() => store.close())

async function broken(): Promise<string[]> {
  return (await checkInvariants(store.db)).filter((rule) => !rule.holds).map((rule) => rule.id)
}

describe('the promises', () => {
  it('hold for a case that was just accepted', async () => {
    expect(await broken()).toEqual([])
  })

  it('show a start that was forgotten and a figure that was changed', async () => {
    await run(store.db, sql`delete from start_outbox`)
    await run(store.db, sql`update case_run set last_event_at = now() - interval '2 minutes'`)
    await run(store.db, sql`update step_day set n = 7`)

    expect(await broken()).toEqual(['I3', 'I8'])
  })
})
