import { ApplicationFailure } from '@temporalio/common'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EscalateTaskRequest, OpenTask, OpenTaskRequest, OpenTaskResult } from '#domain/case-messages.ts'
import type { CasePlan } from '#domain/plan.ts'
import { aDecision, eventually, maya, startEngine, type Engine, type RunningCase } from './support/engine.ts'
import { ai, aPlan, call, draftAndReview, end, fork, join } from './support/plans.ts'
import type { Script } from './support/scripted-work.ts'

/** Due after so many milliseconds, and then again after each tier. */
const due =
  (afterMs: number, ...tiersMs: number[]) =>
  ({ task }: OpenTaskRequest): OpenTaskResult => {
    const at = task.dueAt ?? task.openedAt + afterMs
    return {
      dueAt: new Date(at).toISOString(),
      tiers: tiersMs.map((tier) => new Date(at + tier).toISOString()),
    }
  }

let engine: Engine
beforeAll(async () => {
  engine = await startEngine()
})
afterAll(async () => engine.close())

const escalations = (running: RunningCase): EscalateTaskRequest[] =>
  engine.work.callsOf(running.caseId).flatMap((made) => (made.name === 'escalateTask' ? [made.request] : []))

describe('a deadline', () => {
  it('asks one person more with each tier, and never decides', async () => {
    const running = await engine.start(draftAndReview(), { script: { openTask: due(50, 100, 200) } })
    const task = await running.task('check')

    const breaches = async (): Promise<number | undefined> =>
      (await running.snapshot()).openTasks[0]?.breaches
    await expect.poll(breaches, { timeout: 15_000 }).toBe(3)
    const { openTasks } = await running.snapshot()
    await running.decide(task, { action: 'approve' })

    expect(escalations(running).map(({ tier, closes }) => [tier, closes])).toEqual([
      [0, false],
      [1, false],
      [2, false],
    ])
    expect(openTasks).toMatchObject([{ taskId: task.taskId, breaches: 3 }])
    expect(await running.result()).toEqual({ status: 'done', outcome: 'Sent' })
  })

  it('asks nobody when the decision comes in time', async () => {
    const running = await engine.start(draftAndReview(), { script: { openTask: due(60_000, 60_000) } })

    const task = await running.task('check')
    await expect.poll(async () => (await running.events())['EVENT_TYPE_TIMER_STARTED']).toBe(1)
    await running.decide(task, {})
    await running.result()

    expect(escalations(running)).toEqual([])
    expect(await running.events()).toMatchObject({
      EVENT_TYPE_TIMER_STARTED: 1,
      EVENT_TYPE_TIMER_CANCELED: 1,
    })
  })

  it('waits on when it has moved in the meantime', async () => {
    let asked = 0
    const running = await engine.start(draftAndReview(), {
      script: {
        openTask: due(50),
        escalateTask: () => {
          asked += 1
          return asked === 1
            ? { status: 'not-due', dueAt: new Date(Date.now() + 100).toISOString() }
            : { status: 'escalated' }
        },
      },
    })
    const task = await running.task('check')

    await expect.poll(() => escalations(running).length, { timeout: 15_000 }).toBe(2)
    await running.decide(task, {})
    await running.result()

    expect(escalations(running).map(({ tier }) => tier)).toEqual([0, 0])
  })

  it('leads away where the map has a branch for lateness', async () => {
    const plan = draftAndReview({ review: { onError: [{ cause: 'sla-breached', to: 'late' }] } })
    const running = await engine.start(
      { ...plan, steps: { ...plan.steps, late: end('Too late') } },
      { script: { openTask: due(50, 100) } },
    )
    const task = await running.task('check')

    expect(await running.result()).toEqual({ status: 'done', outcome: 'Too late' })
    expect(escalations(running)).toMatchObject([{ tier: 0, closes: true, taskId: task.taskId }])
    expect(engine.work.factsOf(running.caseId)).toMatchObject([
      { type: 'exception-entered', cause: 'sla-breached', to: 'late' },
      { type: 'step-abandoned' },
    ])
  })

  it('does not lead away on the branch for anything', async () => {
    const plan = draftAndReview({ review: { onError: [{ cause: 'any', to: 'other' }] } })
    const running = await engine.start(
      { ...plan, steps: { ...plan.steps, other: end('Other') } },
      { script: { openTask: due(50) } },
    )
    const task = await running.task('check')

    await expect.poll(() => escalations(running).length, { timeout: 15_000 }).toBe(1)
    await running.decide(task, {})

    expect(await running.result()).toEqual({ status: 'done', outcome: 'Sent' })
  })

  it('lets a decision win that comes while lateness is being told', async () => {
    let tell: () => void = () => undefined
    const told = new Promise<void>((resolve) => {
      tell = resolve
    })
    const plan = draftAndReview({ review: { onError: [{ cause: 'sla-breached', to: 'late' }] } })
    const running = await engine.start(
      { ...plan, steps: { ...plan.steps, late: end('Too late') } },
      {
        script: {
          openTask: due(50),
          escalateTask: async () => {
            await told
            return { status: 'escalated' }
          },
        },
      },
    )
    const task = await running.task('check')
    await expect.poll(() => escalations(running).length, { timeout: 15_000 }).toBe(1)

    await running.decide(task, {})
    tell()

    expect(await running.result()).toEqual({ status: 'done', outcome: 'Sent' })
  })

  it('stays what it was when a decision is undone', async () => {
    const running = await engine.start(draftAndReview(), {
      undoMs: 10_000,
      script: { openTask: due(60_000) },
    })
    const task = await running.task('check')
    await expect.poll(async () => (await running.snapshot()).openTasks[0]?.dueAt ?? null).not.toBeNull()
    const { openTasks: before } = await running.snapshot()
    const decision = aDecision(task)

    await running.decide(task, decision)
    await running.undo(decision.decisionId, maya)
    const reopened = await running.task('check', ({ version }) => version === 2)
    await running.stop('enough')

    expect(reopened.dueAt).toBe(before[0]?.dueAt)
  })

  it('does not hold the case up when nobody can be told', async () => {
    const running = await engine.start(draftAndReview(), {
      script: {
        openTask: due(20, 40),
        escalateTask: () => {
          throw ApplicationFailure.nonRetryable('nobody there', 'NobodyThere')
        },
      },
    })
    const task = await running.task('check')

    await expect.poll(() => escalations(running).length, { timeout: 15_000 }).toBe(2)
    await running.decide(task, {})

    expect(await running.result()).toMatchObject({ status: 'done' })
  })
})

describe('the deadline of the exception desk', () => {
  /** Whatever is asked of the other system, it says no: the case comes to the desk. */
  const refused: Partial<Script> = {
    runStep: () => ({ status: 'failed', failure: { cause: 'call-refused', message: 'No.', raw: null } }),
  }
  const toTheDesk = (): CasePlan => aPlan({ ask: call({ next: 'done', outputs: [] }), done: end() })
  const isDesk = ({ kind }: OpenTask): boolean => kind === 'exception'
  const skip = { action: 'skip' } as const

  const breachesOf = async (running: RunningCase): Promise<number | undefined> =>
    (await running.snapshot()).openTasks[0]?.breaches
  const dueOf = async (running: RunningCase): Promise<number> =>
    eventually(async () => (await running.snapshot()).openTasks[0]?.dueAt ?? null, 'a deadline')

  it('asks one person more with each tier, once, and never settles anything', async () => {
    const running = await engine.start(toTheDesk(), { script: { ...refused, openTask: due(50, 100, 200) } })
    const task = await running.task('ask', isDesk)

    await expect.poll(async () => breachesOf(running), { timeout: 30_000 }).toBe(3)
    const open = await running.snapshot()
    await running.decide(task, skip)

    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(escalations(running).map(({ kind, tier, closes }) => [kind, tier, closes])).toEqual([
      ['exception', 0, false],
      ['exception', 1, false],
      ['exception', 2, false],
    ])
    expect(open.openTasks).toMatchObject([{ taskId: task.taskId, kind: 'exception', breaches: 3 }])
  })

  it('does not lead away where the step has a branch for its own lateness', async () => {
    const plan = aPlan({
      ask: call({ next: 'done', outputs: [], onError: [{ cause: 'sla-breached', to: 'late' }] }),
      late: end('Too late'),
      done: end(),
    })
    const running = await engine.start(plan, { script: { ...refused, openTask: due(50) } })
    const task = await running.task('ask', isDesk)
    await expect.poll(() => escalations(running).length, { timeout: 30_000 }).toBe(1)

    await running.decide(task, skip)

    expect(await running.result()).toEqual({ status: 'done', outcome: 'Sent' })
  })

  it('stands still with its case, and runs on by hand', async () => {
    const running = await engine.start(toTheDesk(), { script: { ...refused, openTask: due(60_000) } })
    const task = await running.task('ask', isDesk)
    const before = await dueOf(running)

    await running.command({ kind: 'go-by-hand', stepId: null })
    const byHand = await dueOf(running)
    await running.command({ kind: 'pause' })
    await new Promise((resolve) => setTimeout(resolve, 300))
    const resumed = await running.command({ kind: 'resume' })
    const after = await dueOf(running)
    await running.decide(task, skip)
    await running.result()

    expect(byHand).toBe(before)
    expect(after).toBeGreaterThanOrEqual(before + 300)
    expect(resumed.facts[0]).toMatchObject({
      dues: [{ taskId: task.taskId, dueAt: new Date(after).toISOString() }],
    })
    expect(escalations(running)).toEqual([])
  })

  it('is told to whoever opens the desk again', async () => {
    const running = await engine.start(toTheDesk(), { script: { ...refused, openTask: due(60_000) } })
    await running.task('ask', isDesk)
    const dueAt = await dueOf(running)

    const { opening } = await running.snapshot()
    await running.stop('Enough')

    expect(opening).toMatchObject([{ task: { kind: 'exception', dueAt } }])
  })

  it('is the same after a cut of the history, and no tier comes twice', async () => {
    const running = await engine.start(toTheDesk(), { script: { ...refused, openTask: due(400, 600_000) } })
    const first = await running.task('ask', isDesk)
    await expect.poll(async () => breachesOf(running), { timeout: 30_000 }).toBe(1)
    const before = await dueOf(running)

    for (let sent = 0; sent < 200; sent += 8) {
      await Promise.all(
        Array.from({ length: 8 }, () => running.command({ kind: 'resume' }).catch(() => null)),
      )
    }
    const again = await running.task('ask', ({ version }) => version === 2)
    await expect.poll(async () => breachesOf(running), { timeout: 30_000 }).toBe(1)
    await running.decide(again, skip)

    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(again).toMatchObject({ taskId: first.taskId, kind: 'exception', dueAt: before, breaches: 1 })
    expect(escalations(running).map(({ tier }) => tier)).toEqual([0])
  })

  it('goes along into another version of the map', async () => {
    const running = await engine.start(toTheDesk(), { script: { ...refused, openTask: due(60_000) } })
    await running.task('ask', isDesk)
    const before = await dueOf(running)

    await running.idle()
    await running.move({ ...toTheDesk(), version: 2 })
    const moved = await running.task('ask', ({ version }) => version === 2)
    await running.decide(moved, skip)

    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(moved).toMatchObject({ kind: 'exception', dueAt: before })
  })

  it('runs for each desk by itself while branches are walked', async () => {
    const plan = aPlan({
      split: fork(['one', 'two'], 'both'),
      one: call({ next: 'both', outputs: [] }),
      two: ai({ next: 'both', outputs: [] }),
      both: join('done'),
      done: end(),
    })
    const running = await engine.start(plan, {
      script: {
        runStep: () => ({ status: 'failed', failure: { cause: 'data', message: 'No.', raw: null } }),
        openTask: (request) => due(request.stepId === 'one' ? 50 : 600_000)(request),
      },
    })
    const one = await running.task('one', isDesk)
    const two = await running.task('two', isDesk)
    await expect.poll(() => escalations(running).length, { timeout: 30_000 }).toBe(1)

    await running.decide(two, skip)
    await running.decide(one, skip)

    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(escalations(running).map(({ taskId, tier }) => [taskId, tier])).toEqual([[one.taskId, 0]])
  })
})
