import { describe, expect, it } from 'vitest'
import type { DecideArgs, OpenTask } from '#domain/case-messages.ts'
import { checkDecision, type DecidableCase } from '#domain/decide.ts'

const task: OpenTask = {
  taskId: 't',
  stepId: 'read',
  execId: 'read#1',
  visit: 1,
  kind: 'review',
  version: 2,
  shownHash: 'shown',
  options: ['approve', 'edit', 'send-back'],
  outputs: ['summary'],
  excluded: ['author'],
  need: 2,
  votes: ['voter'],
  reasons: ['Tone'],
  openedAt: 0,
  dueAt: null,
  breaches: 0,
}
const state: DecidableCase = {
  closing: false,
  outcome: null,
  openTasks: { t: task },
  decided: { old: { taskVersion: 1, by: 'Sam', at: 0, action: 'approve' } },
  decisions: {},
  valueTypes: { amount: 'double' },
}
const approve: DecideArgs = {
  decisionId: 'd',
  by: { id: 'sam', name: 'Sam', sample: false },
  taskId: 't',
  taskVersion: 2,
  shownHash: 'shown',
  action: 'approve',
  editRef: null,
  editedFields: [],
  values: {},
  reason: null,
  note: null,
  touchMs: null,
  changedShare: null,
  digest: 'x',
}
const by = (id: string): DecideArgs['by'] => ({ id, name: id, sample: false })

describe('a decision', () => {
  it('that fits is new', () => {
    expect(checkDecision(state, approve)).toEqual({ kind: 'new' })
  })

  const refused: [string, Partial<DecidableCase>, Partial<DecideArgs>, string][] = [
    ['on a case that is closing', { closing: true }, {}, 'CaseClosing'],
    ['on a task that never was', {}, { taskId: 'none' }, 'TaskNotFound'],
    ['on a task somebody decided', {}, { taskId: 'old' }, 'TaskAlreadyDecided'],
    ['on an older version', {}, { taskVersion: 1 }, 'TaskStale'],
    ['on something else than was shown', {}, { shownHash: 'other' }, 'TaskStale'],
    ['that the gate does not offer', {}, { action: 'stop', reason: 'x' }, 'ActionNotAllowed'],
    ['by an author', {}, { by: by('author') }, 'SelfApproval'],
    [
      'by an author who edits first',
      {},
      { by: by('author'), action: 'edit', editRef: { id: 'e', sha256: '', bytes: 1 } },
      'SelfApproval',
    ],
    ['by somebody who has voted', {}, { by: by('voter') }, 'AlreadyVoted'],
    ['to send back without a reason', {}, { action: 'send-back' }, 'ReasonRequired'],
    ['to send back with an empty reason', {}, { action: 'send-back', reason: '  ' }, 'ReasonRequired'],
    [
      'with an edit that is too large',
      {},
      { action: 'edit', editRef: { id: 'e', sha256: '', bytes: 300_000 } },
      'EditTooLarge',
    ],
    ['to edit without an edit', {}, { action: 'edit' }, 'ValuesInvalid'],
    ['with a number that is a word', {}, { values: { amount: 'ten' } }, 'ValuesInvalid'],
  ]
  it.each(refused)('%s is refused', (_, change, decision, code) => {
    const check = checkDecision({ ...state, ...change }, { ...approve, ...decision })

    expect(check).toMatchObject({ kind: 'refused', refusal: { code } })
  })

  it('sent again is the same decision, and with another body is refused', () => {
    const record = {
      digest: 'x',
      taskId: 't',
      action: 'approve' as const,
      by: by('sam'),
      at: 0,
      status: 'applied' as const,
    }
    const after = { ...state, openTasks: {}, decisions: { d: record } }

    expect(checkDecision(after, approve)).toEqual({ kind: 'repeat', record })
    expect(checkDecision(after, { ...approve, digest: 'y' })).toEqual({
      kind: 'refused',
      refusal: { code: 'DecisionIdReused' },
    })
  })
})
