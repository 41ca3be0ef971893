import { Context } from '@temporalio/activity'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DecideArgs, Fact, RunStepRequest, RunStepResult } from '#domain/case-messages.ts'
import { eventually, refusalOf, startEngine, type Engine, type RunningCase } from './support/engine.ts'
import {
  ai,
  aPlan,
  call,
  draftAndReview,
  end,
  fork,
  join,
  manual,
  review,
  subProcess,
  wait,
} from './support/plans.ts'
import { aDocument, aDraft } from './support/scripted-work.ts'

let engine: Engine
beforeAll(async () => {
  engine = await startEngine()
})
afterAll(async () => engine.close())

const complete: Partial<DecideArgs> = { action: 'complete', editRef: aDocument(), editedFields: ['letter'] }
const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

function factsOf(running: RunningCase, ...types: Fact['type'][]): Fact[] {
  return engine.work.factsOf(running.caseId).filter((fact) => types.includes(fact.type))
}
const workOf = (running: RunningCase): string[] =>
  engine.work
    .callsOf(running.caseId)
    .flatMap((made) => (made.name === 'runStep' ? [made.request.execId] : []))

/** A draft that goes on until it is called off. */
async function endless(): Promise<RunStepResult> {
  const context = Context.current()
  const beat = setInterval(() => context.heartbeat(), 50)
  try {
    return await context.cancelled
  } finally {
    clearInterval(beat)
  }
}

describe('a case that is paused', () => {
  it('takes decisions, and goes on from them only when it is resumed', async () => {
    const plan = aPlan({ first: manual({ next: 'then' }), then: manual({ next: 'done' }), done: end() })
    const running = await engine.start(plan)
    const first = await running.task('first')

    expect(await running.command({ kind: 'pause' })).toMatchObject({ status: 'applied' })
    expect(await running.command({ kind: 'pause' })).toMatchObject({ status: 'unchanged', facts: [] })
    await running.decide(first, complete)
    await later(300)
    const whilePaused = await running.snapshot()
    await running.command({ kind: 'resume' })
    await running.decide(await running.task('then'), complete)

    expect(whilePaused).toMatchObject({ openTasks: [], control: { paused: true } })
    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(factsOf(running, 'case-paused', 'case-resumed').map(({ type }) => type)).toEqual([
      'case-paused',
      'case-resumed',
    ])
  })

  it('is not late for the time that it stood still', async () => {
    const running = await engine.start(draftAndReview(), {
      script: {
        openTask: ({ task }) => ({ dueAt: new Date(task.openedAt + 600).toISOString(), tiers: [] }),
      },
    })
    const task = await running.task('check')
    await eventually(async () => (await running.snapshot()).openTasks[0]?.dueAt ?? null, 'a deadline')

    await running.command({ kind: 'pause' })
    await later(1_200)
    const breaches = (await running.snapshot()).openTasks[0]?.breaches
    const resumed = await running.command({ kind: 'resume' })
    const due = (await running.snapshot()).openTasks[0]?.dueAt ?? 0

    expect(breaches).toBe(0)
    expect(due).toBeGreaterThanOrEqual(task.openedAt + 600 + 1_000)
    expect(resumed.facts[0]).toMatchObject({
      type: 'case-resumed',
      dues: [{ taskId: task.taskId, dueAt: new Date(due).toISOString() }],
    })
    await eventually(
      async () => ((await running.snapshot()).openTasks[0]?.breaches === 1 ? true : null),
      'the breach in its time',
    )
    await running.decide(task, {})
    await running.result()
  })

  it('does a command once, however often it comes', async () => {
    const running = await engine.start(draftAndReview())
    await running.task('check')

    const first = await running.command({ kind: 'pause' }, { commandId: 'c1' })
    await running.command({ kind: 'resume' }, { commandId: 'c2' })
    const again = await running.command({ kind: 'pause' }, { commandId: 'c1' })

    expect([first.status, again.status]).toEqual(['applied', 'duplicate'])
    expect((await running.snapshot()).control.paused).toBe(false)
    await running.stop('Enough')
    await running.result()
  })
})

describe('a case that goes on by hand', () => {
  it('gives the draft under way to a person, and the steps after it', async () => {
    const plan = aPlan({
      draft: ai({ next: 'ask' }),
      ask: call({ next: 'done' }),
      done: end(),
    })
    const running = await engine.start(plan, { script: { runStep: endless } })
    await eventually(async () => (workOf(running).length === 1 ? true : null), 'the draft to begin')

    await running.command({ kind: 'go-by-hand', stepId: null })
    const draft = await running.task('draft')
    await running.decide(draft, complete)
    const ask = await running.task('ask')
    await running.decide(ask, complete)

    expect([draft.kind, ask.kind]).toEqual(['by-hand', 'by-hand'])
    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(workOf(running)).toEqual(['draft#1'])
    expect(factsOf(running, 'went-by-hand')).toEqual([expect.objectContaining({ onlyStep: null })])
  })

  it('comes back: what no person has done yet is drafted again', async () => {
    const running = await engine.start(draftAndReview(), {
      control: { paused: false, byHand: false, byHandSteps: ['draft'] },
    })
    const byHand = await running.task('draft')

    await running.command({ kind: 'come-back', stepId: 'draft' })
    const gate = await running.task('check')
    const late = await refusalOf(running.decide(byHand, complete))
    await running.decide(gate, {})

    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(late.code).toBe('TaskNotFound')
    expect(factsOf(running, 'task-withdrawn')).toEqual([expect.objectContaining({ taskId: byHand.taskId })])
    expect(workOf(running)).toEqual(['draft#1.r1'])
  })

  it('knows no step by hand that people do anyway', async () => {
    const running = await engine.start(draftAndReview())
    await running.task('check')

    const refused = await refusalOf(running.command({ kind: 'go-by-hand', stepId: 'check' }))

    expect(refused).toMatchObject({ code: 'StepNotLive', details: { stepId: 'check' } })
    await running.stop('Enough')
    await running.result()
  })
})

describe('a case that does not fit its step', () => {
  const plan = aPlan({
    draft: ai({ next: 'check' }),
    check: review('draft', { next: 'done', onError: [{ cause: 'business:scope', to: 'scope' }] }),
    scope: end('Other scope'),
    done: end(),
  })

  it('takes the named branch, and its open task is asked no more', async () => {
    const running = await engine.start(plan)
    const task = await running.task('check')

    await running.command({ kind: 'raise-exception', stepId: 'check', code: 'scope', note: 'They want more' })

    expect(await running.result()).toMatchObject({ outcome: 'Other scope' })
    expect(factsOf(running, 'exception-raised', 'task-withdrawn', 'exception-entered')).toEqual([
      expect.objectContaining({ type: 'exception-raised', code: 'scope', note: 'They want more' }),
      expect.objectContaining({ type: 'task-withdrawn', taskId: task.taskId }),
      expect.objectContaining({ type: 'exception-entered', cause: 'business:scope', to: 'scope' }),
    ])
  })

  it('can be told so at a gate that was opened while the case stands still', async () => {
    let finish: () => void = () => undefined
    const drafted = new Promise<void>((resolve) => {
      finish = resolve
    })
    const running = await engine.start(plan, {
      script: {
        runStep: async () => {
          await drafted
          return aDraft(['letter'])
        },
      },
    })
    await eventually(async () => (workOf(running).length === 1 ? true : null), 'the draft to begin')
    await running.command({ kind: 'pause' })
    finish()
    await running.task('check')

    const raised = await running.command({
      kind: 'raise-exception',
      stepId: 'check',
      code: 'scope',
      note: 'More',
    })
    await running.command({ kind: 'resume' })

    expect(raised.status).toBe('applied')
    expect(await running.result()).toMatchObject({ outcome: 'Other scope' })
  })

  it('comes to the exception desk without a branch, from a draft under way as well', async () => {
    const running = await engine.start(plan, { script: { runStep: endless } })
    await eventually(async () => (workOf(running).length === 1 ? true : null), 'the draft to begin')

    await running.command({ kind: 'raise-exception', stepId: 'draft', code: 'odd', note: '' })
    const desk = await running.task('draft')
    const again = await refusalOf(
      running.command({ kind: 'raise-exception', stepId: 'draft', code: 'odd', note: '' }),
    )

    expect(desk.kind).toBe('exception')
    expect(again.code).toBe('StepNotLive')
    await running.decide(desk, { action: 'stop', reason: 'Odd' })
    expect(await running.result()).toMatchObject({ status: 'cancelled' })
  })
})

describe('a wait', () => {
  const until = (ms: number | null) => (): RunStepResult => ({
    status: 'waits',
    until: ms === null ? null : new Date(Date.now() + ms).toISOString(),
  })

  it('ends when its time has come', async () => {
    const plan = aPlan({ pause: wait('done'), done: end() })
    const running = await engine.start(plan, { script: { runStep: until(200) } })

    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(factsOf(running, 'step-finished')[0]).toMatchObject({ stepId: 'pause', doneBy: 'system' })
  })

  it('stands still with its case', async () => {
    const plan = aPlan({ pause: wait('done'), done: end() })
    const running = await engine.start(plan, { script: { runStep: until(400) } })
    await eventually(async () => (workOf(running).length === 1 ? true : null), 'the wait to begin')

    await running.command({ kind: 'pause' })
    await later(900)
    const status = (await running.handle.describe()).status.name
    await running.command({ kind: 'resume' })

    expect(status).toBe('RUNNING')
    expect(await running.result()).toMatchObject({ status: 'done' })
  })

  const papers = aPlan({
    papers: wait('read', {
      message: 'signed-papers',
      outputs: ['papers'],
      maxVisits: 1,
      onError: [{ cause: 'timed-out', to: 'late' }],
    }),
    read: manual({ next: 'done', inputs: ['papers'] }),
    late: end('No papers'),
    done: end(),
  })

  it('takes the message that it waits for, once', async () => {
    const running = await engine.start(papers, { script: { runStep: until(60_000) } })
    const ref = aDocument('papers')
    await eventually(async () => (workOf(running).length === 1 ? true : null), 'the wait to begin')

    const unknown = await refusalOf(running.deliver('invoice'))
    await running.deliver('signed-papers', { messageId: 'm1', ref, fields: ['papers', 'other'] })
    const again = await running.deliver('signed-papers', { messageId: 'm1', ref, fields: ['papers'] })
    await running.task('read')
    const second = await refusalOf(running.deliver('signed-papers', { messageId: 'm2' }))
    await running.decide(await running.task('read'), complete)

    expect(unknown).toMatchObject({ code: 'UnknownMessage', details: { messages: ['signed-papers'] } })
    expect(again.status).toBe('duplicate')
    expect(second).toEqual({
      code: 'MessageRepeated',
      details: { code: 'MessageRepeated', message: 'signed-papers', first: 'm1' },
    })
    expect(await running.result()).toMatchObject({ status: 'done' })
    const asked = engine.work
      .callsOf(running.caseId)
      .flatMap((made) => (made.name === 'openTask' ? [made.request.inputs] : []))
    expect(asked).toEqual([{ papers: ref }])
    expect(factsOf(running, 'message-received')).toEqual([expect.objectContaining({ messageId: 'm1' })])
  })

  it('takes a message that came before the case waited for it', async () => {
    const plan = aPlan({ ...papers.steps, first: manual({ next: 'papers' }) })
    const running = await engine.start({ ...plan, start: 'first' }, { script: { runStep: until(60_000) } })
    const first = await running.task('first')

    const kept = await running.deliver('signed-papers', { messageId: 'm1' })
    const second = await refusalOf(running.deliver('signed-papers', { messageId: 'm2' }))
    const again = await running.deliver('signed-papers', { messageId: 'm1' })
    await running.decide(first, complete)
    await running.decide(await running.task('read'), complete)

    expect([kept.status, second.code, again.status]).toEqual(['kept', 'MessageRepeated', 'duplicate'])
    expect(second.details).toMatchObject({ first: 'm1' })
    expect(factsOf(running, 'message-received')).toEqual([expect.objectContaining({ messageId: 'm1' })])
    expect(await running.result()).toMatchObject({ status: 'done' })
  })

  it('tells that a message came which it ended without waiting for', async () => {
    const plan = aPlan({
      ...papers.steps,
      first: manual({ next: 'papers', onError: [{ cause: 'business:not-ours', to: 'away' }] }),
      away: end('Not ours'),
    })
    const running = await engine.start({ ...plan, start: 'first' }, { script: { runStep: until(60_000) } })
    const first = await running.task('first')

    await running.deliver('signed-papers', { messageId: 'm1' })
    await running.decide(first, { action: 'cannot-complete', reason: 'not-ours' })

    expect(await running.result()).toMatchObject({ outcome: 'Not ours' })
    expect(factsOf(running, 'message-received')).toEqual([])
    expect(factsOf(running, 'message-unread')).toEqual([
      expect.objectContaining({ message: 'signed-papers', messageId: 'm1' }),
    ])
  })

  it('takes the next message only when it waits again, where it may come again', async () => {
    const plan = aPlan({
      papers: wait('read', {
        message: 'signed-papers',
        outputs: ['papers'],
        maxVisits: 3,
        onError: [{ cause: 'timed-out', to: 'late' }],
      }),
      read: manual({ next: 'done', onError: [{ cause: 'business:unreadable', to: 'papers' }] }),
      late: end('No papers'),
      done: end(),
    })
    const running = await engine.start(plan, { script: { runStep: until(60_000) } })
    const waits = (times: number) =>
      eventually(async () => (workOf(running).length === times ? true : null), 'the case to wait')
    await waits(1)
    await running.deliver('signed-papers', { messageId: 'm1' })
    const first = await running.task('read')

    const tooEarly = await refusalOf(running.deliver('signed-papers', { messageId: 'm2' }))
    await running.decide(first, { action: 'cannot-complete', reason: 'unreadable' })
    await waits(2)
    const next = await running.deliver('signed-papers', { messageId: 'm2' })
    await running.decide(await running.task('read', ({ visit }) => visit === 2), complete)

    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(tooEarly).toMatchObject({ code: 'MessageRepeated', details: { first: 'm1' } })
    // The work of the wait may not be told yet: then the message is kept for it.
    expect(['delivered', 'kept']).toContain(next.status)
    expect(factsOf(running, 'message-received')).toEqual([
      expect.objectContaining({ messageId: 'm1' }),
      expect.objectContaining({ messageId: 'm2' }),
    ])
  })

  it('refuses a message that comes when no way leads to a step that waits for it any more', async () => {
    const plan = aPlan({ ...papers.steps, late: manual({ next: 'done' }) })
    const running = await engine.start(plan, { script: { runStep: until(150) } })
    const late = await running.task('late')

    const refusal = await refusalOf(running.deliver('signed-papers', { messageId: 'm1' }))
    await running.decide(late, complete)

    expect(refusal).toEqual({
      code: 'MessageTooLate',
      details: { code: 'MessageTooLate', message: 'signed-papers' },
    })
    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(factsOf(running, 'message-received')).toEqual([])
  })

  it('keeps a message while a way leads to the wait, be it in a contained map or around one', async () => {
    const { ir: _, semantics: __, ...sub } = aPlan({ ask: manual({ next: 'end' }), end: end() })
    const { ir: ___, semantics: ____, ...waiting } = { ...papers, mapId: 'waiting' }
    const plan = aPlan({
      inside: subProcess('asking@1', { next: 'deeper' }),
      deeper: subProcess('waiting@1', { next: 'done' }),
      done: end(),
    })
    const subs = { 'asking@1': { ...sub, mapId: 'asking' }, 'waiting@1': waiting }
    const running = await engine.start({ ...plan, subs }, { script: { runStep: until(60_000) } })
    const ask = await running.task('ask')

    const kept = await running.deliver('signed-papers', { messageId: 'm1' })
    await running.decide(ask, complete)
    await running.decide(await running.task('read'), complete)

    expect(kept.status).toBe('kept')
    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(factsOf(running, 'message-received')).toHaveLength(1)
  })

  it('takes a message that is there in the moment of its deadline', async () => {
    const before = await startEngine()
    const running = await before.start(papers, { script: { runStep: until(3_000) } })
    await eventually(
      async () => (before.work.callsOf(running.caseId).length > 0 ? true : null),
      'the wait to begin',
    )
    await running.snapshot()
    await before.stopWorker()

    // Nobody works: the message waits until after the deadline, and both come to the next worker together.
    const brought = running.deliver('signed-papers', { messageId: 'm1' })
    await later(4_000)
    const after = await startEngine({ sameAs: before })
    await brought
    await running.decide(await running.task('read'), complete)

    expect(await running.result()).toMatchObject({ outcome: 'Sent' })
    await after.close()
    await before.close()
  })

  it('refuses a message that comes when the case has left its wait for good', async () => {
    const plan = aPlan({
      papers: wait('read', {
        message: 'signed-papers',
        outputs: ['papers'],
        maxVisits: 3,
        onError: [{ cause: 'timed-out', to: 'chase' }],
      }),
      read: manual({ next: 'done' }),
      chase: manual({ next: 'done', onError: [{ cause: 'business:again', to: 'papers' }] }),
      file: manual({ next: 'done' }),
      done: end(),
    })
    const [comesAgain, isPast] = [
      await engine.start(plan, { script: { runStep: until(150) } }),
      await engine.start(aPlan({ ...plan.steps, chase: manual({ next: 'file' }) }), {
        script: { runStep: until(150) },
      }),
    ]
    await comesAgain.task('chase')
    const task = await isPast.task('chase')

    const kept = await comesAgain.deliver('signed-papers', { messageId: 'm1' })
    const late = await refusalOf(isPast.deliver('signed-papers', { messageId: 'm1' }))
    await isPast.decide(task, complete)
    await isPast.decide(await isPast.task('file'), complete)

    expect(kept.status).toBe('kept')
    expect(late).toEqual({
      code: 'MessageTooLate',
      details: { code: 'MessageTooLate', message: 'signed-papers' },
    })
    expect(await isPast.result()).toMatchObject({ status: 'done' })
  })

  it('leaves on its branch when no message comes in time', async () => {
    const running = await engine.start(papers, { script: { runStep: until(150) } })

    expect(await running.result()).toMatchObject({ outcome: 'No papers' })
  })
})

describe('a case that is stopped with undoing', () => {
  const plan = aPlan({
    book: call({ next: 'tell', outputs: ['booking'] }),
    tell: manual({ next: 'last', outputs: ['letter'] }),
    last: manual({ next: 'done' }),
    cancel: call({ inputs: ['booking'], outputs: [] }),
    untell: manual({ inputs: ['letter'] }),
    done: end(),
  })
  const undoing = { ...plan, undo: { book: 'cancel', tell: 'untell' } }
  const answers = ({ stepId }: RunStepRequest): RunStepResult => aDraft(stepId === 'book' ? ['booking'] : [])

  it('undoes what is done, the last first, each once, and says so', async () => {
    const running = await engine.start(undoing, { script: { runStep: answers } })
    await running.decide(await running.task('tell'), complete)
    await running.task('last')

    await running.stop('Client left', { compensate: true })
    const untell = await running.task('untell')
    const undoneBefore = workOf(running)
    const late = await refusalOf(running.stop('Again'))
    await running.decide(untell, { action: 'complete', note: 'Called them' })

    expect(await running.result()).toEqual({ status: 'cancelled', outcome: 'Stopped by Maya: Client left' })
    expect(late.code).toBe('CaseClosing')
    expect(undoneBefore).toEqual(['book#1'])
    expect(workOf(running)).toEqual(['book#1', 'cancel#1'])
    expect(factsOf(running, 'step-undone')).toEqual([
      expect.objectContaining({ stepId: 'untell', undoes: 'tell#1', how: 'person', note: 'Called them' }),
      expect.objectContaining({ stepId: 'cancel', undoes: 'book#1', how: 'system' }),
    ])
    const cancel = engine.work
      .callsOf(running.caseId)
      .flatMap((made) => (made.name === 'runStep' && made.request.stepId === 'cancel' ? [made.request] : []))
    expect(cancel).toEqual([expect.objectContaining({ undoes: 'book#1' })])
    expect(Object.keys(cancel[0]?.inputs ?? {})).toEqual(['booking'])
    expect(factsOf(running, 'step-abandoned')).toEqual([expect.objectContaining({ stepId: 'last' })])
  })

  it('asks a person about what cannot be undone', async () => {
    let tries = 0
    const running = await engine.start(undoing, {
      script: {
        runStep: (request): RunStepResult => {
          if (request.stepId !== 'cancel') return answers(request)
          tries += 1
          return { status: 'failed', failure: { cause: 'call-refused', message: 'Too late', raw: null } }
        },
      },
    })
    await running.task('tell')

    await running.stop('Client left', { compensate: true })
    const desk = await running.task('cancel')
    await running.decide(desk, { action: 'retry' })
    const again = await running.task('cancel', ({ taskId }) => taskId !== desk.taskId)
    await running.decide(again, { action: 'stop', reason: 'They keep it' })

    expect(await running.result()).toMatchObject({ status: 'cancelled' })
    expect(tries).toBe(2)
    expect(factsOf(running, 'step-undone')).toEqual([
      expect.objectContaining({ undoes: 'book#1', how: null, note: 'They keep it' }),
    ])
  })

  it('undoes the steps of every branch', async () => {
    const branches = aPlan({
      split: fork(['book', 'tell'], 'both'),
      ...plan.steps,
      book: call({ next: 'both', outputs: ['booking'] }),
      tell: manual({ next: 'both' }),
      both: join('done'),
    })
    const running = await engine.start(
      { ...branches, undo: { book: 'cancel' } },
      { script: { runStep: answers } },
    )
    await running.task('tell')
    await eventually(
      async () => ((await running.snapshot()).at.join() === 'tell' ? true : null),
      'one branch',
    )

    await running.stop('Enough', { compensate: true })

    expect(await running.result()).toMatchObject({ status: 'cancelled' })
    expect(workOf(running)).toEqual(['book#1', 'cancel#1'])
    // Told before anything is undone: nobody is asked meanwhile for what was left.
    const told = engine.work
      .callsOf(running.caseId)
      .flatMap((made) => ('facts' in made.request ? [{ name: made.name, facts: made.request.facts }] : []))
    const left = told.findIndex(({ facts }) => facts.some(({ type }) => type === 'step-abandoned'))
    expect(factsOf(running, 'step-abandoned')).toEqual([expect.objectContaining({ execId: 'tell#1' })])
    expect(told[left]?.name).toBe('flushFacts')
  })

  it('says what it left inside a contained map before it undoes what was done around it', async () => {
    const { ir: _, semantics: __, ...sub } = aPlan({ ask: manual({ next: 'end' }), end: end() })
    const around = aPlan({
      book: call({ next: 'inside', outputs: ['booking'] }),
      inside: subProcess('asking@1', { next: 'done' }),
      untell: manual(),
      done: end(),
    })
    const running = await engine.start(
      { ...around, undo: { book: 'untell' }, subs: { 'asking@1': { ...sub, mapId: 'asking' } } },
      { script: { runStep: answers } },
    )
    await running.task('ask')

    await running.stop('Enough', { compensate: true })
    const untell = await running.task('untell')
    const left = factsOf(running, 'step-abandoned')
    await running.decide(untell, { action: 'complete' })

    expect(await running.result()).toMatchObject({ status: 'cancelled' })
    expect(left).toEqual([
      expect.objectContaining({ execId: 'inside/ask#1' }),
      expect.objectContaining({ execId: 'inside#1' }),
    ])
  })
})

describe('a contained map', () => {
  const inner = aPlan(
    {
      look: ai({ next: 'agree', inputs: ['question'], outputs: ['finding'] }),
      agree: review('look', { next: 'end', outputs: ['finding'] }),
      end: end('Looked'),
    },
    {},
  )
  const { ir: _, semantics: __, ...sub } = { ...inner, mapId: 'checks', version: 3, hash: 'c'.repeat(64) }
  const plan = {
    ...aPlan({
      check: subProcess('checks@3', {
        next: 'file',
        outputs: ['result'],
        gives: [{ from: 'request', to: 'question' }],
        takes: [{ from: 'finding', to: 'result' }],
      }),
      file: manual({ next: 'done', inputs: ['result'] }),
      done: end(),
    }),
    subs: { 'checks@3': sub },
  }

  it('is walked inside the case, with fields of its own, and hands back what was asked', async () => {
    const running = await engine.start(plan, { script: { runStep: () => aDraft(['finding']) } })

    const gate = await running.task('agree')
    await running.decide(gate, { action: 'send-back', reason: 'Tone' })
    await running.decide(await running.task('agree', ({ visit }) => visit === 2), {})
    await running.decide(await running.task('file'), complete)

    expect(await running.result()).toMatchObject({ status: 'done', outcome: 'Sent' })
    expect(workOf(running)).toEqual(['check/look#1', 'check/look#2'])
    const requests = engine.work
      .callsOf(running.caseId)
      .flatMap((made) => (made.name === 'runStep' ? [made.request] : []))
    expect(requests[0]).toMatchObject({
      mapId: 'checks',
      version: 3,
      planHash: 'c'.repeat(64),
      stepId: 'look',
      path: 'check/look',
    })
    expect(requests[0]?.inputs).toEqual({ question: expect.objectContaining({ at: 'request' }) })
    const filed = engine.work
      .callsOf(running.caseId)
      .flatMap((made) => (made.name === 'openTask' && made.request.stepId === 'file' ? [made.request] : []))
    expect(filed[0]?.inputs).toEqual({ result: expect.objectContaining({ at: 'finding' }) })
    const finished = factsOf(running, 'step-finished').map((fact) => ('stepId' in fact ? fact.stepId : ''))
    expect(finished).toEqual(['check/agree', 'check/agree', 'check/end', 'check', 'file'])
    expect(gate.taskId).toMatch(/\.check~agree\.1$/)
  })

  it('is stopped with the case', async () => {
    const running = await engine.start(plan, { script: { runStep: () => aDraft(['finding']) } })
    await running.task('agree')

    await running.stop('Enough')

    expect(await running.result()).toMatchObject({ status: 'cancelled' })
  })
})

describe('a case that moves to another version', () => {
  const before = aPlan({ write: manual({ next: 'done', outputs: ['letter'] }), done: end('Old') })
  const after = {
    ...aPlan({
      compose: manual({ next: 'read', outputs: ['letter', 'copy'] }),
      read: manual({ next: 'done' }),
      done: end('New'),
    }),
    version: 2,
    hash: 'n'.repeat(64),
  }

  it('goes on at the same step of the new map, with the task asked anew', async () => {
    const running = await engine.start(before)
    const task = await running.task('write')

    await running.idle()
    expect(await running.move(after, { write: 'compose' })).toEqual({ status: 'moving' })
    const again = await running.task('compose')
    await running.decide(again, complete)
    await running.decide(await running.task('read'), complete)

    expect(await running.result()).toMatchObject({ outcome: 'New' })
    expect(again).toMatchObject({ taskId: task.taskId, version: 2, outputs: ['letter', 'copy'] })
    const facts = factsOf(running, 'case-moved')
    expect(facts).toEqual([expect.objectContaining({ fromVersion: 1, toVersion: 2 })])
    const opened = engine.work
      .callsOf(running.caseId)
      .flatMap((made) => (made.name === 'openTask' ? [made.request.version] : []))
    expect(opened).toEqual([1, 2, 2])
    expect(engine.work.factsOf(running.caseId).map(({ seq }) => seq)).toEqual(
      engine.work.factsOf(running.caseId).map((_, index) => index + 1),
    )
  })

  it('stays where it is when the new map has no such step, or while work is under way', async () => {
    const running = await engine.start(before)
    await running.task('write')
    const busy = await engine.start(aPlan({ draft: ai({ next: 'done' }), done: end() }), {
      script: { runStep: endless },
    })
    await eventually(async () => (workOf(busy).length === 1 ? true : null), 'the draft to begin')

    const removed = await refusalOf(running.move(after))
    const unsafe = await refusalOf(
      busy.move({ ...aPlan({ draft: ai({ next: 'done' }), done: end() }), version: 2 }),
    )

    expect(removed).toMatchObject({
      code: 'CannotMove',
      details: { why: { code: 'StepRemoved', stepId: 'write' } },
    })
    expect(unsafe).toMatchObject({ code: 'NotAtSafePoint', details: { at: ['draft'] } })
    await running.stop('Enough')
    await busy.stop('Enough')
    await Promise.all([running.result(), busy.result()])
  })
})
