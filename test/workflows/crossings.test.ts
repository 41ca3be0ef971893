import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DecideArgs, Fact, RunStepRequest, RunStepResult } from '#domain/case-messages.ts'
import { eventually, startEngine, type Engine, type RunningCase } from './support/engine.ts'
import {
  ai,
  aPlan,
  call,
  draftAndReview,
  end,
  forEach,
  fork,
  join,
  manual,
  review,
  subProcess,
  wait,
} from './support/plans.ts'
import { aDocument, aDraft } from './support/scripted-work.ts'

/** What crosses what: two things that happen at the same moment, in the order that is least convenient. */

let engine: Engine
beforeAll(async () => {
  engine = await startEngine()
})
afterAll(async () => engine.close())

const complete: Partial<DecideArgs> = { action: 'complete', editRef: aDocument(), editedFields: ['letter'] }
const lines = aDocument('lines')

function factsOf(running: RunningCase, ...types: Fact['type'][]): Fact[] {
  return engine.work.factsOf(running.caseId).filter((fact) => types.includes(fact.type))
}

/** Visits as they ended, told by the case. */
function endsOf(running: RunningCase): string[] {
  return factsOf(running, 'step-finished', 'step-abandoned').flatMap((fact) =>
    'execId' in fact ? [fact.execId] : [],
  )
}

/** Work that is done only when the test says so, whoever calls it off meanwhile. */
function held(result: (request: RunStepRequest) => RunStepResult): {
  runStep: (request: RunStepRequest) => Promise<RunStepResult>
  begun: Promise<void>
  release: () => void
} {
  let begin: () => void = () => undefined
  let release: () => void = () => undefined
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  return {
    begun,
    release: () => release(),
    runStep: async (request) => {
      begin()
      await released
      return result(request)
    },
  }
}

describe('branches that are over at the same moment', () => {
  it('tell what happened once, and do not hold the case', async () => {
    const plan = aPlan({
      split: fork(['both', 'both', 'papers'], 'both'),
      papers: manual({ next: 'both' }),
      both: join('done'),
      done: end(),
    })
    const running = await engine.start(plan)

    await running.decide(await running.task('papers'), complete)

    expect(await running.result()).toMatchObject({ status: 'done' })
  })
})

describe('two places that wait for the same message', () => {
  it('take one each, in their turn', async () => {
    const plan = aPlan({
      each: forEach('news', 'all', { maxParallel: 7 }),
      news: wait('all', { message: 'news' }),
      all: join('done'),
      done: end(),
    })
    const running = await engine.start(plan, {
      script: {
        runStep: ({ stepId }) =>
          stepId === 'each'
            ? { status: 'split', list: aDocument('list'), items: 7 }
            : { status: 'waits', until: null },
      },
      fields: { lines },
    })
    const work = (): number =>
      engine.work.callsOf(running.caseId).filter(({ name }) => name === 'runStep').length
    await eventually(async () => (work() === 8 ? true : null), 'all to wait')

    for (let sent = 1; sent <= 7; sent += 1) await running.deliver('news', { messageId: `m${sent}` })

    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(factsOf(running, 'message-received')).toHaveLength(7)
  })
})

describe('a case that is called away when the work is done already', () => {
  it('is settled in a visit of its own: what was done stays done', async () => {
    const draft = held(() => aDraft(['letter']))
    const plan = aPlan({ draft: ai({ next: 'file' }), file: manual({ next: 'done' }), done: end() })
    const running = await engine.start(plan, { script: { runStep: draft.runStep } })
    await draft.begun

    await running.command({ kind: 'raise-exception', stepId: 'draft', code: 'odd', note: '' })
    draft.release()
    const desk = await running.task('draft')
    await running.decide(desk, { action: 'by-hand', reason: 'Odd' })
    await running.decide(await running.task('draft', ({ kind }) => kind === 'by-hand'), complete)
    await running.decide(await running.task('file'), complete)

    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(desk.execId).toBe('draft#2')
    // The worker has told that the first visit is over.
    expect(endsOf(running)).toEqual(['draft#2', 'file#1'])
  })

  it('does not take the reason along to the next step', async () => {
    const list = held(() => ({ status: 'split', list: aDocument('list'), items: 0 }))
    const plan = aPlan({
      each: forEach('work', 'all', { onError: [{ cause: 'business:odd', to: 'odd' }] }),
      work: manual({ next: 'all' }),
      all: join('file'),
      file: manual({ next: 'done' }),
      odd: end('Odd'),
      done: end(),
    })
    const running = await engine.start(plan, { script: { runStep: list.runStep }, fields: { lines } })
    await list.begun

    await running.command({ kind: 'raise-exception', stepId: 'each', code: 'odd', note: '' })
    list.release()

    expect(await running.result()).toMatchObject({ outcome: 'Odd' })
    expect(endsOf(running)).toEqual(['each#1'])
  })
})

describe('a history that grows long where only one branch is left', () => {
  it('is not cut there: the fork would begin anew', { timeout: 180_000 }, async () => {
    const plan = aPlan({
      split: fork(['both', 'draft'], 'both'),
      draft: ai({ next: 'check' }),
      check: review('draft', { next: 'both', need: 202 }),
      both: join('done'),
      done: end(),
    })
    const running = await engine.start(plan)
    const task = await running.task('check')

    for (let number = 0; number < 202; number += 1) {
      await running.decide(task, { by: { id: `p${number}`, name: `P${number}`, sample: false } })
    }

    expect(await running.result()).toMatchObject({ status: 'done' })
    const drafts = engine.work
      .callsOf(running.caseId)
      .flatMap((made) => (made.name === 'runStep' ? [made.request.execId] : []))
    expect(drafts).toEqual(['draft#1'])
  })
})

describe('a contained map in a branch that lost', () => {
  it('is left with all that it was at', async () => {
    const { ir: _, semantics: __, ...inner } = { ...draftAndReview(), mapId: 'inner', version: 1 }
    const plan = {
      ...aPlan({
        split: fork(['slow', 'fast'], 'either'),
        slow: subProcess('inner@1', { next: 'either' }),
        fast: manual({ next: 'either' }),
        either: join('done', { waitsFor: 'any' }),
        done: end(),
      }),
      subs: { 'inner@1': inner },
    }
    const running = await engine.start(plan)
    await running.task('check')

    await running.decide(await running.task('fast'), complete)

    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(endsOf(running).toSorted()).toEqual(['either#1', 'fast#1', 'slow#1', 'slow/check#1', 'split#1'])
  })
})

describe('a case that is stopped while the first work that can be undone is under way', () => {
  const plan = {
    ...aPlan({ book: call({ next: 'done' }), cancel: manual({ inputs: ['answer'] }), done: end() }),
    undo: { book: 'cancel' },
  }

  it('undoes it once it is done, and takes the decisions that this needs', async () => {
    const booking = held(() => aDraft(['answer']))
    const running = await engine.start(plan, { script: { runStep: booking.runStep } })
    await booking.begun

    await running.stop('Client left', { compensate: true })
    booking.release()
    await running.decide(await running.task('cancel'), { action: 'complete' })

    expect(await running.result()).toMatchObject({ status: 'cancelled' })
    expect(factsOf(running, 'step-undone')).toEqual([
      expect.objectContaining({ undoes: 'book#1', how: 'person' }),
    ])
  })

  it('leaves it as it is when nothing is to be undone', async () => {
    const booking = held(() => aDraft(['answer']))
    const running = await engine.start(plan, { script: { runStep: booking.runStep } })
    await booking.begun

    await running.stop('Client left', { compensate: false })
    booking.release()

    expect(await running.result()).toMatchObject({ status: 'cancelled' })
    expect(factsOf(running, 'step-undone')).toEqual([])
  })
})
