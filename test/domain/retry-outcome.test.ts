import { describe, expect, it } from 'vitest'
import type { CaseEvent } from '#domain/case-events.ts'
import { retryOutcome } from '#domain/retry-outcome.ts'

const at = (second: number): string => new Date(Date.UTC(2026, 10, 2, 10, 0, second)).toISOString()
const by = { id: 'priya', name: 'Priya', sample: false }
const ofVisit = (execId: string, second: number, key: string) => ({
  caseId: 'c',
  key,
  at: at(second),
  stepId: execId.replace(/(\[\d+\])?#.*/, ''),
  execId,
})

const entered = (second: number, key: string, execId = 'call[2]#1'): CaseEvent => ({
  ...ofVisit(execId, second, key),
  type: 'exception-entered',
  cause: 'call-failed',
  message: 'The other system is down.',
  to: null,
})
const decided: CaseEvent = {
  ...ofVisit('call[2]#1', 10, 'f3'),
  type: 'task-decided',
  taskId: 't',
  version: 1,
  kind: 'exception',
  decisionId: 'd',
  action: 'retry',
  by,
  reason: null,
  note: null,
  touchMs: null,
  changedShare: null,
  draft: null,
  draftStepId: null,
}
const finished = (second: number, execId = 'call[2]#1'): CaseEvent => ({
  ...ofVisit(execId, second, `finished:${execId}`),
  type: 'step-finished',
  visit: 1,
  enabledAt: at(1),
  leadMs: 1,
  waitMs: null,
  touchMs: null,
  machineMs: 1,
  doneBy: 'system',
})
const undone: CaseEvent = {
  ...ofVisit('call[2]#1', 12, 'f4'),
  type: 'task-undone',
  taskId: 't',
  version: 2,
  decisionId: 'd',
  by,
  draft: null,
  draftStepId: null,
  touchMs: null,
}
const before = [entered(5, 'f2'), decided]

describe('what came of trying again', () => {
  it.each<[string, CaseEvent[], string]>([
    ['is not known before the case took the decision', [entered(5, 'f2')], 'trying'],
    ['is not known while the step is under way', before, 'trying'],
    ['is not what another entry of the list came to', [...before, finished(11, 'call[1]#1')], 'trying'],
    ['is done when the step is done', [...before, finished(11)], 'done'],
    ['is done in whatever order it was told', [finished(11), decided, entered(5, 'f2')], 'done'],
    ['is failed when the step came back to the desk', [...before, entered(11, 'f4')], 'failed'],
    [
      'is failed even when a person did it after that',
      [...before, entered(11, 'f4'), finished(20)],
      'failed',
    ],
    ['is failed when the decision was taken back', [...before, undone], 'failed'],
    [
      'is failed when the case went another way',
      [...before, { ...ofVisit('call[2]#1', 12, 'f4'), type: 'step-abandoned' }],
      'failed',
    ],
  ])('%s', (_, events, kind) => {
    expect(retryOutcome(events, 'd').kind).toBe(kind)
  })

  it('says why it failed', () => {
    expect(retryOutcome([...before, entered(11, 'f4')], 'd')).toEqual({
      kind: 'failed',
      why: 'The other system is down.',
    })
  })
})
