import { describe, expect, it } from 'vitest'
import type { CaseEvent } from '#domain/case-events.ts'
import { pathOf, storyOf, timePartsOf } from '#domain/case-story.ts'
import { ai, aMap, decision, end, manual, review } from '../support/maps.ts'

const map = aMap(
  [
    manual('check'),
    decision('complete', { title: 'Complete?' }),
    ai('ask', { lane: 'missing' }),
    manual('chase', { lane: 'missing' }),
    ai('draft'),
    review('read', 'draft'),
    end('live', 'Client is live'),
  ],
  { exceptions: [{ id: 'missing', name: 'Missing papers', why: '' }] },
)
const minute = 60_000
const began = Date.parse('2026-03-02T09:00:00Z')
const at = (minutes: number): string => new Date(began + minutes * minute).toISOString()
const sam = { id: 'sam', name: 'Sam Ruiz', sample: false }
const priya = { id: 'priya', name: 'Priya Nair', sample: false }

function entered(stepId: string, minutes: number, visit = 1, key = `entered:${stepId}#${visit}`): CaseEvent {
  return {
    type: 'step-entered',
    caseId: 'c',
    key,
    at: at(minutes),
    stepId,
    execId: `${stepId}#${visit}`,
    visit,
  }
}

function finished(
  stepId: string,
  minutes: number,
  more: Partial<Extract<CaseEvent, { type: 'step-finished' }>> = {},
): CaseEvent {
  const visit = more.visit ?? 1
  return {
    type: 'step-finished',
    caseId: 'c',
    key: `finished:${stepId}#${visit}`,
    at: at(minutes),
    stepId,
    execId: `${stepId}#${visit}`,
    visit,
    enabledAt: at(0),
    leadMs: minute,
    waitMs: null,
    touchMs: null,
    machineMs: null,
    doneBy: 'person',
    ...more,
  }
}

function opened(stepId: string, minutes: number, dueMinutes: number | null = null): CaseEvent {
  return {
    type: 'task-opened',
    caseId: 'c',
    key: `opened:${stepId}:${minutes}`,
    at: at(minutes),
    stepId,
    execId: `${stepId}#1`,
    taskId: stepId,
    version: 1,
    kind: 'review',
    dueAt: dueMinutes === null ? null : at(dueMinutes),
  }
}

function decided(
  stepId: string,
  minutes: number,
  more: Partial<Extract<CaseEvent, { type: 'task-decided' }>> = {},
): CaseEvent {
  return {
    type: 'task-decided',
    caseId: 'c',
    key: `decided:${stepId}:${minutes}`,
    at: at(minutes),
    stepId,
    execId: `${stepId}#1`,
    taskId: stepId,
    version: 1,
    kind: 'review',
    decisionId: 'd',
    action: 'approve',
    by: sam,
    reason: null,
    note: null,
    touchMs: 2 * minute,
    changedShare: null,
    draft: null,
    draftStepId: null,
    ...more,
  }
}

const started: CaseEvent = {
  type: 'case-started',
  caseId: 'c',
  key: 'started',
  at: at(0),
  by: priya,
  channel: 'form',
}

describe('a story', () => {
  it('keeps the order of what happened at the same instant', () => {
    const events: CaseEvent[] = [
      entered('ask', 5),
      {
        type: 'branch-taken',
        caseId: 'c',
        key: 'f3',
        at: at(5),
        stepId: 'complete',
        execId: 'complete#1',
        to: 'ask',
        label: 'No',
        on: 'when',
      },
      finished('complete', 5, { key: 'f2', doneBy: 'rule' }),
      entered('complete', 5, 1, 'f1'),
      started,
    ]

    expect(pathOf(events).map((part) => part.stepId)).toEqual(['complete', 'ask'])
    expect(storyOf({ map, events }).map((line) => line.what)).toEqual([
      'Filled in as a form.',
      'No. On to: Draft ask.',
    ])
  })

  it('says who sent something back, why, in whose words, how late, and how long each took', () => {
    const events = [
      started,
      opened('read', 10, 40),
      {
        type: 'sla-breached',
        caseId: 'c',
        key: 'late',
        at: at(40),
        stepId: 'read',
        execId: 'read#1',
        taskId: 'read',
        tier: 0,
        askedToo: null,
        closes: null,
      } as const,
      decided('read', 130, { action: 'send-back', reason: 'Wrong fact', note: 'Clause 4 says January.' }),
    ]

    const line = storyOf({ map, events }).at(-1)

    expect(line).toMatchObject({
      title: 'Review read',
      place: 'Step 4 of 5',
      who: 'Sam Ruiz',
      what: 'Sent it back: Wrong fact.',
      quote: 'Clause 4 says January.',
      late: '1 h 30 late',
      peopleMs: 2 * minute,
      waitedMs: 118 * minute,
    })
  })

  it('puts what belongs to an exception into its box, named or not', () => {
    const events: CaseEvent[] = [
      started,
      entered('chase', 1),
      decided('chase', 5, { kind: 'manual', action: 'complete' }),
      finished('chase', 5),
      {
        type: 'exception-entered',
        caseId: 'c',
        key: 'x',
        at: at(6),
        stepId: 'draft',
        execId: 'draft#1',
        cause: 'ai-unavailable',
        message: '',
        to: null,
      },
      decided('draft', 9, { kind: 'exception', action: 'retry', by: priya }),
      {
        type: 'exception-closed',
        caseId: 'c',
        key: 'y',
        at: at(9),
        stepId: 'draft',
        execId: 'draft#1',
        how: 'retry',
      },
    ]

    const lines = storyOf({ map, events })

    expect(lines.map((line) => [line.what, line.exception])).toEqual([
      ['Filled in as a form.', null],
      ['Did it.', 'Missing papers'],
      ['AI was not available.', 'Exception desk'],
      ['Let it be tried again.', 'Exception desk'],
      ['Solved: the step was tried again.', 'Exception desk'],
    ])
  })

  it('says that a step is passed again', () => {
    const again = decided('read', 20, { execId: 'read#2' })

    expect(storyOf({ map, events: [started, again] }).at(-1)?.place).toBe('Step 4 of 5, again')
  })
})

describe('where the time went', () => {
  it('adds up to the whole, with what belongs to an exception apart', () => {
    const events: CaseEvent[] = [
      started,
      entered('chase', 10),
      decided('chase', 60, { kind: 'manual', action: 'complete' }),
      finished('chase', 70),
      finished('draft', 80, { machineMs: 3 * minute, doneBy: 'ai' }),
      opened('read', 80),
      decided('read', 180),
    ]

    const parts = timePartsOf({ map, events }, { startedAt: at(0), until: began + 200 * minute })

    expect(parts).toEqual([
      { label: 'AI', kind: 'ai', ms: 3 * minute },
      { label: 'People', kind: 'people', ms: 2 * minute },
      { label: 'Exception: Missing papers', kind: 'exception', ms: 60 * minute },
      { label: 'Waiting: Review read', kind: 'waiting', ms: 98 * minute },
      { label: 'Other waiting', kind: 'waiting', ms: 37 * minute },
    ])
    expect(parts.reduce((sum, part) => sum + part.ms, 0)).toBe(200 * minute)
  })

  it('of a case that just began is nothing, or waiting', () => {
    expect(timePartsOf({ map, events: [started] }, { startedAt: at(0), until: began })).toEqual([])
    expect(timePartsOf({ map, events: [started] }, { startedAt: at(0), until: began + 5 })).toEqual([
      { label: 'Waiting', kind: 'waiting', ms: 5 },
    ])
  })
})
