import { describe, expect, it } from 'vitest'
import type { CaseEvent } from '#domain/case-events.ts'
import type { Done, Operation, Outcome } from '../load/history.ts'
import { checkDrafts, checkStarts, checkStops, checkTimes } from './cases.ts'
import { checkDecisions } from './decisions.ts'
import type { Facts } from './facts.ts'

/** A case that was started, decided once and ended, as the database tells it when all is well. */
function healthy(): Facts {
  return {
    cases: [
      {
        id: 'c1',
        pilot_id: 'p1',
        title: 'Sender of case-1-1',
        status: 'done',
        outcome: 'Answered',
        started_at: '2026-11-02T09:00:00.000Z',
        ended_at: '2026-11-02T10:00:00.000Z',
        waits_for_start: false,
        paused: false,
        by_hand: false,
        by_hand_steps: [],
        map_version: 1,
      },
    ],
    events: [decided('d1')],
    decisions: [{ decision_id: 'd1', undone: false }],
    attempts: [
      {
        decision_id: 'd1',
        task_id: 't1',
        actor: 'sam',
        action: 'approve',
        outcome: 'applied',
        audit_rows: 1,
      },
    ],
    stepRuns: [{ case_id: 'c1', exec_id: 'draft#1', step_id: 'draft', attempt: 1 }],
    drafts: [],
    tasks: [],
    waits: [],
    messages: [],
    batches: [],
    audited: [],
  }
}

const at = '2026-11-02T09:30:00.000Z'
const sam = { id: 'sam', name: 'Sam Ruiz', sample: false }
const ofStep = { caseId: 'c1', at, stepId: 'read', execId: 'read#1' }

function decided(decisionId: string, version = 1): CaseEvent {
  return {
    ...ofStep,
    type: 'task-decided',
    key: `f${decisionId}`,
    taskId: 't1',
    version,
    kind: 'review',
    decisionId,
    action: 'approve',
    by: sam,
    reason: null,
    note: null,
    touchMs: null,
    changedShare: null,
    draft: 'accepted',
    draftStepId: 'draft',
  }
}

const ok: Outcome = { end: 'ok', status: 'applied', caseId: null, batchId: null }
const fail: Outcome = { end: 'fail', code: 'TaskStale' }
const unknown: Outcome = { end: 'unknown' }

function deciding(outcome: Outcome, more: { decisionId?: string; mustFail?: boolean } = {}): Done {
  const { decisionId = 'd1', mustFail = false } = more
  const operation: Operation = {
    does: 'decide',
    by: 'sam',
    decisionId,
    caseId: 'c1',
    taskId: 't1',
    taskVersion: 1,
    action: 'approve',
    mustFail,
  }
  return { id: 1, operation, outcome }
}

function starting(outcome: Outcome): Done {
  return {
    id: 2,
    operation: { does: 'start', by: 'priya', key: 'k', pilotId: 'p1', marker: 'case-1-1' },
    outcome,
  }
}

function invariants(found: { invariant: string }[]): string[] {
  return found.map(({ invariant }) => invariant)
}

describe('the check of decisions', () => {
  it('finds nothing where all is well, also when somebody gave up without an answer', () => {
    expect(checkDecisions([deciding(ok)], healthy())).toEqual([])
    expect(checkDecisions([deciding(unknown)], healthy())).toEqual([])
    expect(checkDecisions([deciding(unknown)], { ...healthy(), events: [], decisions: [] })).toEqual([])
  })

  it('finds an acknowledged decision that is lost', () => {
    const facts = { ...healthy(), events: [], decisions: [] }

    expect(invariants(checkDecisions([deciding(ok)], facts))).toEqual(['I1'])
  })

  it('finds a refused decision that happened all the same', () => {
    expect(invariants(checkDecisions([deciding(fail)], healthy()))).toEqual(['I1'])
  })

  it('finds a decision that was answered both ways', () => {
    expect(invariants(checkDecisions([deciding(ok), deciding(fail)], healthy()))).toEqual(['I1'])
  })

  it('finds a wrong decision that was let through', () => {
    const wrong = deciding(ok, { decisionId: 'd9', mustFail: true })

    expect(invariants(checkDecisions([deciding(ok), wrong], healthy()))).toEqual(['I1'])
  })

  it('finds two decisions on one version of a task', () => {
    const facts = healthy()
    facts.events.push(decided('d2'))
    facts.decisions.push({ decision_id: 'd2', undone: false })

    expect(invariants(checkDecisions([deciding(ok)], facts))).toEqual(['I2'])
  })

  it('finds a decision without a row, and a row without a decision', () => {
    const facts = healthy()
    facts.decisions = [{ decision_id: 'd3', undone: false }]

    expect(invariants(checkDecisions([deciding(ok)], facts))).toEqual(['I2', 'I2'])
  })

  it('finds an attempt that the audit does not know, or knows twice', () => {
    for (const rows of [0, 2]) {
      const facts = healthy()
      facts.attempts = facts.attempts.map((attempt) => ({ ...attempt, audit_rows: rows }))

      expect(invariants(checkDecisions([deciding(ok)], facts))).toEqual(['I7'])
    }
  })

  it('finds an acknowledged vote that is not counted', () => {
    const facts = { ...healthy(), events: [], decisions: [] }
    facts.attempts = facts.attempts.map((attempt) => ({ ...attempt, outcome: 'counted' }))
    const vote = deciding({ end: 'ok', status: 'counted', caseId: null, batchId: null })

    expect(invariants(checkDecisions([vote], facts))).toEqual(['I1'])
  })

  it('finds an undo that was acknowledged and never came, and one that was refused and came', () => {
    const undoing = (outcome: Outcome): Done => ({
      id: 3,
      operation: { does: 'undo', by: 'sam', decisionId: 'd1' },
      outcome,
    })
    const undone = healthy()
    undone.events.push({
      ...ofStep,
      type: 'task-undone',
      key: 'f2',
      taskId: 't1',
      version: 2,
      decisionId: 'd1',
      by: sam,
      draft: null,
      draftStepId: null,
      touchMs: null,
    })
    undone.decisions = [{ decision_id: 'd1', undone: true }]
    undone.audited = [{ object_id: 'd1', action: 'undo', n: 1 }]

    expect(checkDecisions([deciding(ok), undoing(ok)], undone)).toEqual([])
    expect(invariants(checkDecisions([deciding(ok), undoing(ok)], healthy()))).toEqual(['I1'])
    expect(invariants(checkDecisions([deciding(ok), undoing(fail)], undone))).toEqual(['I1'])
    expect(invariants(checkDecisions([deciding(ok), undoing(ok)], { ...undone, audited: [] }))).toEqual([
      'I7',
    ])
  })
})

describe('the check of cases', () => {
  const started: Outcome = { end: 'ok', status: 'done', caseId: 'c1', batchId: null }

  it('finds nothing where all is well', () => {
    expect(checkStarts([starting(started), starting(unknown)], healthy())).toEqual([])
    expect(checkTimes(healthy())).toEqual([])
  })

  it('finds an accepted start that is no case, and a refused one that is', () => {
    expect(invariants(checkStarts([starting(started)], { ...healthy(), cases: [] }))).toEqual(['I3'])
    expect(invariants(checkStarts([starting(fail)], healthy()))).toEqual(['I3'])
  })

  it('finds one start that is two cases, and a case that nobody started', () => {
    const facts = healthy()
    facts.cases.push(...facts.cases.map((found) => ({ ...found, id: 'c2' })))

    expect(invariants(checkStarts([starting(started)], facts))).toEqual(['I3'])
    expect(invariants(checkStarts([], healthy()))).toEqual(['I3'])
  })

  it('finds an acknowledged stop of a case that went on', () => {
    const stop: Done = {
      id: 4,
      operation: { does: 'stop', by: 'priya', key: 'k', caseId: 'c1' },
      outcome: ok,
    }

    const audited = [{ object_id: 'c1', action: 'stop-case', n: 1 }]
    expect(invariants(checkStops([stop], { ...healthy(), audited }))).toEqual(['I1'])
  })

  it('finds a case that is stopped although that was refused, and a stop that is audited twice', () => {
    const facts = healthy()
    facts.cases = facts.cases.map((found) => ({ ...found, status: 'cancelled' }))
    const stop = (outcome: Outcome): Done => ({
      id: 4,
      operation: { does: 'stop', by: 'priya', key: 'k', caseId: 'c1' },
      outcome,
    })
    const audited = [{ object_id: 'c1', action: 'stop-case', n: 1 }]

    expect(checkStops([stop(ok)], { ...facts, audited })).toEqual([])
    expect(invariants(checkStops([stop(fail)], { ...facts, audited }))).toEqual(['I1'])
    expect(
      invariants(checkStops([stop(ok)], { ...facts, audited: audited.map((row) => ({ ...row, n: 2 })) })),
    ).toEqual(['I7'])
  })

  it('finds a call of the model that no attempt accounts for, unless it mends a reply', () => {
    const call = { at: 1, marker: 'case-1-1', stepId: 'draft', asksForMending: false }

    expect(checkDrafts([call], healthy())).toEqual([])
    expect(checkDrafts([{ ...call, asksForMending: true }, call], healthy())).toEqual([])
    expect(invariants(checkDrafts([call, call], healthy()))).toEqual(['I5'])
  })

  it('finds a draft that is kept and that no event tells of', () => {
    expect(invariants(checkDrafts([], { ...healthy(), drafts: [{ case_id: 'c1', n: 1 }] }))).toEqual(['I5'])
  })

  it('finds something that happened after the end', () => {
    const facts = healthy()
    facts.events = facts.events.map((event) => ({ ...event, at: '2026-11-02T11:00:00.000Z' }))

    expect(invariants(checkTimes(facts))).toEqual(['I6'])
  })
})
