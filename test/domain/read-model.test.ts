import { expect, it } from 'vitest'
import type { CaseEvent } from '#domain/case-events.ts'
import { caseReading } from '#domain/read-model.ts'

const by = { id: 'priya', name: 'Priya Nair', sample: false }
const at = (second: number): string => new Date(Date.UTC(2026, 0, 5, 9, 0, second)).toISOString()
const base = (second: number) => ({ caseId: 'c1', key: `f${second}`, at: at(second) })

it('says what is done by hand by the names of the version that the case is in now', () => {
  const byHand = (second: number, onlyStep: string): CaseEvent => ({
    ...base(second),
    type: 'went-by-hand',
    by,
    reason: 'the model is away',
    onlyStep,
  })
  const events: CaseEvent[] = [
    { ...base(0), type: 'case-started', by, channel: 'form' },
    byHand(1, 'draft'),
    byHand(2, 'inner/draft'),
    {
      ...base(3),
      type: 'case-moved',
      by,
      stepIds: { draft: 'sketch', inner: 'inside' },
      fromVersion: 1,
      toVersion: 2,
    },
  ]

  const reading = caseReading(events, { byHand: false, byHandSteps: ['sort'] })

  expect(reading.byHandSteps).toEqual(['inside/draft', 'sketch', 'sort'])
  expect(reading.movedTo).toBe(2)
})
