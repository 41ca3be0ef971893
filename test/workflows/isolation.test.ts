import { ApplicationFailure } from '@temporalio/common'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { maya, sam, startEngine, type Engine } from './support/engine.ts'
import { draftAndReview } from './support/plans.ts'
import { aDocument, aDraft } from './support/scripted-work.ts'

describe('cases beside one another', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine()
  })
  afterAll(async () => engine.close())

  it('know nothing of each other', async () => {
    const started = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const draft = aDocument(`case ${index}`)
        return {
          draft,
          running: await engine.start(draftAndReview({ review: { need: 2, fourEyes: true } }), {
            startedBy: { id: `starter-${index}`, name: 'Starter', sample: false },
            script: {
              runStep: () => ({ status: 'done', output: draft, fields: ['letter'], values: {} }),
            },
          }),
        }
      }),
    )

    await Promise.all(
      started.map(async ({ running }) => {
        const task = await running.task('check')
        await running.decide(task, { by: maya })
        await running.decide(task, { by: sam })
        await running.result()
      }),
    )

    started.forEach(({ running, draft }, index) => {
      const calls = engine.work.callsOf(running.caseId)
      const opened = calls.flatMap((call) => (call.name === 'openTask' ? [call.request] : []))
      expect(opened).toHaveLength(1)
      expect(opened[0]).toMatchObject({
        draft,
        written: { letter: draft },
        task: { excluded: [`starter-${index}`], votes: [] },
      })
      const facts = engine.work.factsOf(running.caseId)
      expect(facts.map(({ seq, type }) => `${seq} ${type}`)).toEqual([
        '1 vote-counted',
        '2 task-decided',
        '3 step-finished',
      ])
    })
  })
})

describe('a worker that forgets everything after each task', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine({ maxCachedWorkflows: 0 })
  })
  afterAll(async () => engine.close())

  it('takes every case on where it stood', async () => {
    const running = await engine.start(draftAndReview({ review: { need: 2 } }), {
      undoMs: 100,
      script: {
        openTask: ({ task }) => ({
          dueAt: new Date(task.dueAt ?? task.openedAt + 40).toISOString(),
          tiers: [],
        }),
      },
    })

    const first = await running.task('check')
    await running.decide(first, { by: maya, action: 'send-back', reason: 'Tone' })
    const second = await running.task('check', ({ visit }) => visit === 2)
    await running.decide(second, { by: maya })
    await expect
      .poll(async () => (await running.snapshot()).openTasks[0]?.breaches, { timeout: 60_000, interval: 500 })
      .toBe(1)
    const { openTasks } = await running.snapshot()
    await running.decide(second, { by: sam })

    expect(openTasks).toMatchObject([{ votes: ['maya'], breaches: 1 }])
    expect(await running.result()).toEqual({ status: 'done', outcome: 'Sent' })
    const facts = engine.work.factsOf(running.caseId)
    expect(facts.map(({ seq }) => seq)).toEqual(facts.map((_, index) => index + 1))
  }, 120_000)
})

describe('workers that come and go', () => {
  it('do every piece of work once, whichever of them finishes it', async () => {
    let engine = await startEngine()
    const stored = new Map<string, ReturnType<typeof aDraft>>()
    let attempts = 0
    const running = await engine.start(draftAndReview({ ai: { attempts: 3 } }), {
      script: {
        runStep: ({ execId }) => {
          attempts += 1
          const known = stored.get(execId)
          if (known !== undefined) return known
          stored.set(execId, aDraft(['letter']))
          // What was stored is there; that it was done, nobody heard.
          throw ApplicationFailure.retryable('the worker is gone', 'Gone')
        },
      },
    })
    const task = await running.task('check')

    await engine.stopWorker()
    const next = await startEngine({ sameAs: engine })
    await running.decide(task, { action: 'send-back', reason: 'Tone' })
    await running.task('check', ({ visit }) => visit === 2)
    await next.stopWorker()
    const last = await startEngine({ sameAs: engine })
    await running.decide(await running.task('check', ({ visit }) => visit === 2), {})
    const result = await running.result()
    await Promise.all([engine.close(), next.close(), last.close()])

    expect(result).toMatchObject({ status: 'done' })
    expect([...stored.keys()]).toEqual(['draft#1', 'draft#2'])
    expect(attempts).toBe(4)
    const opened = engine.work.callsOf(running.caseId).findLast((call) => call.name === 'openTask')
    expect(opened?.request).toMatchObject({ draft: outputOf(stored.get('draft#2')) })
  })
})

function outputOf(draft: ReturnType<typeof aDraft> | undefined): unknown {
  return draft?.status === 'done' ? draft.output : null
}
