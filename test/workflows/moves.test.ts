import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { moveUpdate, type DecideArgs, type MoveArgs, type MoveResult } from '#domain/case-messages.ts'
import type { CasePlan } from '#domain/plan.ts'
import { eventually, maya, refusalOf, startEngine, type Engine, type RunningCase } from './support/engine.ts'
import { ai, aPlan, call, end, manual, review, subProcess, wait } from './support/plans.ts'
import { openReplayer } from './support/replayer.ts'
import { runsOf } from './support/runs.ts'
import { aDocument, aDraft } from './support/scripted-work.ts'

let engine: Engine
beforeAll(async () => {
  engine = await startEngine()
})
afterAll(async () => engine.close())

const complete: Partial<DecideArgs> = {
  action: 'complete',
  editRef: aDocument(),
  editedFields: ['letter'],
}

function published(plan: CasePlan, version = 2): CasePlan {
  return { ...plan, version, hash: String(version).repeat(64) }
}

async function replayFaults(running: RunningCase): Promise<string[]> {
  const replayer = openReplayer(engine.workflowBundle)
  const faults = await Promise.all((await runsOf(running.handle)).map((run) => replayer.faultsOf(run)))
  await replayer.close()
  return faults.flat()
}

function openedAt(running: RunningCase): string[] {
  return engine.work
    .callsOf(running.caseId)
    .flatMap((made) => (made.name === 'openTask' ? [`${made.request.version} ${made.request.execId}`] : []))
}

describe('a case that is not asking anybody anything', () => {
  it('does not move while it waits for a message, as the dry run says', async () => {
    const plan = aPlan({
      papers: wait('read', { message: 'papers' }),
      read: manual({ next: 'done' }),
      done: end(),
    })
    const running = await engine.start(plan, {
      script: { runStep: () => ({ status: 'waits', until: new Date(Date.now() + 60_000).toISOString() }) },
    })
    await eventually(
      async () => ((await running.events())['EVENT_TYPE_ACTIVITY_TASK_COMPLETED'] === 1 ? true : null),
      'the wait to begin',
    )

    const { isSafePoint } = await running.snapshot()
    const refused = await refusalOf(running.move(published(plan)))
    await running.deliver('papers')
    await running.decide(await running.task('read'), complete)

    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(isSafePoint).toBe(false)
    expect(refused).toMatchObject({ code: 'NotAtSafePoint', details: { at: ['papers'] } })
    expect(openedAt(running)).toEqual(['1 read#1'])
  })

  it('that is in a version already does not move there again', async () => {
    const plan = aPlan({ first: manual({ next: 'done' }), done: end() })
    const running = await engine.start(plan)
    await running.task('first')
    await eventually(async () => ((await running.snapshot()).isSafePoint ? true : null), 'a safe point')
    await running.move(published(plan))
    const first = await running.task('first', ({ version }) => version === 2)

    const again = await running.move(published(plan))
    await running.decide(first, complete)

    expect(again).toEqual({ status: 'duplicate' })
    expect(await running.result()).toMatchObject({ status: 'done' })
    const moved = engine.work.factsOf(running.caseId).filter(({ type }) => type === 'case-moved')
    expect(moved).toHaveLength(1)
    expect(await replayFaults(running)).toEqual([])
  })

  it('does not move while it stands still before the next step', async () => {
    const plan = aPlan({
      first: manual({ next: 'ask' }),
      ask: call({ next: 'last', outputs: [] }),
      last: manual({ next: 'done' }),
      done: end(),
    })
    const running = await engine.start(plan)
    const first = await running.task('first')
    await running.command({ kind: 'pause' })
    await running.decide(first, complete)

    const { isSafePoint } = await running.snapshot()
    const refused = await refusalOf(running.move(published(plan)))
    await running.command({ kind: 'resume' })
    await running.decide(await running.task('last'), complete)

    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(isSafePoint).toBe(false)
    expect(refused.code).toBe('NotAtSafePoint')
  })

  it('does not move while the task is being put before people', async () => {
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    const plan = draftless()
    const running = await engine.start(plan, {
      script: {
        openTask: async () => {
          await held
          return { dueAt: null, tiers: [] }
        },
      },
    })
    const task = await running.task('write')

    const { isSafePoint } = await running.snapshot()
    const refused = await refusalOf(running.move(published(plan)))
    release()
    await running.decide(task, complete)

    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(isSafePoint).toBe(false)
    expect(refused.code).toBe('NotAtSafePoint')
  })
})

function draftless(): CasePlan {
  return aPlan({ write: manual({ next: 'done', outputs: ['letter'] }), done: end() })
}

/** `taken`, or why not. */
async function answerTo(sent: Promise<unknown>): Promise<string> {
  const result = await Promise.allSettled([sent])
  return result[0].status === 'fulfilled' ? 'taken' : (await refusalOf(sent)).code
}

describe('a move and a decision in the same moment', () => {
  it('are taken one before the other: what was decided is decided in the version that was shown', async () => {
    const stopped = await startEngine()
    const plan = aPlan({ write: manual({ next: 'old' }), old: manual({ next: 'done' }), done: end('Old') })
    const next = published(
      aPlan({ write: manual({ next: 'new' }), new: manual({ next: 'done' }), done: end('New') }),
    )
    const running = await stopped.start(plan)
    const task = await running.task('write')
    await running.idle()
    await stopped.stopWorker()

    const args: MoveArgs = { moveId: randomUUID(), by: maya, plan: next, stepIds: {} }
    const moving = answerTo(
      running.handle.executeUpdate<MoveResult, [MoveArgs]>(moveUpdate, { args: [args] }),
    )
    // Mostly the one that was sent first comes first; on a busy machine it may be the other.
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const deciding = answerTo(running.decide(task, complete))
    await new Promise((resolve) => setTimeout(resolve, 500))
    const after = await startEngine({ sameAs: stopped })

    const [moved, decided] = await Promise.all([moving, deciding])
    const hasMoved = moved === 'taken'
    if (hasMoved) await running.decide(await running.task('write', ({ version }) => version === 2), complete)
    await running.decide(await running.task(hasMoved ? 'new' : 'old'), complete)

    expect([moved, decided]).toEqual(hasMoved ? ['taken', 'TaskStale'] : ['NotAtSafePoint', 'taken'])
    expect(await running.result()).toMatchObject({ outcome: hasMoved ? 'New' : 'Old' })
    expect(await replayFaults(running)).toEqual([])
    await Promise.all([stopped.close(), after.close()])
  })
})

describe('a case that moves', () => {
  async function byHandPastItsGate(): Promise<RunningCase> {
    const running = await engine.start(
      aPlan({
        draft: ai({ next: 'check' }),
        check: review('draft', { next: 'send' }),
        send: manual({ next: 'done' }),
        done: end(),
      }),
    )
    await running.decide(await running.task('check'), { action: 'by-hand', reason: 'Tone' })
    await running.task('draft')
    await running.idle()
    return running
  }

  it('leads work done by hand past the gate where the new version does', async () => {
    const running = await byHandPastItsGate()

    await running.move(
      published(
        aPlan({
          draft: ai({ next: 'gate' }),
          gate: review('draft', { next: 'stamp' }),
          stamp: manual({ next: 'done' }),
          done: end('New'),
        }),
      ),
      { check: 'gate' },
    )
    await running.decide(await running.task('draft', ({ version }) => version === 2), complete)
    await running.decide(await running.task('stamp'), complete)

    expect(await running.result()).toMatchObject({ outcome: 'New' })
    expect(await replayFaults(running)).toEqual([])
  })

  it('has work done by hand read where the gate that it led past is gone', async () => {
    const running = await byHandPastItsGate()

    await running.move(
      published(aPlan({ draft: ai({ next: 'read' }), read: manual({ next: 'done' }), done: end('New') })),
    )
    await running.decide(await running.task('draft', ({ version }) => version === 2), complete)
    await running.decide(await running.task('read'), complete)

    expect(await running.result()).toMatchObject({ outcome: 'New' })
  })

  it('undoes what it did before, also where that is called otherwise or stood in another map inside', async () => {
    const {
      ir: _,
      semantics: __,
      ...inner
    } = aPlan({
      reserve: call({ next: 'end', outputs: [] }),
      release: call({ outputs: [] }),
      end: end(),
    })
    const sub = (version: number): typeof inner => ({
      ...inner,
      mapId: 'rooms',
      version,
      undo: { reserve: 'release' },
    })
    const before = {
      ...aPlan({
        book: call({ next: 'room', outputs: [] }),
        room: subProcess('rooms@1', { next: 'ask' }),
        ask: manual({ next: 'done' }),
        cancel: call({ outputs: [] }),
        done: end(),
      }),
      undo: { book: 'cancel' },
      subs: { 'rooms@1': sub(1) },
    }
    const after = published({
      ...aPlan({
        book: call({ next: 'hall', outputs: [] }),
        hall: subProcess('rooms@2', { next: 'ask' }),
        ask: manual({ next: 'done' }),
        revoke: call({ outputs: [] }),
        done: end(),
      }),
      undo: { book: 'revoke' },
      subs: { 'rooms@2': sub(2) },
    })
    const running = await engine.start(before, { script: { runStep: () => aDraft([]) } })
    await running.task('ask')
    await running.idle()

    await running.move(after, { cancel: 'revoke', room: 'hall' })
    await running.task('ask', ({ version }) => version === 2)
    await running.stop('Client left', { compensate: true })

    expect(await running.result()).toMatchObject({ status: 'cancelled' })
    const undone = engine.work
      .factsOf(running.caseId)
      .flatMap((fact) =>
        fact.type === 'step-undone' ? [`${fact.undoes} by ${fact.execId}: ${fact.how}`] : [],
      )
    expect(undone).toEqual(['room/reserve#1 by hall/release#1: system', 'book#1 by revoke#1: system'])
    expect(await replayFaults(running)).toEqual([])
  })

  it('is done by hand where it was, also where that is called otherwise', async () => {
    const running = await engine.start(
      aPlan({ first: manual({ next: 'draft' }), draft: ai({ next: 'done' }), done: end() }),
    )
    await running.task('first')
    await running.command({ kind: 'go-by-hand', stepId: 'draft' })
    await running.idle()

    await running.move(
      published(aPlan({ first: manual({ next: 'sketch' }), sketch: ai({ next: 'done' }), done: end('New') })),
      { draft: 'sketch' },
    )
    await running.decide(await running.task('first', ({ version }) => version === 2), complete)
    const byHand = await running.task('sketch')
    await running.decide(byHand, complete)

    expect(await running.result()).toMatchObject({ outcome: 'New' })
    expect(byHand.kind).toBe('by-hand')
  })

  it('goes on under the new name where its step is called otherwise, and is open at no other', async () => {
    const running = await engine.start(aPlan({ write: manual({ next: 'done' }), done: end() }))
    const task = await running.task('write')
    await running.idle()

    await running.move(published(aPlan({ compose: manual({ next: 'done' }), done: end('New') })), {
      write: 'compose',
      done: 'done',
    })
    await running.decide(await running.task('compose', ({ version }) => version === 2), complete)

    expect(await running.result()).toMatchObject({ outcome: 'New' })
    const facts = engine.work.factsOf(running.caseId)
    expect(facts.map((fact) => [fact.type, 'execId' in fact ? fact.execId : null])).toEqual([
      ['case-moved', null],
      ['step-abandoned', 'write#1'],
      ['task-decided', 'compose#1'],
      ['step-finished', 'compose#1'],
    ])
    expect(facts[0]).toMatchObject({ stepIds: { write: 'compose' } })
    const opened = engine.work
      .callsOf(running.caseId)
      .flatMap((made) =>
        made.name === 'openTask' ? [[made.request.task.taskId, made.request.task.execId]] : [],
      )
    expect(opened).toEqual([
      [task.taskId, 'write#1'],
      [task.taskId, 'compose#1'],
    ])
    expect(await replayFaults(running)).toEqual([])
  })
})

describe('a name that another step had', () => {
  it('is asked anew, also where the same step comes back to it', async () => {
    const running = await engine.start(aPlan({ write: manual({ next: 'done' }), done: end() }))
    await running.task('write')
    const versions = [
      ['compose', 'write'],
      ['write', 'compose'],
      ['compose', 'write'],
    ] as const
    for (const [at, [name, before]] of versions.entries()) {
      await running.idle()
      await running.move(published(aPlan({ [name]: manual({ next: 'done' }), done: end() }), at + 2), {
        [before]: name,
      })
      await running.task(name, ({ version }) => version === at + 2)
    }
    await running.decide(await running.task('compose', ({ version }) => version === 4), complete)

    await running.result()
    expect(openedAt(running)).toEqual(['1 write#1', '2 compose#1.v2', '3 write#2.v3', '4 compose#2.v4'])
    const facts = engine.work.factsOf(running.caseId)
    expect(facts.filter(({ type }) => type === 'step-abandoned')).toMatchObject([
      { stepId: 'write', execId: 'write#1' },
      { stepId: 'compose', execId: 'compose#1' },
      { stepId: 'write', execId: 'write#2' },
    ])
    // However often it was called otherwise, it came there once.
    expect(facts.find(({ type }) => type === 'step-finished')).toMatchObject({
      execId: 'compose#2',
      visit: 1,
    })
    expect(await replayFaults(running)).toEqual([])
  })

  it('is worked on anew by the step that has it now, and counts from one', async () => {
    const running = await engine.start(
      aPlan({ check: ai({ next: 'read' }), read: manual({ next: 'done' }), done: end() }),
    )
    await running.task('read')
    await running.idle()
    await running.move(
      published(
        aPlan({
          verify: ai({ next: 'read' }),
          read: manual({ next: 'check' }),
          check: ai({ next: 'done', maxVisits: 1 }),
          done: end('New'),
        }),
      ),
      { check: 'verify' },
    )
    await running.decide(await running.task('read', ({ version }) => version === 2), complete)

    expect(await running.result()).toMatchObject({ outcome: 'New' })
    const worked = engine.work
      .callsOf(running.caseId)
      .flatMap((made) => (made.name === 'runStep' ? [[made.request.execId, made.request.visit]] : []))
    expect(worked).toEqual([
      ['check#1', 1],
      ['check#2', 1],
    ])
    expect(await replayFaults(running)).toEqual([])
  })

  it('is not mixed up where two steps change names, or one that is gone leaves its own behind', async () => {
    const running = await engine.start(
      aPlan({ one: manual({ next: 'two' }), two: manual({ next: 'done' }), done: end() }),
    )
    await running.decide(await running.task('one'), complete)
    await running.task('two')
    await running.idle()
    await running.move(
      published(aPlan({ two: manual({ next: 'one' }), one: manual({ next: 'done' }), done: end() })),
      { one: 'two', two: 'one' },
    )
    await running.task('one', ({ version }) => version === 2)
    await running.idle()
    await running.move(published(aPlan({ one: manual({ next: 'done' }), done: end() }), 3), {})
    await running.task('one', ({ version }) => version === 3)
    await running.idle()
    await running.move(published(aPlan({ two: manual({ next: 'done' }), done: end() }), 4), { one: 'two' })
    await running.decide(await running.task('two', ({ version }) => version === 4), complete)

    await running.result()
    // What was done as "one", and then called "two", was the other step.
    expect(openedAt(running)).toEqual(['1 one#1', '1 two#1', '2 one#2.v2', '3 one#2.v3', '4 two#3.v4'])
    expect(await replayFaults(running)).toEqual([])
  })
})
