import { WorkflowFailedError } from '@temporalio/client'
import { CancelledFailure } from '@temporalio/common'
import { Context } from '@temporalio/activity'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { refusalOf, startEngine, type Engine, type RunningCase } from './support/engine.ts'
import { draftAndReview } from './support/plans.ts'

describe('stopping a case', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine()
  })
  afterAll(async () => engine.close())

  const closings = (running: RunningCase): unknown[] =>
    engine.work.callsOf(running.caseId).flatMap((call) => (call.name === 'closeCase' ? [call.request] : []))

  /** A draft that is worked on until somebody does not want it any more. */
  function longWork(): { runStep: () => Promise<never>; begun: Promise<void>; wasAborted: () => boolean } {
    let begin: () => void = () => undefined
    let aborted = false
    const begun = new Promise<void>((resolve) => {
      begin = resolve
    })
    return {
      begun,
      wasAborted: () => aborted,
      runStep: async () => {
        const { cancellationSignal, heartbeat } = Context.current()
        const beat = setInterval(() => heartbeat(), 50)
        begin()
        await new Promise((resolve) => cancellationSignal.addEventListener('abort', resolve))
        clearInterval(beat)
        aborted = true
        throw new CancelledFailure('nobody wants it')
      },
    }
  }

  it('ends work that is under way, and then tells how the case ended', async () => {
    const work = longWork()
    const running = await engine.start(draftAndReview(), { script: { runStep: work.runStep } })
    await work.begun

    const reply = await running.stop('Client left')

    expect(reply).toEqual({ status: 'stopping' })
    expect(await running.result()).toEqual({ status: 'cancelled', outcome: 'Stopped by Maya: Client left' })
    expect(work.wasAborted()).toBe(true)
    expect(closings(running)).toMatchObject([{ status: 'cancelled', stepId: null }])
  })

  it('ends a case that waits for a person, and no decision comes after it', async () => {
    const running = await engine.start(draftAndReview(), {
      script: {
        closeCase: async () => new Promise((resolve) => setTimeout(resolve, 300)),
      },
    })
    const task = await running.task('check')

    await running.stop('Client left')
    const late = await refusalOf(running.decide(task, {}))
    const twice = await refusalOf(running.stop('Again'))

    expect([late.code, twice.code]).toEqual(['CaseClosing', 'CaseClosing'])
    expect(late.details).toMatchObject({ outcome: 'Stopped by Maya: Client left' })
    expect(await running.result()).toMatchObject({ status: 'cancelled' })
  })

  it('comes before a decision that is still held', async () => {
    const running = await engine.start(draftAndReview(), { undoMs: 60_000 })
    await running.decide(await running.task('check'), {})

    await running.stop('Client left')

    expect(await running.result()).toMatchObject({ status: 'cancelled' })
    expect(engine.work.factsOf(running.caseId).map(({ type }) => type)).toEqual(['task-decided'])
  })

  it('waits for a late task while it is escalated', async () => {
    const running = await engine.start(draftAndReview(), {
      script: {
        openTask: () => ({ dueAt: new Date().toISOString(), tiers: [] }),
        escalateTask: async () => {
          await new Promise((resolve) => setTimeout(resolve, 200))
          return { status: 'escalated' }
        },
      },
    })
    await expect
      .poll(() => engine.work.callsOf(running.caseId).some(({ name }) => name === 'escalateTask'))
      .toBe(true)

    await running.stop('Client left')

    expect(await running.result()).toMatchObject({ status: 'cancelled' })
  })

  it.each(['at work', 'at a gate', 'at the desk'])('also works from outside, %s', async (where) => {
    const work = longWork()
    const running = await engine.start(
      draftAndReview({ ai: { next: where === 'at the desk' ? 'no' : 'check' } }),
      {
        script: where === 'at work' ? { runStep: work.runStep } : {},
      },
    )
    if (where === 'at work') await work.begun
    else await running.task(where === 'at the desk' ? 'no' : 'check')

    await running.handle.cancel()
    const ended = await running.result().catch((error: unknown) => error)

    expect(ended).toBeInstanceOf(WorkflowFailedError)
    expect(ended).toMatchObject({ cause: expect.any(CancelledFailure) })
    expect(closings(running)).toMatchObject([{ status: 'cancelled', outcome: 'Cancelled' }])
    expect((await running.handle.describe()).status.name).toBe('CANCELLED')
  })

  it('cannot stop what is being closed already', async () => {
    const running = await engine.start(draftAndReview(), {
      script: { closeCase: async () => new Promise((resolve) => setTimeout(resolve, 400)) },
    })
    await running.decide(await running.task('check'), {})
    await expect
      .poll(() => engine.work.callsOf(running.caseId).some(({ name }) => name === 'closeCase'))
      .toBe(true)

    const refused = await refusalOf(running.stop('Too late'))
    await running.handle.cancel()

    expect(refused).toMatchObject({ code: 'CaseClosing', details: { outcome: 'Sent' } })
    expect(closings(running)).toMatchObject([{ status: 'done', outcome: 'Sent', stepId: 'done' }])
  })
})
