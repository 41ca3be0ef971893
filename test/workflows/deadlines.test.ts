import { ApplicationFailure } from '@temporalio/common'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EscalateTaskRequest, OpenTaskRequest, OpenTaskResult } from '#domain/case-messages.ts'
import { aDecision, maya, startEngine, type Engine, type RunningCase } from './support/engine.ts'
import { draftAndReview, end } from './support/plans.ts'

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

describe('a deadline', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine()
  })
  afterAll(async () => engine.close())

  const escalations = (running: RunningCase): EscalateTaskRequest[] =>
    engine.work
      .callsOf(running.caseId)
      .flatMap((call) => (call.name === 'escalateTask' ? [call.request] : []))

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
