import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { CaseEvent } from '#domain/case-events.ts'
import { appendEvents, figuresThatDiffer, correctFigures } from '#store/case-events.ts'
import { createCase } from '#store/cases.ts'
import { rows, sql, type Db } from '#store/db.ts'
import { draftAndReview } from '../support/maps.ts'
import { addPilot, openTestStore, priya, sam, type TestStore } from '../support/store.ts'

let store: TestStore
let pilotId: string
beforeAll(async () => {
  store = await openTestStore()
  ;({ pilotId } = await addPilot(store.db, draftAndReview()))
})
afterAll(() => store.close())

async function newCase(key: string): Promise<string> {
  const made = await createCase(store.db, {
    pilotId,
    title: key,
    values: { sender: key },
    externalKey: key,
    by: priya,
    channel: 'api',
  })
  if ('code' in made) throw new Error(made.code)
  return made.caseId
}

async function figures(db: Db): Promise<unknown> {
  return {
    counts: await rows(
      db,
      z.object({ step_id: z.string(), day: z.string(), counter: z.string(), n: z.number() }),
      sql`select step_id, day, counter, n from step_day where n <> 0 order by 1, 2, 3`,
    ),
    durations: await rows(
      db,
      z.object({ step_id: z.string(), measure: z.string(), bucket: z.number(), n: z.number() }),
      sql`select step_id, measure, bucket, n from step_duration where n <> 0 order by 1, 2, bucket`,
    ),
  }
}

function storyOf(caseId: string): CaseEvent[] {
  const step = { caseId, stepId: 'draft', execId: 'draft#1' }
  const gate = { caseId, stepId: 'read', execId: 'read#1' }
  const at = (second: number): string => new Date(Date.UTC(2026, 10, 2, 10, 0, second)).toISOString()
  return [
    { ...step, type: 'step-entered', key: 'e1', at: at(1), visit: 1 },
    {
      ...step,
      type: 'step-finished',
      key: 'f1',
      at: at(3),
      visit: 1,
      enabledAt: at(1),
      leadMs: 2000,
      waitMs: 0,
      touchMs: null,
      machineMs: 1900,
      doneBy: 'ai',
    },
    { ...gate, type: 'step-entered', key: 'e2', at: at(3), visit: 1 },
    {
      ...gate,
      type: 'task-decided',
      key: 'd1',
      at: at(9),
      taskId: 'none',
      version: 1,
      kind: 'review',
      decisionId: `${caseId}-d`,
      action: 'approve',
      by: sam,
      reason: null,
      note: null,
      touchMs: 4000,
      changedShare: null,
      draft: null,
      draftStepId: null,
    },
    {
      ...gate,
      type: 'step-finished',
      key: 'f2',
      at: at(9),
      visit: 1,
      enabledAt: at(3),
      leadMs: 6000,
      waitMs: 2000,
      touchMs: 4000,
      machineMs: null,
      doneBy: 'person',
    },
  ]
}

describe('events of a case', () => {
  it('give the same figures in any order and however often they come', async () => {
    let round = 0
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(1000)), async (numbers) => {
        round += 1
        const caseId = await newCase(`order-${round}`)
        const story = storyOf(caseId).filter((event) => event.type !== 'task-decided')
        const shuffled = [...story, ...story]
          .map((event) => ({ event, rank: numbers.next().value ?? 0 }))
          .toSorted((a, b) => a.rank - b.rank)
          .map((entry) => entry.event)

        for (const event of shuffled) {
          await appendEvents(store.db, { caseId, pilotId, zone: 'Europe/Amsterdam' }, [event])
        }

        const counts = await rows(
          store.db,
          z.object({ counter: z.string(), n: z.number() }),
          sql`select counter, sum(n)::int as n from step_day where pilot_id = ${pilotId} and step_id = 'draft'
            group by counter order by counter`,
        )
        expect(counts).toEqual([
          { counter: 'entered', n: round },
          { counter: 'finished', n: round },
        ])
      }),
      { numRuns: 8 },
    )
  })

  it('give, when figures are made again from them alone, what was there before', async () => {
    const caseId = await newCase('again')
    await appendEvents(
      store.db,
      { caseId, pilotId, zone: 'Europe/Amsterdam' },
      storyOf(caseId).filter((event) => event.type !== 'task-decided'),
    )
    const live = await figures(store.db)
    expect(await figuresThatDiffer(store.db, pilotId)).toEqual([])

    await correctFigures(store.db, pilotId)

    expect(await figures(store.db)).toEqual(live)
  })

  it('show a figure that somebody changed by hand', async () => {
    await sql`update step_day set n = n + 1 where pilot_id = ${pilotId} and counter = 'started'`.execute(
      store.db,
    )

    const wrong = await figuresThatDiffer(store.db, pilotId)

    expect(wrong.length).toBeGreaterThan(0)
    expect(wrong.every((row) => row.stored === row.fromEvents + 1)).toBe(true)
    await correctFigures(store.db, pilotId)
    expect(await figuresThatDiffer(store.db, pilotId)).toEqual([])
  })

  it('are one case however often a start is sent', async () => {
    const sent = await Promise.all(Array.from({ length: 20 }, () => newCase('same key')))

    expect(new Set(sent).size).toBe(1)
  })
})
