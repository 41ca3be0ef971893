import { describe, expect, it } from 'vitest'
import type { CaseEvent } from '#domain/case-events.ts'
import type { CommandKind, Done, Line, Outcome } from '../load/history.ts'
import type { ReceiverCall } from '../stand/receiver.ts'
import { checkCalls } from './calls.ts'
import { checkControl } from './control.ts'
import type { Facts } from './facts.ts'
import { checkMessages } from './messages.ts'
import { checkMoves } from './moves.ts'
import { checkUndoneSteps } from './undone.ts'

const at = (second: number): string => `2026-11-02T09:00:${String(second).padStart(2, '0')}.000Z`
const priya = { id: 'priya', name: 'Priya', sample: false }

/** An order that ended, of which nothing else is known. */
function factsOf({ status = 'done', ...more }: Partial<Facts> & { status?: string }): Facts {
  const order = {
    id: 'c1',
    pilot_id: 'p1',
    title: 'Sender of case-1-1',
    status,
    outcome: 'Shipped',
    started_at: at(0),
    ended_at: at(59),
    waits_for_start: false,
    paused: false,
    by_hand: false,
    by_hand_steps: [],
    map_version: 1,
  }
  return {
    cases: [order],
    events: [],
    decisions: [],
    attempts: [],
    stepRuns: [],
    drafts: [],
    tasks: [],
    waits: [],
    messages: [],
    batches: [],
    audited: [],
    ...more,
  }
}

function invariants(found: { invariant: string }[]): string[] {
  return found.map(({ invariant }) => invariant)
}

const ok = (status = 'applied'): Outcome => ({ end: 'ok', status, caseId: 'c1', batchId: null })
const fail: Outcome = { end: 'fail', code: 'CaseClosing' }
const unknown: Outcome = { end: 'unknown' }

describe('the check of calls', () => {
  const call: ReceiverCall = {
    at: 1,
    key: 'c1:reserve#1',
    asks: 'POST /orders/1/reservations 0f',
    isTrusted: true,
    isDone: true,
    isAnswered: true,
  }
  const reserve = { case_id: 'c1', exec_id: 'reserve#1', step_id: 'reserve', attempt: 2 }
  const answered: CaseEvent = {
    type: 'call-answered',
    caseId: 'c1',
    key: 'called:reserve#1',
    at: at(1),
    stepId: 'reserve',
    execId: 'reserve#1',
    connection: 'register',
    method: 'POST',
    status: 200,
    attempts: 2,
  }
  const facts = factsOf({ stepRuns: [reserve], events: [answered] })

  it('finds nothing where a call is repeated under its key, and where another case called', () => {
    expect(checkCalls([call, call, { ...call, key: 'c9:reserve#1' }], facts)).toEqual([])
    expect(
      checkCalls([{ ...call, key: 'c1:reserve#1.r1' }], {
        ...facts,
        stepRuns: [{ ...reserve, exec_id: 'reserve#1.r1' }],
      }),
    ).toEqual([])
  })

  it.each<[string, ReceiverCall[]]>([
    ['more calls than attempts', [call, call, call]],
    ['a call that no step made', [call, { ...call, key: 'c1:bill#1' }]],
    ['a call without a key', [call, { ...call, key: '' }]],
    ['two things asked for under one key', [call, { ...call, asks: 'POST /orders/2/reservations 0f' }]],
    ['a call without its secret', [{ ...call, isTrusted: false }]],
    ['an answer that was never given', [{ ...call, isAnswered: false }]],
  ])('finds %s', (_, calls) => {
    expect(invariants(checkCalls(calls, facts))).toEqual(['I5'])
  })

  it('finds what must not be done twice and was, and lets what was turned away be asked for again', () => {
    const book = { ...reserve, exec_id: 'book[0]#1', step_id: 'book' }
    const booked = { ...call, key: 'c1:book[0]#1' }
    const about = factsOf({ stepRuns: [book] })

    expect(invariants(checkCalls([booked, booked], about))).toEqual(['I5'])
    expect(checkCalls([{ ...booked, isDone: false }, booked], about)).toEqual([])
  })
})

describe('the check of what is undone', () => {
  const finished: CaseEvent = {
    type: 'step-finished',
    caseId: 'c1',
    key: 'finished:reserve#1',
    at: at(1),
    stepId: 'reserve',
    execId: 'reserve#1',
    visit: 1,
    enabledAt: at(0),
    leadMs: 1_000,
    waitMs: 0,
    touchMs: null,
    machineMs: 1_000,
    doneBy: 'system',
  }
  const undone: CaseEvent = {
    type: 'step-undone',
    caseId: 'c1',
    key: 'f9',
    at: at(2),
    stepId: 'release',
    execId: 'release#1',
    undoes: 'reserve#1',
    how: 'system',
    note: null,
  }
  const stopped = (events: CaseEvent[]): Facts => factsOf({ status: 'cancelled', events })

  it('finds nothing where each done step of a stopped case is undone once, and none of a done one', () => {
    expect(checkUndoneSteps(stopped([finished, undone]))).toEqual([])
    expect(checkUndoneSteps(factsOf({ events: [finished] }))).toEqual([])
    expect(checkUndoneSteps(stopped([{ ...finished, doneBy: 'skipped' }]))).toEqual([])
  })

  it.each<[string, Facts]>([
    ['a done step that was left as it was', stopped([finished])],
    ['a step that was undone twice', stopped([finished, undone, { ...undone, key: 'f10' }])],
    ['a step that was undone and never done', stopped([undone])],
    ['a step of a done case that was undone', factsOf({ events: [finished, undone] })],
    ['a step that the wrong one undid', stopped([finished, { ...undone, stepId: 'fetch-back' }])],
  ])('finds %s', (_, facts) => {
    expect(invariants(checkUndoneSteps(facts))).toEqual(['I1'])
  })

  it('finds what was undone in the order in which it was done, told by the case and not by the clock', () => {
    const shipped: CaseEvent = {
      ...finished,
      key: 'f5',
      at: at(4),
      stepId: 'ship',
      execId: 'ship#1',
      doneBy: 'person',
    }
    const fetched: CaseEvent = {
      ...undone,
      key: 'f8',
      at: at(9),
      stepId: 'fetch-back',
      execId: 'fetch-back#1',
      undoes: 'ship#1',
      how: 'person',
    }
    const both = (key: string): Facts => stopped([finished, shipped, undone, { ...fetched, key }])

    expect(checkUndoneSteps(both('f8'))).toEqual([])
    expect(invariants(checkUndoneSteps(both('f10')))).toEqual(['I1'])
  })
})

describe('the check of messages', () => {
  const sending = (outcome: Outcome, marker = 'case-1-1'): Done => ({
    id: 1,
    operation: { does: 'message', by: 'sam', messageId: 'm1', pilotId: 'p1', marker },
    outcome,
  })
  const received: CaseEvent = {
    type: 'message-received',
    caseId: 'c1',
    key: 'f3',
    at: at(3),
    stepId: 'paid',
    execId: 'paid#1',
    message: 'paid',
    messageId: 'm1',
  }
  const stored = (outcome: string | null): Facts['messages'] => [{ case_id: 'c1', message_id: 'm1', outcome }]
  const taken = factsOf({ events: [received], messages: stored('delivered') })

  it('finds nothing where a message came once, or was refused and never came', () => {
    expect(checkMessages([sending(ok('delivered')), sending(unknown)], taken)).toEqual([])
    expect(checkMessages([sending(fail)], factsOf({ messages: stored('refused') }))).toEqual([])
    const stopped = factsOf({ status: 'cancelled', messages: stored('delivered') })
    expect(checkMessages([sending(ok('delivered'))], stopped)).toEqual([])
  })

  it.each<[string, Done[], Facts]>([
    [
      'one that was received twice',
      [sending(ok('delivered'))],
      { ...taken, events: [received, { ...received, key: 'f4' }] },
    ],
    ['one that was acknowledged and is lost', [sending(ok('accepted'))], factsOf({})],
    ['one that was refused and came', [sending(fail)], taken],
    ['one that was taken and never came', [sending(ok('kept'))], factsOf({ messages: stored('kept') })],
    ['one that is noted as refused and came', [sending(unknown)], { ...taken, messages: stored('refused') }],
    ['one that went to another case', [sending(ok('delivered'), 'case-1-2')], taken],
    ['one that nobody sent', [], taken],
  ])('finds %s', (_, done, facts) => {
    expect(invariants(checkMessages(done, facts))).toEqual(['I1'])
  })
})

describe('the check of commands', () => {
  const commanding = (outcome: Outcome, kind: CommandKind = 'pause'): Done => ({
    id: 1,
    operation: { does: 'command', by: 'priya', key: 'k1', caseId: 'c1', kind, stepId: null },
    outcome,
  })
  const commandingAll = (outcome: Outcome): Done => ({
    id: 2,
    operation: { does: 'command-pilot', by: 'priya', key: 'k1', pilotId: 'p1', kind: 'pause', stepId: null },
    outcome,
  })
  const paused: CaseEvent = {
    type: 'case-paused',
    caseId: 'c1',
    key: 'f9',
    at: at(10),
    by: priya,
    reason: 'k1',
  }
  const resumed: CaseEvent = {
    type: 'case-resumed',
    caseId: 'c1',
    key: 'f10',
    at: at(20),
    by: priya,
    pausedMs: 10_000,
    dues: [],
  }
  const audited = [{ object_id: 'k1', action: 'command-case:pause', n: 1 }]
  const wentByHand: CaseEvent = {
    type: 'went-by-hand',
    caseId: 'c1',
    key: 'f9',
    at: at(10),
    by: priya,
    reason: 'k1',
    onlyStep: 'reserve',
  }
  const obeyed = factsOf({ events: [resumed, paused], audited })
  const row = {
    case_id: 'c1',
    batch_id: 'b1',
    kind: 'pause',
    reason: 'k1',
    status: 'succeeded',
    why: '',
    place: 1,
    to_version: null,
  }

  it('finds nothing where all is well, also when nobody heard the answer', () => {
    expect(checkControl([commanding(ok())], obeyed)).toEqual([])
    expect(checkControl([commanding(unknown)], obeyed)).toEqual([])
    expect(checkControl([commanding(ok('unchanged'))], factsOf({ audited }))).toEqual([])
    expect(checkControl([commandingAll(ok('working'))], { ...obeyed, batches: [row] })).toEqual([])
  })

  it.each<[string, Done[], Facts]>([
    ['one that was acknowledged and never happened', [commanding(ok())], factsOf({ audited })],
    ['one that was refused and happened', [commanding(fail)], obeyed],
    ['one that changed nothing, and did', [commanding(ok('unchanged'))], obeyed],
    ['one for a pilot that was refused and ordered', [commandingAll(fail)], { ...obeyed, batches: [row] }],
    [
      'one for a pilot that was ordered twice',
      [commandingAll(ok('working'))],
      { ...obeyed, batches: [row, { ...row, batch_id: 'b2' }] },
    ],
    [
      'one for a pilot that succeeded in a case and never happened there',
      [commandingAll(ok('working'))],
      factsOf({ batches: [row] }),
    ],
  ])('finds %s', (_, done, facts) => {
    expect(invariants(checkControl(done, facts))).toEqual(['I1'])
  })

  it('finds one that happened twice, without a row in the audit, and with two', () => {
    const twice = [paused, resumed, { ...paused, key: 'f11', at: at(30) }]

    expect(invariants(checkControl([commanding(ok())], factsOf({ events: twice, audited })))).toEqual([
      'I1',
      'I7',
    ])
    for (const rows of [[], audited.map((one) => ({ ...one, n: 2 }))]) {
      expect(invariants(checkControl([commanding(ok())], { ...obeyed, audited: rows }))).toEqual(['I7'])
    }
  })

  it('finds two pauses in a row, in the order in which the case tells them', () => {
    const again = { ...paused, key: 'f11', reason: 'k2' }

    expect(
      invariants(checkControl([], factsOf({ events: [paused, again, { ...resumed, key: 'f12' }] }))),
    ).toEqual(['I6', 'I6'])
  })

  it('finds a step that begins while its case stands still, but for the gate that a draft opens', () => {
    const entered = (stepId: string, second: number): CaseEvent => ({
      type: 'step-entered',
      caseId: 'c1',
      key: `entered:${stepId}`,
      at: at(second),
      stepId,
      execId: `${stepId}#1`,
      visit: 1,
    })
    const withStep = (event: CaseEvent): Facts => ({ ...obeyed, events: [...obeyed.events, event] })

    expect(invariants(checkControl([], withStep(entered('ship', 15))))).toEqual(['I4'])
    expect(checkControl([], withStep(entered('slip/check-note', 15)))).toEqual([])
    expect(checkControl([], withStep(entered('ship', 20)))).toEqual([])
  })

  it('finds a command for one step that took another, or the whole case', () => {
    const forOne: Done = {
      id: 1,
      operation: {
        does: 'command',
        by: 'priya',
        key: 'k1',
        caseId: 'c1',
        kind: 'go-by-hand',
        stepId: 'reserve',
      },
      outcome: ok(),
    }
    const went = (onlyStep: string | null): Facts =>
      factsOf({ events: [{ ...wentByHand, onlyStep }], audited })

    expect(checkControl([forOne], went('reserve'))).toEqual([])
    expect(invariants(checkControl([forOne], went('bill')))).toEqual(['I1'])
    expect(invariants(checkControl([forOne], went(null)))).toEqual(['I1'])
  })

  it('finds a call of a step that begins while it goes on by hand', () => {
    const cameBack: CaseEvent = {
      type: 'came-back',
      caseId: 'c1',
      key: 'f20',
      at: at(20),
      by: priya,
      onlyStep: 'reserve',
    }
    const told = (
      stepId: string,
      [enteredAt, answeredAt]: [number, number],
      went: CaseEvent = wentByHand,
    ): Facts =>
      factsOf({
        events: [
          went,
          cameBack,
          {
            type: 'step-entered',
            caseId: 'c1',
            key: `entered:${stepId}`,
            at: at(enteredAt),
            stepId,
            execId: `${stepId}#1`,
            visit: 1,
          },
          {
            type: 'call-answered',
            caseId: 'c1',
            key: `called:${stepId}`,
            at: at(answeredAt),
            stepId,
            execId: `${stepId}#1`,
            connection: 'register',
            method: 'POST',
            status: 200,
            attempts: 1,
          },
        ],
      })

    expect(invariants(checkControl([], told('reserve', [12, 14])))).toEqual(['I4'])
    // Under way before, done by somebody else, or after it came back.
    expect(checkControl([], told('reserve', [5, 14]))).toEqual([])
    expect(checkControl([], told('bill', [12, 14]))).toEqual([])
    expect(checkControl([], told('reserve', [12, 25]))).toEqual([])
    // All of it by hand, for good: what was done is undone by the system nevertheless.
    const whole: CaseEvent = { ...wentByHand, onlyStep: null }
    expect(invariants(checkControl([], told('bill', [12, 14], whole)))).toEqual(['I4'])
    expect(checkControl([], told('release', [12, 14], whole))).toEqual([])
  })
})

describe('the check of moves', () => {
  const moving = (outcome: Outcome): Done => ({
    id: 1,
    operation: { does: 'move', by: 'priya', key: 'm1', pilotId: 'p1', toVersion: 2 },
    outcome,
  })
  const move = (place: number, [fromVersion, toVersion]: [number, number]): CaseEvent => ({
    type: 'case-moved',
    caseId: 'c1',
    key: `f${place}`,
    at: at(place),
    by: priya,
    fromVersion,
    toVersion,
  })
  const finished = (stepId: string, second: number): CaseEvent => ({
    type: 'step-finished',
    caseId: 'c1',
    key: `f${second}`,
    at: at(second),
    stepId,
    execId: `${stepId}#1`,
    visit: 1,
    enabledAt: at(0),
    leadMs: 1_000,
    waitMs: 0,
    touchMs: null,
    machineMs: null,
    doneBy: 'person',
  })
  const row = {
    case_id: 'c1',
    batch_id: 'b1',
    kind: 'move',
    reason: 'm1',
    status: 'succeeded',
    why: '',
    place: 1,
    to_version: 2,
  }
  const inVersion = (version: number, more: Partial<Facts>): Facts => {
    const facts = factsOf(more)
    return { ...facts, cases: facts.cases.map((found) => ({ ...found, map_version: version })) }
  }
  const check = (facts: Facts, done: Done[] = [moving(ok('working'))]): string[] =>
    invariants(checkMoves({ done, lines: [], facts }))
  const moved = [move(3, [1, 2]), finished('ship', 5), finished('weigh', 6)]
  const well = inVersion(2, { events: moved, batches: [row] })

  it('finds nothing where a case moved once, was in the new version from the start, or never moved', () => {
    expect(check(well)).toEqual([])
    expect(check(inVersion(2, { events: [finished('ship', 5), finished('weigh', 6)] }))).toEqual([])
    expect(
      check(inVersion(1, { events: [finished('ship', 5)], batches: [{ ...row, status: 'failed' }] })),
    ).toEqual([])
    // Past the step before which the new one stands.
    expect(check(inVersion(2, { events: [finished('ship', 2), move(3, [1, 2])], batches: [row] }))).toEqual(
      [],
    )
    expect(check(well, [moving(unknown)])).toEqual([])
  })

  it.each<[string, Facts]>([
    ['a move that is told as done and never happened', inVersion(1, { batches: [row] })],
    ['a move that happened and is told as refused', { ...well, batches: [{ ...row, status: 'skipped' }] }],
    ['a case that is shown in another version', inVersion(1, { events: [move(3, [1, 2])], batches: [row] })],
    [
      'a step of the new version that was left out',
      inVersion(2, { events: moved.slice(0, 2), batches: [row] }),
    ],
    ['a step of the new version in the old one', inVersion(1, { events: moved.slice(1) })],
    ['a move that nobody ordered', { ...well, batches: [row, { ...row, reason: 'm9', status: 'skipped' }] }],
  ])('finds %s', (_, facts) => {
    expect(check(facts)).toEqual(['I1'])
  })

  it('finds moves in another order than they were ordered', () => {
    const later: Done = {
      id: 2,
      operation: { does: 'move', by: 'priya', key: 'm2', pilotId: 'p1', toVersion: 3 },
      outcome: ok('working'),
    }
    const batches = [row, { ...row, batch_id: 'b2', reason: 'm2', place: 2, to_version: 3 }]
    const did = [finished('ship', 5), finished('weigh', 6)]
    const inOrder = inVersion(3, { events: [move(1, [1, 2]), move(3, [2, 3]), ...did], batches })
    const turned = inVersion(2, { events: [move(1, [1, 3]), move(3, [3, 2]), ...did], batches })

    expect(check(inOrder, [moving(ok('working')), later])).toEqual([])
    expect(check(turned, [moving(ok('working')), later])).toEqual(['I1'])
  })

  it('finds an order that was refused and taken, and one that was taken twice', () => {
    expect(check(well, [moving(fail)])).toEqual(['I1'])
    const twice = { ...well, batches: [row, { ...row, batch_id: 'b2', status: 'skipped' }] }
    expect(check(twice)).toEqual(['I1'])
  })

  it('finds counts that do not add up, and what was settled and is not any more', () => {
    const counts = { total: 3, succeeded: 1, failed: 0, skipped: 1, pending: 1, trying: 0, waiting: 1 }
    const look = (more: Partial<typeof counts>): Line => ({
      line: 'batch',
      at: 1,
      batchId: 'b1',
      counts: { ...counts, ...more },
    })
    const dry: Line = {
      line: 'dry-run',
      at: 1,
      pilotId: 'p1',
      counts: { total: 3, canMove: 1, notNow: 1, cannotMove: 0, thereAlready: 0, unknown: 0, listed: 3 },
    }
    const found = (...lines: Line[]): string[] =>
      invariants(checkMoves({ done: [], lines, facts: factsOf({}) }))

    expect(found(look({}), look({ succeeded: 2, pending: 0, waiting: 0 }))).toEqual([])
    expect(found(look({ succeeded: 2 }))).toEqual(['I1'])
    expect(found(look({}), look({ succeeded: 0, pending: 2 }))).toEqual(['I1'])
    expect(found(dry)).toEqual(['I1'])
  })
})
