import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProcessMap } from '#domain/process-map.ts'
import { createCase, loadCaseInput } from '#store/cases.ts'
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
