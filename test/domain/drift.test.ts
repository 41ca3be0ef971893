import { describe, expect, it } from 'vitest'
import { driftOf, driftWords, type StoredState } from '#domain/drift.ts'

const stored: StoredState = {
  status: 'waiting',
  stepId: 'read',
  facts: 3,
  lastFact: 3,
  openTasks: [{ taskId: 't1', version: 2 }],
}
const known = {
  at: ['read'],
  seq: 3,
  status: 'waiting' as const,
  openTasks: [{ taskId: 't1', version: 2, stepId: 'read' }],
}

describe('what is stored of a case beside what the case knows', () => {
  it('does not differ when both say the same', () => {
    expect(driftOf(stored, known)).toEqual([])
  })

  it.each([
    ['facts that were not stored', stored, { ...known, seq: 5 }, ['facts-missing']],
    ['a gap in them', { ...stored, facts: 2 }, known, ['facts-missing']],
    ['an engine that lost its last moments', stored, { ...known, seq: 2 }, ['engine-behind']],
    ['a task that is not shown', { ...stored, openTasks: [] }, known, ['task-missing']],
    [
      'a task in an older version',
      { ...stored, openTasks: [{ taskId: 't1', version: 1 }] },
      known,
      ['task-missing'],
    ],
    ['a task that is shown and over', stored, { ...known, openTasks: [] }, ['task-left-open']],
    ['a case that waits and is shown running', { ...stored, status: 'running' }, known, ['place']],
    ['a case that waits elsewhere', { ...stored, stepId: 'draft' }, known, ['place']],
  ])('shows %s', (_, here, there, kinds) => {
    const found = driftOf(here, there)

    expect(found.map(({ kind }) => kind)).toEqual(kinds)
    expect(driftWords(found)).not.toBe('')
  })

  it('says nothing of the place while several things are open or under way', () => {
    const second = { taskId: 't2', version: 1, stepId: 'check' }
    const here = { ...stored, status: 'running', stepId: 'other' }
    const both = { ...here, openTasks: [...stored.openTasks, { taskId: 't2', version: 1 }] }

    expect(driftOf(both, { ...known, openTasks: [...known.openTasks, second] })).toEqual([])
    expect(driftOf(here, { ...known, at: ['read', 'check'] })).toEqual([])
  })
})
