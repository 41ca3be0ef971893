import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProcessMap, StepOf } from '#domain/process-map.ts'
import { run, sql } from '#store/db.ts'
import { createProcess, loadVersion, publishDraft, putDraft } from '#store/processes.ts'
import { aMap, ai, decision, draftAndReview, end, manual, next, review } from '../support/maps.ts'
import { addPilot, openTestStore, priya, sam, type TestStore } from '../support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

function contains(processId: string, more: Partial<StepOf<'sub-process'>> = {}): StepOf<'sub-process'> {
  const { sla: _, ...step } = manual('inner')
  return {
    ...step,
    kind: 'sub-process',
    processId,
    version: 1,
    gives: [{ from: 'sender', to: 'sender' }],
    takes: [{ from: 'urgent', to: 'urgent' }],
    outputs: ['urgent'],
    ...more,
  }
}

async function publish(
  map: ProcessMap,
  ownerId = priya.id,
): Promise<{ processId: string; published: unknown }> {
  const processId = await createProcess(store.db, { name: map.name, ownerId })
  await putDraft(store.db, { processId, revision: 0, map, by: ownerId })
  return { processId, published: await publishDraft(store.db, { processId, revision: 1, by: ownerId }) }
}

describe('a map that contains another', () => {
  it('is published with the plan of the other, and with the values that both decide on', async () => {
    const inner = aMap([ai('draft', { outputs: ['summary', 'urgent'] }), review('read', 'draft'), end()])
    const { processId: innerId } = await addPilot(store.db, inner)
    const outer = aMap([contains(innerId), decision('urgent'), manual('hurry'), end()], {
      links: [
        next('inner', 'urgent'),
        { on: 'when', from: 'urgent', to: 'hurry', condition: 'urgent', label: 'yes' },
        { on: 'otherwise', from: 'urgent', to: 'done', label: 'no' },
        next('hurry', 'done'),
      ],
    })

    const { processId, published } = await publish(outer)

    expect(published).toMatchObject({ version: 1 })
    const version = await loadVersion(store.db, processId, 1)
    const innerVersion = await loadVersion(store.db, innerId, 1)
    expect(version?.plan.subs?.[`${innerId}@1`]).toMatchObject({
      mapId: innerId,
      version: 1,
      hash: innerVersion?.planHash,
      vars: { urgent: 'bool' },
    })
  })

  it('is refused when the other is not published, wants more, or is none of the owner’s', async () => {
    const { processId: innerId } = await addPilot(store.db, draftAndReview())
    await run(
      store.db,
      sql`insert into person (id, name) values ('stranger', 'Stranger') on conflict do nothing`,
    )

    const unknown = await publish(aMap([contains(innerId, { version: 9 }), end()]))
    const poorer = await publish(aMap([contains(innerId, { gives: [] }), end()]))
    const foreign = await publish(aMap([contains(innerId), end()]), 'stranger')
    const own = await publish(aMap([contains(innerId), end()]), sam.id)

    expect(unknown.published).toMatchObject({
      code: 'MapNotRunnable',
      problems: [{ code: 'SubProcessMissing' }],
    })
    expect(poorer.published).toMatchObject({
      code: 'MapNotRunnable',
      problems: [{ code: 'InnerFieldMissing' }],
    })
    expect(foreign.published).toMatchObject({
      code: 'MapNotRunnable',
      problems: [{ code: 'SubProcessMissing' }],
    })
    expect(own.published).toMatchObject({ version: 1 })
  })
})
