import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DecideArgs, OpenTask, OpenTaskRequest, OpenTaskResult } from '#domain/case-messages.ts'
import {
  earlyCutBundle,
  eventually,
  maya,
  refusalOf,
  sam,
  startEngine,
  type Engine,
  type RunningCase,
} from './support/engine.ts'
import { aPlan, draftAndReview, end, manual } from './support/plans.ts'
import { openReplayer } from './support/replayer.ts'
import { runsOf } from './support/runs.ts'
import { aDocument } from './support/scripted-work.ts'

let engine: Engine
beforeAll(async () => {
  engine = await startEngine({ workflowBundle: await earlyCutBundle(), stickyMs: 10_000 })
})
afterAll(async () => engine.close())

const complete: Partial<DecideArgs> = {
  action: 'complete',
  editRef: aDocument(),
  editedFields: ['letter'],
}

async function replayFaults(running: RunningCase): Promise<string[]> {
  const replayer = openReplayer(engine.workflowBundle)
  const faults = await Promise.all((await runsOf(running.handle)).map((run) => replayer.faultsOf(run)))
  await replayer.close()
  return faults.flat()
}

/** Until the case has heard of its draft, without looking at it: a look can make the history longer. */
async function untilDrafted(running: RunningCase): Promise<void> {
  await eventually(
    async () => ((await running.events())['EVENT_TYPE_WORKFLOW_TASK_COMPLETED'] === 2 ? true : null),
    'the case to hear of its draft',
  )
}

describe('a history that has just grown long', () => {
  it('is not cut by a look, which a replay knows nothing of', async () => {
    // As long as it is when the gate is open: the workflow task of a look is what makes it longer.
    const running = await engine.start(draftAndReview({ review: { need: 2 } }), { longAfter: 9 })
    const first = await running.task('check')
    await untilDrafted(running)
    const looked = await running.snapshot()
    const before = (await runsOf(running.handle)).length
    await running.decide(first, { by: maya })
    await running.decide(await running.task('check', ({ version }) => version === 2), { by: sam })

    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(looked.openTasks).toMatchObject([{ version: 1 }])
    expect(before).toBe(1)
    expect((await runsOf(running.handle)).length).toBe(2)
    expect(await replayFaults(running)).toEqual([])
  })
})

describe('a history that is cut while the case stands still', () => {
  const plan = aPlan({ write: manual({ next: 'done', outputs: ['letter'] }), done: end() })
  const dueInMs = 3_600_000
  const openTask = ({ task }: OpenTaskRequest): OpenTaskResult => ({
    dueAt: new Date(task.dueAt ?? task.openedAt + dueInMs).toISOString(),
    tiers: [],
  })

  /** Gives orders that change nothing until the case goes on in another history. */
  async function untilCut(running: RunningCase): Promise<OpenTask> {
    const found = running.task('write', ({ version }) => version === 2)
    const state = { isCut: false }
    void found.finally(() => (state.isCut = true))
    while (!state.isCut) await running.command({ kind: 'go-by-hand', stepId: null }).catch(() => null)
    return found
  }

  /** How long the case stood still, by the instants of what it told. */
  function stoodStill(running: RunningCase): { pausedMs: number; told: number; dues: unknown } {
    const facts = engine.work.factsOf(running.caseId)
    const paused = facts.find((fact) => fact.type === 'case-paused')
    const resumed = facts.find((fact) => fact.type === 'case-resumed')
    if (paused === undefined || resumed?.type !== 'case-resumed') throw new Error('it did not stand still')
    const pausedMs = Date.parse(resumed.at) - Date.parse(paused.at)
    return { pausedMs, told: resumed.pausedMs, dues: resumed.dues }
  }

  it('leaves the task with people, and what is due moves on by the whole time', async () => {
    const running = await engine.start(plan, { longAfter: 30, script: { openTask } })
    const first = await running.task('write')
    await running.command({ kind: 'pause' })
    const again = await untilCut(running)
    await eventually(async () => (await running.snapshot()).openTasks[0]?.dueAt ?? null, 'the task')
    await running.command({ kind: 'resume' })
    const [open] = (await running.snapshot()).openTasks
    await running.decide(again, complete)

    expect(await running.result()).toMatchObject({ status: 'done' })
    const { pausedMs, told, dues } = stoodStill(running)
    const dueAt = first.openedAt + dueInMs + pausedMs
    expect(told).toBe(pausedMs)
    expect(open?.dueAt).toBe(dueAt)
    expect(dues).toEqual([{ taskId: first.taskId, dueAt: new Date(dueAt).toISOString() }])
    expect(await replayFaults(running)).toEqual([])
  })

  it('keeps to the new due time also when it goes on before the task is put before people again', async () => {
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    const running = await engine.start(plan, {
      longAfter: 30,
      script: {
        openTask: async (request) => {
          if (request.reopened) await held
          return openTask(request)
        },
      },
    })
    const first = await running.task('write')
    await running.command({ kind: 'pause' })
    const again = await untilCut(running)
    await running.command({ kind: 'resume' })
    release()
    await eventually(
      async () => ((await running.events())['EVENT_TYPE_ACTIVITY_TASK_COMPLETED'] === 1 ? true : null),
      'the task to be put before people again',
    )
    const [open] = (await running.snapshot()).openTasks
    await running.decide(again, complete)

    expect(await running.result()).toMatchObject({ status: 'done' })
    const { pausedMs, told } = stoodStill(running)
    expect(told).toBe(pausedMs)
    expect(open?.dueAt).toBe(first.openedAt + dueInMs + pausedMs)
    expect(await replayFaults(running)).toEqual([])
  })
})

describe('what comes while a history is cut', () => {
  it('finds the task open that was open before', async () => {
    const running = await engine.start(draftAndReview({ review: { need: 2 } }), { longAfter: 9 })
    const first = await running.task('check')
    await untilDrafted(running)
    await running.decide(first, { by: maya })
    await running.task('check', ({ version }) => version === 2)
    const [, second] = await runsOf(running.handle)
    if (second === undefined) throw new Error('the history was not cut')
    const stopped = await startEngine()
    await stopped.stopWorker()

    // The same history once more: what came in between is there before a worker is.
    const same = await stopped.start(draftAndReview({ review: { need: 2 } }), {
      ...second.input,
      caseId: randomUUID(),
    })
    const late = refusalOf(same.decide(first, { by: sam }))
    const raised = same.command({ kind: 'raise-exception', stepId: 'check', code: 'odd', note: '' })
    await new Promise((resolve) => setTimeout(resolve, 500))
    const after = await startEngine({ sameAs: stopped })

    expect(await late).toMatchObject({ code: 'TaskStale', details: { version: 2 } })
    expect(await raised).toMatchObject({ status: 'applied' })
    await Promise.all([same.stop('Enough'), running.stop('Enough')])
    await Promise.all([same.result(), running.result()])
    expect(await replayFaults(same)).toEqual([])
    await Promise.all([stopped.close(), after.close()])
  })
})
