import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DecideArgs } from '#domain/case-messages.ts'
import type { CasePlan, PlanStep } from '#domain/plan.ts'
import { startEngine, type Engine } from './support/engine.ts'
import { ai, aPlan, decision, end, fork, join, manual, review, subProcess } from './support/plans.ts'

let engine: Engine
beforeAll(async () => {
  engine = await startEngine()
})
afterAll(async () => engine.close())

const healthy = aPlan({ draft: ai({ next: 'check' }), check: review('draft', { next: 'done' }), done: end() })
const complete: Partial<DecideArgs> = { action: 'complete', editRef: null, editedFields: [] }

/** A map that contains itself. */
function inItself(): CasePlan {
  const steps: Record<string, PlanStep> = { again: subProcess('me@1', { next: 'done' }), done: end() }
  const { ir: _, semantics: __, ...sub } = { ...aPlan(steps), mapId: 'me', version: 1 }
  return { ...aPlan(steps), subs: { 'me@1': sub } }
}

/** Plans that no check would let through, and the step at which a person comes to hear of it. */
const slipped: [string, CasePlan, string][] = [
  ['rules that go round for ever', aPlan({ a: decision([], 'b'), b: decision([], 'a'), done: end() }), 'a'],
  [
    'rules that go round and have no limit of their own',
    aPlan({ a: decision([], 'b', { maxVisits: 0 }), b: decision([], 'a', { maxVisits: 0 }), done: end() }),
    'a',
  ],
  [
    'a branch that turns in circles',
    aPlan({
      split: fork(['a', 'b'], 'both'),
      a: decision([], 'a'),
      b: decision([], 'both'),
      both: join('done'),
      done: end(),
    }),
    'a',
  ],
  ['a way to nowhere', aPlan({ a: decision([], 'nowhere'), done: end() }), 'nowhere'],
  ['a step without a way on', aPlan({ a: decision([], ''), done: end() }), 'a'],
  ['a fork without a join', aPlan({ split: fork(['a'], ''), a: decision([], 'done'), done: end() }), 'split'],
  [
    'a condition that hangs a pattern',
    aPlan(
      { a: decision([{ when: 'name.matches("(a+)+$")', to: 'done' }], 'done'), done: end() },
      { name: 'string' },
    ),
    'a',
  ],
  [
    'a condition of a hundred thousand letters',
    aPlan({ a: decision([{ when: `${'!'.repeat(100_000)}true`, to: 'done' }], 'done'), done: end() }),
    'a',
  ],
  [
    'a contained map that is not there',
    aPlan({ a: subProcess('gone@1', { next: 'done' }), done: end() }),
    'a',
  ],
  ['a map that contains itself', inItself(), 'again'],
]

describe('a plan that slipped past the check', () => {
  it.each(slipped)('with %s brings its case to the exception desk, and no other', async (_, plan, stepId) => {
    const other = await engine.start(healthy)
    const running = await engine.start(plan, { values: { name: `${'a'.repeat(2_000)}!` } })

    const desk = await running.task(stepId)
    await other.decide(await other.task('check'), {})

    expect(desk.kind).toBe('exception')
    expect(await other.result()).toMatchObject({ status: 'done' })
    await running.decide(desk, { action: 'stop', reason: 'It is broken' })
    expect(await running.result()).toMatchObject({ status: 'cancelled' })
  })

  it('with an end inside a branch loses no more than the branch', async () => {
    const plan = aPlan({
      split: fork(['a', 'b'], 'both'),
      a: decision([], 'early'),
      b: manual({ next: 'both' }),
      both: join('done'),
      early: end('Early'),
      done: end(),
    })
    const running = await engine.start(plan)

    await running.decide(await running.task('b'), complete)

    expect(await running.result()).toEqual({ status: 'done', outcome: 'Sent' })
  })
})
