import { describe, expect, it } from 'vitest'
import type { CaseEvent } from '#domain/case-events.ts'
import type { CommandKind, Done, Outcome } from '../load/history.ts'
import type { ReceiverCall } from '../stand/receiver.ts'
import { checkCalls } from './calls.ts'
import { checkControl } from './control.ts'
import type { Facts } from './facts.ts'
import { checkMessages } from './messages.ts'
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

const ok = (status = 'applied'): Outcome => ({ end: 'ok', status, caseId: 'c1' })
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
    operation: { does: 'command', by: 'priya', key: 'k1', caseId: 'c1', kind },
    outcome,
  })
  const commandingAll = (outcome: Outcome): Done => ({
    id: 2,
    operation: { does: 'command-pilot', by: 'priya', key: 'k1', pilotId: 'p1', kind: 'pause' },
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
  const obeyed = factsOf({ events: [resumed, paused], audited })
  const row = { case_id: 'c1', batch_id: 'b1', kind: 'pause', reason: 'k1', status: 'succeeded', why: '' }

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
})
