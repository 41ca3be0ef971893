import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  aDecision,
  maya,
  refusalOf,
  sam,
  startEngine,
  type Engine,
  type RunningCase,
} from './support/engine.ts'
import { aPlan, ai, draftAndReview, end, manual, review } from './support/plans.ts'
import type { ActorRef, OpenTask } from '#domain/case-messages.ts'
import { aDraft } from './support/scripted-work.ts'

describe('a decision', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine()
  })
  afterAll(async () => engine.close())

  /** A case that stays open after its first review. */
  const twoGates = aPlan({
    draft: ai({ next: 'check' }),
    check: review('draft', { next: 'last' }),
    last: manual({ next: 'done' }),
    done: end(),
  })
  const effectsOf = (running: RunningCase): number =>
    engine.work.factsOf(running.caseId).filter(({ type }) => type === 'task-decided').length

  async function finish(running: RunningCase): Promise<void> {
    await running.decide(await running.task('last'), { action: 'complete' })
    await running.result()
  }

  it('is taken once, however often it is sent at once', async () => {
    const running = await engine.start(twoGates)
    const task = await running.task('check')
    const decisionId = randomUUID()

    // The server itself lets one update of an id through; what counts is what everybody is told.
    const replies = await Promise.all(
      Array.from({ length: 20 }, async () => running.decide(task, { decisionId })),
    )
    await finish(running)

    expect(new Set(replies.map(({ taskId }) => taskId)).size).toBe(1)
    expect(replies.every(({ status }) => status === 'applied')).toBe(true)
    expect(effectsOf(running)).toBe(2)
  })

  it('is answered the same when it comes late under another update id, and refused with another body', async () => {
    const running = await engine.start(twoGates)
    const task = await running.task('check')
    const decision = aDecision(task, { digest: 'one' })
    await running.decide(task, decision)
    await running.task('last')

    const late = await running.handle.executeUpdate('decide', { args: [decision] })
    const other = await refusalOf(
      running.handle.executeUpdate('decide', { args: [{ ...decision, digest: 'two' }] }),
    )
    await finish(running)

    expect(late).toMatchObject({ status: 'duplicate', taskId: task.taskId })
    expect(other.code).toBe('DecisionIdReused')
    expect(effectsOf(running)).toBe(2)
  })

  it('tells the loser who was first, when and how', async () => {
    const running = await engine.start(twoGates)
    const task = await running.task('check')

    await running.decide(task, { by: maya, action: 'approve' })
    const loser = await refusalOf(running.decide(task, { by: sam, action: 'send-back', reason: 'Tone' }))
    await finish(running)

    expect(loser).toMatchObject({
      code: 'TaskAlreadyDecided',
      details: { by: 'Maya', action: 'approve', at: expect.stringMatching(/^\d{4}-/) },
    })
  })

  it('wins alone when two come in one task of the worker', async () => {
    const before = await startEngine()
    const running = await before.start(twoGates)
    const task = await running.task('check')
    await before.stopWorker()

    const both = [maya, sam].map(async (by) => running.decide(task, { by }))
    await new Promise((resolve) => setTimeout(resolve, 200))
    const after = await startEngine({ sameAs: before })
    const outcomes = await Promise.allSettled(both)
    await running.decide(await running.task('last'), { action: 'complete' })
    await running.result()
    await after.close()
    await before.close()

    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const facts = before.work.factsOf(running.caseId)
    expect(facts.filter(({ type }) => type === 'task-decided')).toHaveLength(2)
  })

  it('wins alone even when an interceptor waits between the check and the decision', async () => {
    const bundle = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
      workflowInterceptorModules: [
        fileURLToPath(new URL('support/awaiting-interceptor.ts', import.meta.url)),
      ],
      logger: {
        ...console,
        trace: () => undefined,
        info: () => undefined,
        debug: () => undefined,
        log: () => undefined,
      },
    })
    const waiting = await startEngine({ workflowBundle: bundle })
    try {
      const running = await waiting.start(draftAndReview())
      const task = await running.task('check')

      const outcomes = await Promise.allSettled([
        running.decide(task, { by: maya }),
        running.decide(task, { by: sam }),
      ])
      await running.result()

      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
      const facts = waiting.work.factsOf(running.caseId)
      expect(facts.filter(({ type }) => type === 'task-decided')).toHaveLength(1)
    } finally {
      await waiting.close()
    }
  })

  it('is refused before its task is there, after its case has ended, and for something since changed', async () => {
    const running = await engine.start(draftAndReview(), {
      script: {
        runStep: async () => {
          await new Promise((resolve) => setTimeout(resolve, 100))
          return aDraft(['letter'])
        },
      },
    })
    const early = await refusalOf(running.decide({ ...blankTask, taskId: `${running.caseId}.check.2` }, {}))
    const task = await running.task('check')
    const version = await refusalOf(running.decide(task, { taskVersion: 2 }))
    const hash = await refusalOf(running.decide(task, { shownHash: 'something else' }))
    await running.decide(task, {})
    await running.result()
    const after = running.decide(task, {})

    expect([early.code, version.code, hash.code]).toEqual(['TaskNotFound', 'TaskStale', 'TaskStale'])
    await expect(after).rejects.toThrow(/already completed|not found/)
  })

  it('is taken even when it is faster than the inbox', async () => {
    let opening: () => void = () => undefined
    const opened = new Promise<void>((resolve) => {
      opening = resolve
    })
    const running = await engine.start(draftAndReview(), {
      script: {
        openTask: async () => {
          await opened
          return { dueAt: null, tiers: [] }
        },
      },
    })
    const task = await running.task('check')

    const reply = running.decide(task, {})
    await new Promise((resolve) => setTimeout(resolve, 200))
    opening()

    expect((await reply).status).toBe('applied')
    expect(await running.result()).toMatchObject({ status: 'done' })
  })

  it.each([
    ['an action that is not offered', { action: 'complete' }, 'ActionNotAllowed'],
    ['a send-back without a reason', { action: 'send-back' }, 'ReasonRequired'],
    ['an edit without words', { action: 'edit' }, 'ValuesInvalid'],
    [
      'an edit that is too big',
      { action: 'edit', editRef: { id: 'x', sha256: 'x', bytes: 300_000 } },
      'EditTooLarge',
    ],
  ] as const)('is refused for %s, and leaves no trace in the history', async (_, args, code) => {
    const running = await engine.start(draftAndReview())
    const task = await running.task('check')
    await expect.poll(async () => (await running.events())['EVENT_TYPE_ACTIVITY_TASK_COMPLETED']).toBe(1)
    await expect.poll(async () => (await running.events())['EVENT_TYPE_WORKFLOW_TASK_COMPLETED']).toBe(2)
    const before = await running.events()

    const refused = await refusalOf(running.decide(task, args))
    const after = await running.events()
    await running.decide(task, {})
    await running.result()

    expect(refused.code).toBe(code)
    expect(after).toEqual(before)
  })

  describe('that can be undone', () => {
    it('acts only when the time is over', async () => {
      const running = await engine.start(twoGates, { undoMs: 400 })
      const task = await running.task('check')

      const reply = await running.decide(task, {})
      const decidedAt = Date.now()
      await running.task('last')

      expect(Date.now() - decidedAt).toBeGreaterThan(300)
      expect(Date.parse(reply.undoUntil ?? '') - decidedAt).toBeGreaterThan(200)
      await running.stop('enough')
    })

    it('opens its task anew, and only whoever took it may take it back', async () => {
      const running = await engine.start(twoGates, { undoMs: 5_000 })
      const task = await running.task('check')
      const decision = aDecision(task, { by: maya, action: 'reject', reason: 'Tone' })
      await running.decide(task, decision)

      const stranger = await refusalOf(running.undo(decision.decisionId, sam))
      const undone = await running.undo(decision.decisionId, maya)
      const again = await refusalOf(running.undo(decision.decisionId, maya))
      const reopened = await running.task('check', ({ version }) => version === 2)
      const stale = await refusalOf(running.decide(task, {}))
      await running.stop('enough')

      expect([stranger.code, again.code, stale.code]).toEqual(['UndoClosed', 'UndoClosed', 'TaskStale'])
      expect(undone).toMatchObject({
        taskId: task.taskId,
        taskVersion: 2,
        facts: [{ type: 'task-undone', draft: 'rejected', draftStepId: 'draft' }],
      })
      expect(reopened).toMatchObject({ version: 2, shownHash: task.shownHash })
    })

    it('cannot be undone once it acts', async () => {
      const running = await engine.start(twoGates, { undoMs: 100 })
      const task = await running.task('check')
      const decision = aDecision(task)
      await running.decide(task, decision)
      await running.task('last')

      const late = await refusalOf(running.undo(decision.decisionId, maya))
      await running.stop('enough')

      expect(late.code).toBe('UndoClosed')
    })
  })

  it('is known across a history that was cut at a gate, with the votes before it', async () => {
    const plan = draftAndReview({ review: { need: 210 } })
    const running = await engine.start(plan)
    const { runId: firstRun } = await running.handle.describe()
    const first = await running.task('check')
    const voter = (number: number): ActorRef => ({ id: `p${number}`, name: `P${number}`, sample: false })
    const votes = Array.from({ length: 200 }, (_, number) => aDecision(first, { by: voter(number) }))

    for (let from = 0; from < votes.length; from += 8) {
      await Promise.all(votes.slice(from, from + 8).map(async (vote) => running.decide(first, vote)))
    }
    const open = await running.task('check', ({ version }) => version === 2)
    const repeated = await running.handle.executeUpdate('decide', { args: [votes[0]] })
    const stale = await refusalOf(running.decide(first, { by: voter(200) }))
    for (let number = 200; number < 210; number += 1) await running.decide(open, { by: voter(number) })

    expect(await running.result()).toEqual({ status: 'done', outcome: 'Sent' })
    expect((await running.handle.describe()).runId).not.toBe(firstRun)
    expect(open).toMatchObject({ taskId: first.taskId, openedAt: first.openedAt, version: 2 })
    expect(open.votes).toHaveLength(200)
    expect(repeated).toMatchObject({ status: 'duplicate' })
    expect(stale.code).toBe('TaskStale')
    const facts = engine.work.factsOf(running.caseId)
    expect(facts.map(({ seq }) => seq)).toEqual(facts.map((_, index) => index + 1))
    expect(facts.filter(({ type }) => type === 'vote-counted')).toHaveLength(209)
  })
})

const blankTask: OpenTask = {
  taskId: '',
  stepId: 'check',
  execId: 'check#1',
  visit: 1,
  kind: 'review',
  version: 1,
  shownHash: 'unknown',
  options: [],
  outputs: [],
  excluded: [],
  need: 1,
  votes: [],
  reasons: [],
  openedAt: 0,
  dueAt: null,
  breaches: 0,
}
