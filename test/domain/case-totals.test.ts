import { describe, expect, it } from 'vitest'
import type { CaseEvent } from '#domain/case-events.ts'
import { caseTotals } from '#domain/case-totals.ts'
import { draftAndReview } from '../support/maps.ts'

const at = '2026-11-02T10:00:00.000Z'
const entered = (stepId: string, visit = 1): CaseEvent => ({
  type: 'step-entered',
  caseId: 'c',
  key: `entered:${stepId}#${visit}`,
  at,
  stepId,
  execId: `${stepId}#${visit}`,
  visit,
})

describe('what a case comes to', () => {
  it('counts a visit as open until it finished or was abandoned', () => {
    const abandoned: CaseEvent = {
      type: 'step-abandoned',
      caseId: 'c',
      key: 'a',
      at,
      stepId: 'draft',
      execId: 'draft#1',
    }

    const totals = caseTotals([entered('draft'), entered('draft', 2), entered('read'), abandoned], {
      map: draftAndReview(),
    })

    expect(totals.openVisits.map(({ execId }) => execId)).toEqual(['draft#2', 'read#1'])
    expect(totals.rework).toBe(true)
  })

  it('does not know hands-on time when nobody measured any', () => {
    expect(caseTotals([entered('draft')], { map: draftAndReview() }).touchMs).toBeNull()
  })
})
