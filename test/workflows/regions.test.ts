import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DecideArgs, Fact, OpenTask, RunStepRequest, RunStepResult } from '#domain/case-messages.ts'
import { eventually, maya, startEngine, type Engine, type RunningCase } from './support/engine.ts'
import { ai, aPlan, decision, end, forEach, fork, join, manual, review } from './support/plans.ts'
import { aDocument, aDraft, type Call } from './support/scripted-work.ts'

let engine: Engine
beforeAll(async () => {
  engine = await startEngine()
})
afterAll(async () => engine.close())

const idsOf = (running: RunningCase): string[] =>
  engine.work.callsOf(running.caseId).flatMap((call) => activityOf(call))

function activityOf(call: Call): string[] {
  if (call.name === 'runStep') return [call.request.execId]
  return call.name === 'openTask' ? [call.request.task.execId] : []
}

function factsOf(running: RunningCase, type: Fact['type']): Fact[] {
  return engine.work.factsOf(running.caseId).filter((fact) => fact.type === type)
}

const complete: Partial<DecideArgs> = { action: 'complete', editRef: null, editedFields: [] }

describe('a fork', () => {
  const plan = aPlan({
    split: fork(['papers', 'credit'], 'both'),
    papers: manual({ next: 'archive' }),
    archive: manual({ next: 'both' }),
    credit: manual({ next: 'both' }),
    both: join('done'),
    done: end(),
  })

  it('lets a fast branch go on while a slow one waits, and goes on when all have come', async () => {
    const running = await engine.start(plan)

    const credit = await running.task('credit')
    await running.decide(await running.task('papers'), complete)
    const archive = await running.task('archive')
    await running.decide(archive, complete)

    await eventually(
      async () => ((await running.snapshot()).at.join() === 'credit' ? true : null),
      'one branch',
    )
    expect((await running.snapshot()).openTasks.map(({ stepId }) => stepId)).toEqual(['credit'])
    // What a branch told is known although nothing else happens.
    await eventually(
      async () =>
        factsOf(running, 'step-finished').some((fact) => 'stepId' in fact && fact.stepId === 'archive')
          ? true
          : null,
      'the facts of the branch that is done',
    )
    await running.decide(credit, complete)
    expect(await running.result()).toEqual({ status: 'done', outcome: 'Sent' })
    const entered = factsOf(running, 'step-finished').map((fact) => ('stepId' in fact ? fact.stepId : ''))
    expect(entered.toSorted()).toEqual(['archive', 'both', 'credit', 'papers', 'split'])
  })

  it('goes on with the first where any will do, and leaves what the others were at', async () => {
    const first = aPlan({
      split: fork(['ask', 'look'], 'either'),
      ask: manual({ next: 'either' }),
      look: ai({ next: 'read' }),
      read: review('look', { next: 'either' }),
      either: join('done', { waitsFor: 'any' }),
      done: end(),
    })
    const running = await engine.start(first)
    await running.task('read')

    await running.decide(await running.task('ask'), complete)

    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(factsOf(running, 'step-abandoned')).toEqual([
      expect.objectContaining({ stepId: 'read', execId: 'read#1' }),
    ])
    expect(idsOf(running).filter((id) => id.startsWith('either'))).toEqual([])
  })

  it('ends a draft that nobody needs any more', async () => {
    const first = aPlan({
      split: fork(['ask', 'look'], 'either'),
      ask: manual({ next: 'either' }),
      look: ai({ next: 'either' }),
      either: join('done', { waitsFor: 'any' }),
      done: end(),
    })
    let aborted = false
    const running = await engine.start(first, {
      script: {
        runStep: async () => {
          const { Context } = await import('@temporalio/activity')
          const context = Context.current()
          const beat = setInterval(() => context.heartbeat(), 50)
          try {
            return await context.cancelled
          } finally {
            aborted = true
            clearInterval(beat)
          }
        },
      },
    })

    await running.decide(await running.task('ask'), complete)

    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(aborted).toBe(true)
    expect(factsOf(running, 'step-abandoned')).toEqual([expect.objectContaining({ stepId: 'look' })])
  })

  it('stops all its branches when the case is stopped in one of them', async () => {
    const running = await engine.start(plan)
    await running.task('papers')
    await running.task('credit')

    await running.stop('Enough')

    expect(await running.result()).toEqual({ status: 'cancelled', outcome: 'Stopped by Maya: Enough' })
  })

  it('holds forks in forks', async () => {
    const nested = aPlan({
      outer: fork(['a', 'inner'], 'last'),
      a: manual({ next: 'last' }),
      inner: fork(['b', 'c'], 'middle'),
      b: manual({ next: 'middle' }),
      c: manual({ next: 'middle' }),
      middle: join('d'),
      d: manual({ next: 'last' }),
      last: join('done'),
      done: end(),
    })
    const running = await engine.start(nested)

    for (const stepId of ['c', 'a', 'b', 'd']) await running.decide(await running.task(stepId), complete)

    expect(await running.result()).toMatchObject({ status: 'done' })
    const order = factsOf(running, 'step-finished').map((fact) => ('stepId' in fact ? fact.stepId : ''))
    expect(order.indexOf('d')).toBeGreaterThan(order.indexOf('middle'))
    expect(order.filter((stepId) => stepId === 'd')).toHaveLength(1)
  })

  it('keeps answers to gates that are open at the same time apart, in whatever order they come', async () => {
    const gates = aPlan({
      split: fork(['one', 'two'], 'both'),
      one: ai({ next: 'read-one', outputs: ['first'] }),
      'read-one': review('one', { next: 'both', outputs: ['first'] }),
      two: ai({ next: 'read-two', outputs: ['second'] }),
      'read-two': review('two', { next: 'both', outputs: ['second'] }),
      both: join('done'),
      done: end(),
    })
    const running = await engine.start(gates, {
      script: { runStep: ({ stepId }) => aDraft([stepId === 'one' ? 'first' : 'second']) },
    })
    const [one, two] = await Promise.all([running.task('read-one'), running.task('read-two')])

    await running.decide(two, { action: 'send-back', reason: 'Tone' })
    await running.decide(one, { action: 'approve' })
    const again = await running.task('read-two', ({ visit }) => visit === 2)
    await running.decide(again, { action: 'approve' })

    expect(await running.result()).toMatchObject({ status: 'done' })
    const decided = factsOf(running, 'task-decided').map((fact) => [
      'stepId' in fact ? fact.stepId : '',
      'action' in fact ? fact.action : '',
    ])
    expect(decided).toEqual([
      ['read-two', 'send-back'],
      ['read-one', 'approve'],
      ['read-two', 'approve'],
    ])
    const drafts = engine.work
      .callsOf(running.caseId)
      .flatMap((call) => (call.name === 'runStep' ? [call.request] : []))
    expect(drafts.filter(({ stepId }) => stepId === 'one')).toHaveLength(1)
    expect(drafts.at(-1)).toMatchObject({ execId: 'two#2', sendBack: { reason: 'Tone' } })
  })
})

describe('a list', () => {
  const lines = aDocument('lines')

  function cut(
    items: number,
    more: (request: RunStepRequest) => RunStepResult | null = () => null,
  ): (request: RunStepRequest) => RunStepResult {
    return (request: RunStepRequest): RunStepResult => {
      const special = more(request)
      if (special !== null) return special
      if (request.gathers !== undefined) return aDraft(['texts', 'done', 'failed'], { failed: 1 })
      return request.stepId === 'each' ? { status: 'split', list: lines, items } : aDraft(['text'])
    }
  }

  const body = {
    draft: ai({ next: 'read', inputs: ['line'], outputs: ['text'] }),
    read: review('draft', { next: 'all', outputs: ['text'] }),
    all: join('done'),
    done: end(),
  }

  it('walks its steps once for every entry, each with its own fields and its own way back', async () => {
    const plan = aPlan({
      each: forEach('draft', 'all', {
        next: null,
        gather: [{ from: 'text', into: 'texts' }],
        outputs: ['texts'],
      }),
      ...body,
    })
    const running = await engine.start(plan, { script: { runStep: cut(20) }, fields: { lines } })

    const sentBack = new Set([3, 7, 11])
    for (let item = 0; item < 20; item += 1) {
      const mine = `read[${item}]#1`
      const task = await running.task('read', () => true).then(() => taskWith(running, mine))
      if (sentBack.has(item)) {
        await running.decide(task, { action: 'send-back', reason: 'Tone' })
        await running.decide(await taskWith(running, `read[${item}]#2`), {})
      } else {
        await running.decide(task, {})
      }
    }

    expect(await running.result()).toMatchObject({ status: 'done' })
    const drafts = engine.work
      .callsOf(running.caseId)
      .flatMap((call) => (call.name === 'runStep' && call.request.stepId === 'draft' ? [call.request] : []))
    expect(drafts).toHaveLength(23)
    expect(drafts.find(({ execId }) => execId === 'draft[4]#1')?.inputs).toEqual({
      line: { ...lines, at: 'i4' },
    })
    expect(factsOf(running, 'list-finished')).toEqual([
      expect.objectContaining({ items: 20, done: 20, failed: 0 }),
    ])
    const gathered = engine.work
      .callsOf(running.caseId)
      .flatMap((call) =>
        call.name === 'runStep' && call.request.gathers !== undefined ? [call.request] : [],
      )
    expect(gathered).toHaveLength(1)
    expect(gathered[0]?.gathers?.items).toHaveLength(20)
    expect(Object.keys(gathered[0]?.gathers?.items[0] ?? {})).toEqual(['text'])
  })

  it('never has more entries under way than it may', async () => {
    const plan = aPlan({ each: forEach('draft', 'all', { maxParallel: 3 }), ...body })
    const running = await engine.start(plan, { script: { runStep: cut(9) }, fields: { lines } })

    await taskWith(running, 'read[2]#1')
    const opened = idsOf(running).filter((id) => id.startsWith('read['))
    expect(opened.toSorted()).toEqual(['read[0]#1', 'read[1]#1', 'read[2]#1'])
    for (let item = 0; item < 9; item += 1)
      await running.decide(await taskWith(running, `read[${item}]#1`), {})

    expect(await running.result()).toMatchObject({ status: 'done' })
  })

  it('goes on at once when it is empty', async () => {
    const plan = aPlan({ each: forEach('draft', 'all'), ...body })
    const running = await engine.start(plan, { script: { runStep: cut(0) }, fields: { lines } })

    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(factsOf(running, 'list-finished')).toEqual([expect.objectContaining({ items: 0 })])
  })

  const rule = {
    look: decision([{ when: 'amount > 10', to: 'all' }], 'all', { next: null }),
    all: join('many'),
    many: decision([{ when: 'failed > 0', to: 'some' }], 'done'),
    some: end('Some failed'),
    done: end(),
  }

  it('counts entries that fail and goes on with the others, where the map wants it so', async () => {
    const plan = aPlan(
      {
        each: forEach('draft', 'all', {
          doneCount: 'done',
          failedCount: 'failed',
          outputs: ['done', 'failed'],
        }),
        draft: ai({ next: 'look', outputs: ['amount'] }),
        ...rule,
      },
      { amount: 'double', failed: 'double' },
    )
    const running = await engine.start(plan, {
      script: {
        runStep: cut(3, ({ stepId, execId }) =>
          stepId === 'draft' ? aDraft(['amount'], { amount: execId === 'draft[1]#1' ? null : 20 }) : null,
        ),
      },
      fields: { lines },
    })

    expect(await running.result()).toMatchObject({ status: 'done', outcome: 'Some failed' })
    expect(factsOf(running, 'item-failed')).toEqual([
      expect.objectContaining({ stepId: 'each', item: 1, cause: 'expression' }),
    ])
    expect(factsOf(running, 'list-finished')).toEqual([
      expect.objectContaining({ items: 3, done: 2, failed: 1 }),
    ])
  })

  it('leaves with the first entry that fails, where the map wants it so', async () => {
    const plan = aPlan(
      {
        each: forEach('draft', 'all', {
          whenItemFails: 'stop',
          onError: [{ cause: 'expression', to: 'some' }],
        }),
        draft: ai({ next: 'look', outputs: ['amount'] }),
        ...rule,
      },
      { amount: 'double', failed: 'double' },
    )
    const running = await engine.start(plan, {
      script: {
        runStep: cut(3, ({ stepId }) => (stepId === 'draft' ? aDraft(['amount'], { amount: null }) : null)),
      },
      fields: { lines },
    })

    expect(await running.result()).toMatchObject({ status: 'done', outcome: 'Some failed' })
    expect(factsOf(running, 'exception-entered')).toEqual([
      expect.objectContaining({ stepId: 'each', to: 'some' }),
    ])
  })

  async function taskWith(running: RunningCase, execId: string): Promise<OpenTask> {
    return eventually(async () => {
      const found = engine.work
        .callsOf(running.caseId)
        .flatMap((call) => (call.name === 'openTask' ? [call.request.task] : []))
        .findLast((task) => task.execId === execId)
      return found ?? null
    }, `the task of ${execId}`)
  }

  it('is a case that many people can work on', async () => {
    const plan = aPlan({ each: forEach('draft', 'all', { maxParallel: 20 }), ...body })
    const running = await engine.start(plan, { script: { runStep: cut(10) }, fields: { lines } })
    const tasks = await Promise.all(
      Array.from({ length: 10 }, async (_, item) => taskWith(running, `read[${item}]#1`)),
    )

    await Promise.all(tasks.toReversed().map(async (task) => running.decide(task, { by: maya })))

    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(factsOf(running, 'task-decided')).toHaveLength(10)
  })
})
