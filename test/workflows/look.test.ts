import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { DefaultLogger, Worker, bundleWorkflowCode } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CasePlan } from '#domain/plan.ts'
import { startEngine, type Engine, type RunningCase } from './support/engine.ts'
import { ai, aPlan, draftAndReview, end } from './support/plans.ts'
import { aDraft } from './support/scripted-work.ts'

type Bundle = { code: string }

async function withBusyWorkflows(): Promise<Bundle> {
  return bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('support/busy-workflows.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  })
}

function manyDrafts(count: number): CasePlan {
  const ids = Array.from({ length: count }, (_, index) => `s${index}`)
  const steps = ids.map((id, index) => [id, ai({ next: ids[index + 1] ?? 'done', timeoutMs: 120_000 })])
  return aPlan({ ...Object.fromEntries(steps), done: end() })
}

/** Work for the worker, until it is called off. */
async function keepBusy({ client, taskQueue }: Engine, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const turns = 2_000_000 + Math.floor(Math.random() * 3_000_000)
    await client.workflow.start('busyWorkflow', { args: [turns], taskQueue, workflowId: randomUUID() })
    await sleep(400)
  }
}

/** Looks at a case, pauses and resumes it until it ends; gives how many looks were answered. */
async function disturb(running: RunningCase): Promise<number> {
  const over = new AbortController()
  let looks = 0
  const ended = running.result().then(() => over.abort())
  const repeat = async (pauseMs: number, work: () => Promise<unknown>): Promise<void> => {
    while (!over.signal.aborted) {
      // The case may end meanwhile: nobody answers then.
      await Promise.race([ended, work().catch(() => null), sleep(5_000)])
      await sleep(Math.random() * pauseMs)
    }
  }
  await Promise.all([
    ended,
    repeat(500, async () => {
      await running.snapshot()
      looks += 1
    }),
    repeat(800, () => running.command({ kind: Math.random() < 0.5 ? 'pause' : 'resume' })),
    repeat(2_000, () => running.command({ kind: 'resume' })),
  ])
  return looks
}

describe('a look at a running case', () => {
  let engine: Engine
  let bundle: Bundle
  beforeAll(async () => {
    bundle = await withBusyWorkflows()
    engine = await startEngine({ workflowBundle: bundle, stickyMs: 500, workflowSlots: 4 })
  })
  afterAll(async () => engine.close())

  it('tells what the case is at, and leaves nothing in its history', async () => {
    const running = await engine.start(draftAndReview())
    const task = await running.task('check')
    await running.snapshot()
    const before = await running.events()

    const snapshot = await running.snapshot()

    expect(snapshot).toMatchObject({
      at: ['check'],
      openTasks: [{ taskId: task.taskId }],
      status: 'waiting',
    })
    expect(await running.events()).toEqual(before)
    await running.decide(task, { action: 'approve' })
    await running.result()
    await expect(running.snapshot()).rejects.toThrow()
  })

  it('never changes the order in which a busy worker takes what comes together', async () => {
    const cases = await Promise.all(
      Array.from({ length: 10 }, () =>
        engine.start(manyDrafts(6), {
          script: {
            runStep: async () => {
              await sleep(100 + Math.random() * 400)
              return aDraft(['letter'])
            },
          },
        }),
      ),
    )
    const crowd = new AbortController()
    const crowding = keepBusy(engine, crowd.signal)
    const looks = await Promise.all(cases.map((running) => disturb(running)))
    crowd.abort()
    await crowding

    const histories = await Promise.all(cases.map((running) => running.history()))
    const timeOuts = histories
      .flatMap(({ history }) => history.events ?? [])
      .filter((event) => event.workflowTaskTimedOutEventAttributes)
    const errors: string[] = []
    for await (const { error } of Worker.runReplayHistories({ workflowBundle: bundle }, histories)) {
      if (error !== undefined) errors.push(error.message)
    }
    expect(errors).toEqual([])
    // Otherwise the worker was not busy, and nothing was tried.
    expect(timeOuts.length).toBeGreaterThan(0)
    expect(looks.reduce((sum, each) => sum + each, 0)).toBeGreaterThan(0)
  }, 240_000)
})
