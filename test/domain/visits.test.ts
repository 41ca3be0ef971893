import { describe, expect, it } from 'vitest'
import type { CaseEvent } from '#domain/case-events.ts'
import { pathOf, storyOf } from '#domain/case-story.ts'
import { caseTotals } from '#domain/case-totals.ts'
import { visitOf } from '#domain/visits.ts'
import { aMap, ai, draftAndReview, end, next, review, subProcess } from '../support/maps.ts'

const at = (second: number): string => new Date(Date.UTC(2026, 10, 2, 10, 0, second)).toISOString()

function entered(execId: string, second: number): CaseEvent {
  return { caseId: 'c', key: `e:${execId}`, at: at(second), type: 'step-entered', execId, ...passed(execId) }
}

function finished(execId: string, second: number): CaseEvent {
  const { stepId, visit } = passed(execId)
  return {
    caseId: 'c',
    key: `f:${execId}`,
    at: at(second),
    type: 'step-finished',
    stepId,
    execId,
    visit,
    enabledAt: at(second),
    leadMs: 1,
    waitMs: null,
    touchMs: null,
    machineMs: 1,
    doneBy: 'ai',
  }
}

function passed(execId: string): { stepId: string; visit: number } {
  return { stepId: execId.replace(/(\[\d+\])?#.*/, ''), visit: Number(/#(\d+)/.exec(execId)?.[1]) }
}

it('a visit is what tries, reopenings and gatherings of it have in common', () => {
  const visits = ['draft#2', 'draft#2.r1', 'inner/line[3]#1.r2', 'each#1.g'].map((execId) =>
    visitOf({ execId }),
  )

  expect(visits).toEqual(['draft#2', 'draft#2', 'inner/line[3]#1', 'each#1'])
})

describe('entries of a list', () => {
  const events = [entered('draft[0]#1', 1), entered('draft[1]#1', 1), finished('draft[1]#1.r1', 5)]

  it('are told apart on the way of the case, and in what is open of it', () => {
    expect(pathOf(events).map(({ state }) => state)).toEqual(['here', 'done'])
    expect(caseTotals(events, { map: draftAndReview() })).toMatchObject({
      rework: false,
      openVisits: [{ execId: 'draft[0]#1' }],
    })
  })
})

describe('steps of a contained map', () => {
  const inner = aMap([ai('draft', { lane: 'odd' }), review('read', 'draft'), end()], {
    exceptions: [{ id: 'odd', name: 'An odd letter', why: '' }],
  })
  const map = aMap([subProcess('reply', { title: 'Do reply', processId: 'letters', version: 2 }), end()], {
    links: [next('reply', 'done')],
  })
  const tree = { map, inner: { 'letters@2': inner } }

  it('are called by the way that leads to them, and count what their own map says of them', () => {
    const failed: CaseEvent = {
      caseId: 'c',
      key: 'x',
      at: at(3),
      type: 'draft-failed',
      stepId: 'reply/draft',
      execId: 'reply/draft[2]#1',
      cause: 'ai-invalid',
      message: 'no JSON',
    }
    const way: CaseEvent = {
      caseId: 'c',
      key: 'f1',
      at: at(4),
      type: 'branch-taken',
      stepId: 'reply/draft',
      execId: 'reply/draft[2]#1',
      to: 'read',
      label: 'fits',
      on: 'when',
    }

    const story = storyOf({ ...tree, events: [entered('reply/draft[2]#1', 1), failed, way] })

    expect(story.map(({ title, place, exception, what }) => ({ title, place, exception, what }))).toEqual([
      {
        title: 'Do reply › Draft draft, entry 3',
        place: 'Step 1 of 2',
        exception: 'An odd letter',
        what: 'AI could not do this: no JSON',
      },
      expect.objectContaining({ what: 'fits. On to: Review read.' }),
    ])
    expect(caseTotals([entered('reply/draft#1', 1)], tree).exception).toBe(true)
  })
})
