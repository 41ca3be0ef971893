import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CaseInput, OpenTaskRequest, OpenTaskResult } from '#domain/case-messages.ts'
import { referencePlan, referenceSteps } from '../../bench/engine/reference.ts'
import { aDecision, eventCounts, maya, startEngine, type Engine, type RunningCase } from './support/engine.ts'
import { ai, aPlan, call, draftAndReview, end, manual, review } from './support/plans.ts'
import { aDocument } from './support/scripted-work.ts'

const inAMinute = ({ task }: OpenTaskRequest): OpenTaskResult => ({
  dueAt: new Date((task.openedAt ?? Date.now()) + 60_000).toISOString(),
  tiers: [],
})

/** The most events that a case may have, fault-free: so many activities, gates, breaches and updates. */
function budget({ a = 0, g = 0, b = 0, u = 0, f = 0 }): number {
  return 5 + 6 * a + 13 * g + 11 * b + 5 * u + 6 * f
}

const total = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)

/** Everything but workflow tasks, whose number depends on what happens to come together. */
const withoutTasks = (counts: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([type]) => !type.includes('WORKFLOW_TASK')))

describe('the history of a case', () => {
  let engine: Engine
  beforeAll(async () => {
    const bundle = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('../../bench/engine/workflows.ts', import.meta.url)),
      logger: new DefaultLogger('ERROR'),
    })
    engine = await startEngine({ workflowBundle: bundle })
  })
  afterAll(async () => engine.close())

  async function openGate(running: RunningCase, stepId: string, timers: number): Promise<void> {
    const task = await running.task(stepId)
    await expect
      .poll(async () => (await running.events())['EVENT_TYPE_TIMER_STARTED'] ?? 0, { timeout: 10_000 })
      .toBe(timers)
    await running.decide(task, {})
  }

  /** Runs the same process as somebody would have written it by hand. */
  async function twin(): Promise<Record<string, number>> {
    const caseId = randomUUID()
    engine.work.forCase(caseId, { openTask: inAMinute })
    const input: CaseInput = {
      v: 1,
      semantics: 1,
      caseId,
      pilotId: 'pilot-1',
      plan: referencePlan,
      undoMs: 0,
      fields: { request: aDocument() },
      values: {},
      startedBy: { ...maya, id: 'lena' },
      carry: null,
    }
    const handle = await engine.client.workflow.start('twinWorkflow', {
      args: [input],
      taskQueue: engine.taskQueue,
      workflowId: `twin:${caseId}`,
    })
    let timers = 0
    for (const { id, gate } of referenceSteps) {
      if (!gate) continue
      timers += 1
      await expect
        .poll(async () => (await eventCounts(handle))['EVENT_TYPE_TIMER_STARTED'] ?? 0, { timeout: 10_000 })
        .toBe(timers)
      const opened = engine.work
        .callsOf(caseId)
        .flatMap((made) => (made.name === 'openTask' ? [made.request.task] : []))
        .find(({ taskId }) => taskId.includes(id))
      if (opened === undefined) throw new Error(`the twin did not open ${id}`)
      await handle.executeUpdate('decide', { args: [aDecision(opened)] })
    }
    await handle.result()
    return eventCounts(handle)
  }

  it('had exactly the events of a workflow written by hand while each gate was opened by itself', async () => {
    const plan = { ...referencePlan, semantics: 1 }
    const running = await engine.start(plan, { script: { openTask: inAMinute } })
    await openGate(running, 'check-facts', 1)
    await openGate(running, 'check-draft', 2)
    await running.result()
    const interpreted = await running.events()

    const byHand = await twin()

    expect(withoutTasks(interpreted)).toEqual(withoutTasks(byHand))
    expect(withoutTasks(interpreted)).toEqual({
      EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: 1,
      EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: 8,
      EVENT_TYPE_ACTIVITY_TASK_STARTED: 8,
      EVENT_TYPE_ACTIVITY_TASK_COMPLETED: 8,
      EVENT_TYPE_TIMER_STARTED: 2,
      EVENT_TYPE_TIMER_CANCELED: 2,
      EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED: 2,
      EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED: 2,
      EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED: 1,
    })
    expect(total(interpreted)).toBeLessThanOrEqual(total(byHand))
    expect(total(interpreted)).toBeLessThanOrEqual(budget({ a: 5 + 1, g: 2 }))
  })

  it('has fewer events than a workflow written by hand, since a draft opens the gate that reads it', async () => {
    const running = await engine.start(referencePlan, { script: { openTask: inAMinute } })
    await openGate(running, 'check-facts', 1)
    await openGate(running, 'check-draft', 2)
    await running.result()
    const interpreted = await running.events()

    const byHand = await twin()

    expect(withoutTasks(interpreted)).toEqual({
      ...withoutTasks(byHand),
      EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: 6,
      EVENT_TYPE_ACTIVITY_TASK_STARTED: 6,
      EVENT_TYPE_ACTIVITY_TASK_COMPLETED: 6,
    })
    expect(total(interpreted)).toBeLessThanOrEqual(0.85 * total(byHand))
  })

  it('keeps to its budget with send-backs, a breach, an undo and a case stopped', async () => {
    const sentBack = await engine.start(draftAndReview(), { script: { openTask: inAMinute } })
    const first = await sentBack.task('check')
    await sentBack.decide(first, { action: 'send-back', reason: 'Tone' })
    await sentBack.decide(await sentBack.task('check', ({ visit }) => visit === 2), {})
    await sentBack.result()

    const late = await engine.start(draftAndReview(), {
      script: {
        openTask: ({ task }) => ({ dueAt: new Date(task.openedAt + 30).toISOString(), tiers: [] }),
      },
    })
    const task = await late.task('check')
    await expect.poll(async () => (await late.snapshot()).openTasks[0]?.breaches, { timeout: 10_000 }).toBe(1)
    await late.decide(task, {})
    await late.result()

    const undone = await engine.start(draftAndReview(), { undoMs: 300 })
    const held = await undone.task('check')
    const decision = aDecision(held)
    await undone.decide(held, decision)
    await undone.undo(decision.decisionId, maya)
    await undone.decide(await undone.task('check', ({ version }) => version === 2), {})
    await undone.result()

    const stopped = await engine.start(draftAndReview())
    await stopped.task('check')
    await stopped.stop('Enough')
    await stopped.result()

    expect(total(await sentBack.events())).toBeLessThanOrEqual(budget({ a: 2 + 1, g: 2 }))
    expect(total(await late.events())).toBeLessThanOrEqual(budget({ a: 1 + 1, g: 1, b: 1 }))
    // Two openings, two decisions held, and the undo itself.
    expect(total(await undone.events())).toBeLessThanOrEqual(budget({ a: 1 + 1, g: 2, u: 3 }))
    expect(total(await stopped.events())).toBeLessThanOrEqual(budget({ a: 1 + 1, g: 1, u: 1 }))
  })

  it('counts a late desk like any gate: its timer, and the breach', async () => {
    const running = await engine.start(aPlan({ ask: call({ next: 'done', outputs: [] }), done: end() }), {
      script: {
        runStep: () => ({ status: 'failed', failure: { cause: 'call-refused', message: 'No.', raw: null } }),
        openTask: ({ task }) => ({
          dueAt: new Date(task.openedAt + 100).toISOString(),
          tiers: [new Date(task.openedAt + 600_000).toISOString()],
        }),
      },
    })
    const desk = await running.task('ask')
    await expect
      .poll(async () => (await running.events())['EVENT_TYPE_TIMER_STARTED'], { timeout: 30_000 })
      .toBe(2)
    await running.decide(desk, { action: 'skip' })
    await running.result()

    const events = await running.events()
    expect(withoutTasks(events)).toEqual({
      EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: 1,
      // The call, the desk, the breach, the end.
      EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: 4,
      EVENT_TYPE_ACTIVITY_TASK_STARTED: 4,
      EVENT_TYPE_ACTIVITY_TASK_COMPLETED: 4,
      EVENT_TYPE_TIMER_STARTED: 2,
      EVENT_TYPE_TIMER_FIRED: 1,
      EVENT_TYPE_TIMER_CANCELED: 1,
      EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED: 1,
      EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED: 1,
      EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED: 1,
    })
    expect(total(events)).toBeLessThanOrEqual(budget({ a: 1 + 1, g: 1, b: 1 }))
  })

  it('holds references only, never what a document says', async () => {
    const plan = aPlan({
      write: manual({ next: 'draft', outputs: ['notes'] }),
      draft: ai({ next: 'check', inputs: ['notes'] }),
      check: review('draft', { next: 'done' }),
      done: end(),
    })
    const running = await engine.start(plan)

    await running.decide(await running.task('write'), {
      action: 'complete',
      editRef: { id: 'doc-notes', sha256: 'f'.repeat(64), bytes: 190_000 },
      editedFields: ['notes'],
    })
    await running.decide(await running.task('check'), {})
    await running.result()

    const bytes = JSON.stringify((await running.history()).history).length
    expect(bytes).toBeLessThan(100_000)
  })
})
