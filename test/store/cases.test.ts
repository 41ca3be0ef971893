import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { ProcessMap } from '#domain/process-map.ts'
import { eventsOf } from '#store/case-events.ts'
import { createCase, loadCaseInput } from '#store/cases.ts'
import { stopBeforeStart } from '#store/stops.ts'
import { aMap, draftAndReview, end, manual } from '../support/maps.ts'
import { addPilot, openTestStore, priya, type TestStore } from '../support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

async function inputOf(map: ProcessMap): Promise<Awaited<ReturnType<typeof loadCaseInput>>> {
  const { pilotId } = await addPilot(store.db, map)
  const made = await createCase(store.db, {
    pilotId,
    title: 'One',
    values: { sender: 'One', amount: 12 },
    externalKey: 'one',
    by: priya,
    channel: 'api',
  })
  if ('code' in made) throw new Error(made.code)
  return loadCaseInput(store.db, made.caseId)
}

describe('what the engine is given', () => {
  it('holds the plan, who began, and where each field is; no value that no condition reads', async () => {
    const input = await inputOf(draftAndReview())

    expect(input.plan).toHaveProperty('steps')
    expect(input.startedBy.id).toBe('priya')
    expect(Object.keys(input.fields)).toEqual(['sender', 'letter', 'amount'])
    expect(input.values).toEqual({})
  })

  it('only names a plan that is too large to be carried along', async () => {
    const many = Array.from({ length: 400 }, (_, index) =>
      manual(`step-${index}`, { title: `Do ${'something '.repeat(9)}` }),
    )

    const input = await inputOf(aMap([...many, end()]))

    expect(Object.keys(input.plan).toSorted()).toEqual(['hash', 'mapId', 'version'])
  })
})

describe('an API whose clock is wrong', () => {
  it.each([3, -3])('%i days off starts and stops a case by the clock of the database', async (days) => {
    const { pilotId } = await addPilot(store.db, draftAndReview())
    const now = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: now + days * 86_400_000 })
    try {
      const created = await createCase(store.db, {
        pilotId,
        title: 'Ann',
        values: { sender: 'Ann' },
        externalKey: `clock ${days}`,
        by: priya,
        channel: 'form',
      })
      if ('code' in created) throw new Error(created.code)
      const { caseId } = created
      expect(await stopBeforeStart(store.db, { caseId, by: priya, reason: 'Twice' })).toBe(true)

      const events = await eventsOf(store.db, caseId)
      expect(events.map(({ type }) => type).toSorted()).toEqual(['case-ended', 'case-started'])
      for (const { at } of events) expect(Math.abs(Date.parse(at) - now)).toBeLessThan(60_000)
      const ended = events.find((event) => event.type === 'case-ended')
      expect(ended?.cycleMs).toBeLessThan(60_000)
    } finally {
      vi.useRealTimers()
    }
  })
})
