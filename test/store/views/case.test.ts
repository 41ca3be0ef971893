import { afterAll, beforeAll, expect, it } from 'vitest'
import { createCase } from '#store/cases.ts'
import { json, run, sql } from '#store/db.ts'
import { caseDetail } from '#store/views/case.ts'
import { draftAndReview } from '../../support/maps.ts'
import { addPilot, openTestStore, priya, type TestStore } from '../../support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

it('shows a case of which a newer build has told something, and says where', async () => {
  const { pilotId } = await addPilot(store.db, draftAndReview())
  const created = await createCase(store.db, {
    pilotId,
    title: 'Ann',
    values: { sender: 'Ann' },
    externalKey: 'newer',
    by: priya,
    channel: 'form',
  })
  if ('code' in created) throw new Error(created.code)
  const { caseId } = created
  const at = new Date(Date.now() + 60_000).toISOString()
  // One of a kind that is not known here, and one that says more than is known of its kind.
  for (const event of [
    { caseId, key: 'f1', at, type: 'step-sung', stepId: 'draft', execId: 'draft#1', tune: 'C' },
    { caseId, key: 'f2', at, type: 'case-paused', by: priya, mood: 'calm' },
  ]) {
    await run(
      store.db,
      sql`insert into case_event (case_id, key, pilot_id, at, type, event)
        values (${caseId}, ${event.key}, ${pilotId}, ${at}, ${event.type}, ${json(event)})`,
    )
  }

  const actor = { ...priya, roles: [] }
  const detail = await caseDetail(store.db, caseId, { actor, now: new Date() })

  expect(detail?.story.map(({ key, title }) => [key, title])).toEqual([
    ['started', 'Received'],
    ['f1', 'Draft draft'],
    ['f2', 'Told by a newer version'],
  ])
  expect(detail?.story.at(-1)?.what).toContain('A newer version of Throughline')
})
