import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProcessMap } from '#domain/process-map.ts'
import { run, sql } from '#store/db.ts'
import { checkInvariants } from '#store/invariants.ts'
import { rebuild } from '#store/rebuild.ts'
import { aMap, decision, end, manual, next } from '#test/support/maps.ts'
import { readModel, spoil } from '#test/support/read-model.ts'
import { addPilot } from '#test/support/store.ts'
import { planReconciling } from '#workers/reconcile-schedule.ts'
import { openLiveCases, type LiveCases } from './support/live-cases.ts'

/** Two pieces of work by hand, and a rule between them that reads the amount. */
function byHand(): ProcessMap {
  return aMap([manual('one'), decision('big'), manual('two'), end()], {
    links: [
      next('one', 'big'),
      { on: 'when', from: 'big', to: 'two', label: 'Big', condition: 'amount > 1000000.0' },
      { on: 'otherwise', from: 'big', to: 'two', label: 'Otherwise' },
      next('two', 'done'),
    ],
  })
}

const quiet = { checked: expect.any(Number), repaired: 0, stalled: 0, wentOn: 0, unmended: 0 }

describe('a case that the engine cannot move', () => {
  let live: LiveCases
  let pilotId: string
  const faulty = async (): Promise<{ code: string }> =>
    bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('support/faulty-workflows.ts', import.meta.url)),
      logger: new DefaultLogger('ERROR'),
    })
  beforeAll(async () => {
    live = await openLiveCases()
    ;({ pilotId } = await addPilot(live.store.db, byHand()))
  })
  afterAll(() => live.close())

  it('is found by itself within a minute, beside others that are not touched, and goes on after the mend', async () => {
    const bundle = await faulty()
    const worker = await live.startWorker({ bundle })
    // Each worker plans the rounds at its start, and all mean the same.
    const schedule = { taskQueue: live.queue, scheduleId: `reconcile-${live.queue}` }
    await planReconciling(live.client, schedule)
    await planReconciling(live.client, schedule)
    const began = Date.now()
    const [stuck, well] = await Promise.all([live.start(pilotId, 666), live.start(pilotId, 12)])
    await live.task(well, 'one')

    await expect
      .poll(async () => (await live.row(stuck.caseId)).status, { timeout: 90_000, interval: 500 })
      .toBe('stalled')
    const since = (await live.row(stuck.caseId)).stalled_since ?? ''
    expect(Math.abs(Date.parse(since) - began)).toBeLessThan(15_000)
    expect(await live.row(well.caseId)).toMatchObject({
      status: 'waiting',
      step_id: 'one',
      stalled_since: null,
    })

    await worker.stop()
    const mended = await live.startWorker()
    await live.task(stuck, 'one')
    await expect
      .poll(async () => (await live.row(stuck.caseId)).status, { timeout: 90_000, interval: 500 })
      .toBe('waiting')
    expect(await live.audited(stuck.caseId)).toEqual(['reconcile:stalled', 'reconcile:went-on'])
    expect(await live.audited(well.caseId)).toEqual([])
    const told = await live.eventsOf(stuck.caseId)
    expect(told.filter(({ type }) => type === 'case-stalled' || type === 'case-went-on')).toMatchObject([
      { type: 'case-stalled', why: 'failing', since },
      { type: 'case-went-on', since },
    ])
    await live.client.schedule.getHandle(schedule.scheduleId).delete()
    await mended.stop()
  }, 240_000)

  it('since its work fails for ever is found too, and ends after the mend', async () => {
    const broken = await live.startWorker({
      port: {
        closeCase: async () => {
          throw new Error('a row that nobody expected')
        },
      },
    })
    const one = await live.start(pilotId)
    await live.decide(one, await live.task(one, 'one'))
    await live.decide(one, await live.task(one, 'two'))

    await expect
      .poll(
        async () => {
          await live.reconcile()
          return (await live.row(one.caseId)).status
        },
        { timeout: 120_000, interval: 2_000 },
      )
      .toBe('stalled')

    await broken.stop()
    const mended = await live.startWorker()
    await one.handle.result()
    expect(await live.row(one.caseId)).toMatchObject({ status: 'done', stalled_since: null })
    await mended.stop()
  }, 300_000)

  it('at a gate is found when a decision is not answered, and is taken after the mend when it is sent again', async () => {
    const sound = await live.startWorker()
    const stuck = await live.start(pilotId, 666)
    const task = await live.task(stuck, 'one')
    await sound.stop()
    const broken = await live.startWorker({ bundle: await faulty() })
    const decisionId = randomUUID()
    const unanswered = live.send(stuck, task, decisionId)

    await expect
      .poll(
        async () => {
          await live.reconcile()
          return (await live.row(stuck.caseId)).status
        },
        { timeout: 60_000, interval: 1_000 },
      )
      .toBe('stalled')
    expect(await live.row(stuck.caseId)).toMatchObject({ status: 'stalled', step_id: 'one' })

    await broken.stop()
    await live.startWorker()
    // The engine tries again after a pause that grows with each attempt.
    await expect
      .poll(() => live.send(stuck, task, decisionId), { timeout: 180_000, interval: 1_000 })
      .toBe('applied')
    await unanswered
    await live.task(stuck, 'two')
    await live.reconcile()
    expect(await live.row(stuck.caseId)).toMatchObject({ status: 'waiting', step_id: 'two' })
  }, 400_000)
})

describe('rows that differ from the engine', () => {
  let live: LiveCases
  let pilotId: string
  let broken: () => Promise<string[]>
  beforeAll(async () => {
    live = await openLiveCases()
    ;({ pilotId } = await addPilot(live.store.db, byHand(), { undoSeconds: 5 }))
    await live.startWorker()
    broken = async () =>
      (await checkInvariants(live.store.db)).filter(({ holds }) => !holds).map(({ id }) => id)
  })
  afterAll(() => live.close())

  it('are brought to it: a lost decision, a lost task, a wrong place; and what agrees is left alone', async () => {
    const cases = await Promise.all(Array.from({ length: 4 }, () => live.start(pilotId)))
    const [decided, taskless, moved, untouched] = cases
    if (!decided || !taskless || !moved || !untouched) throw new Error('four cases were started')
    const tasks = await Promise.all(cases.map((one) => live.task(one, 'one')))
    expect(await live.reconcile()).toMatchObject({ ...quiet, checked: 4 })
    const lived = await readModel(live.store.db)

    const [first] = tasks
    if (first === undefined) throw new Error('a task was opened')
    await run(live.store.db, sql`delete from task where case_id = ${taskless.caseId}`)
    await run(
      live.store.db,
      sql`update case_run set status = 'running', step_id = 'big' where id = ${moved.caseId}`,
    )
    const report = await live.reconcile()

    expect(report).toMatchObject({ ...quiet, repaired: 2 })
    expect(await readModel(live.store.db)).toEqual(lived)
    expect(await live.audited(taskless.caseId)).toEqual(['reconcile:repaired'])
    expect(await live.audited(moved.caseId)).toEqual(['reconcile:repaired'])
    expect(await live.audited(untouched.caseId)).toEqual([])

    // The undo window is open: no work carries the decision to the database yet.
    await live.decide(decided, first, { isStored: false })
    expect(await live.row(decided.caseId)).toMatchObject({ status: 'waiting' })
    expect(await live.reconcile()).toMatchObject({ ...quiet, repaired: 1 })
    expect(await live.eventsOf(decided.caseId)).toContainEqual(
      expect.objectContaining({ type: 'task-decided', key: 'f1' }),
    )
    await live.task(decided, 'two')
    expect(await live.reconcile()).toMatchObject(quiet)
    expect(await broken()).toEqual([])
  }, 120_000)

  it('are brought to it from the history, when events are lost that the case has told before', async () => {
    const one = await live.start(pilotId)
    await live.decide(one, await live.task(one, 'one'))
    await live.task(one, 'two')
    const lived = await live.eventsOf(one.caseId)
    const facts = lived.filter(({ key }) => /^f\d+$/.test(key))
    expect(facts.length).toBeGreaterThan(3)
    await run(live.store.db, sql`delete from case_event where case_id = ${one.caseId} and key ~ '^f[0-9]+$'`)

    expect(await live.reconcile()).toMatchObject({ repaired: 1, unmended: 0 })

    expect(await live.eventsOf(one.caseId)).toEqual(lived)
    // The events were counted before they were lost, and now once more: figures are corrected from events.
    await rebuild(live.store.db)
    expect(await broken()).toEqual([])
  }, 120_000)

  it('say so when the engine knows less than was acknowledged, once, and are not touched', async () => {
    const one = await live.start(pilotId)
    await live.task(one, 'one')
    await run(
      live.store.db,
      sql`insert into case_event (case_id, key, pilot_id, at, type, step_id, event)
        select case_id, 'f7', pilot_id, at, 'exception-closed', step_id, jsonb_build_object('type', 'exception-closed',
          'caseId', case_id, 'key', 'f7', 'at', event->>'at', 'stepId', 'one', 'execId', 'one#1', 'how', 'retry')
        from case_event where case_id = ${one.caseId} and type = 'task-opened'`,
    )

    expect(await live.reconcile()).toMatchObject({ repaired: 0, unmended: 1 })
    expect(await live.reconcile()).toMatchObject({ repaired: 0, unmended: 1 })
    expect(await live.audited(one.caseId)).toEqual(['reconcile:unmended'])
    expect(await broken()).toEqual(['I4'])
    await run(live.store.db, sql`delete from case_event where case_id = ${one.caseId} and key = 'f7'`)
    expect(await live.reconcile()).toMatchObject(quiet)
  }, 120_000)

  it('of a case that ended there and not here, get its end: as it was told, or that it was ended from outside', async () => {
    const [done, ended] = await Promise.all([live.start(pilotId), live.start(pilotId)])
    await live.decide(done, await live.task(done, 'one'))
    await live.decide(done, await live.task(done, 'two'))
    await done.handle.result()
    const lived = await live.eventsOf(done.caseId)
    await run(live.store.db, sql`delete from case_event where case_id = ${done.caseId} and key = 'ended'`)
    await run(
      live.store.db,
      sql`update case_run set status = 'running', ended_at = null, outcome = null where id = ${done.caseId}`,
    )
    await live.task(ended, 'one')
    await ended.handle.terminate('wrong customer')

    await live.reconcile()

    expect(await live.row(done.caseId)).toMatchObject({ status: 'done', outcome: 'Done' })
    expect(await live.eventsOf(done.caseId)).toEqual(lived)
    expect(await live.row(ended.caseId)).toMatchObject({
      status: 'cancelled',
      outcome: 'Ended in the engine by an administrator: wrong customer',
    })
    expect(await live.eventsOf(ended.caseId)).toContainEqual(expect.objectContaining({ type: 'case-ended' }))
    expect(await live.audited(ended.caseId)).toEqual(['reconcile:closed'])
  }, 120_000)

  it('of a case that the engine never heard of are ordered again, and of one that it lost are marked', async () => {
    const never = await live.accept(pilotId)
    const lost = await live.accept(pilotId)
    await run(live.store.db, sql`delete from start_outbox`)
    await run(
      live.store.db,
      sql`insert into case_event (case_id, key, pilot_id, at, type, step_id, event)
        select id, 'entered:one#1', pilot_id, started_at, 'step-entered', 'one', jsonb_build_object('type',
          'step-entered', 'caseId', id, 'key', 'entered:one#1', 'at', to_char(started_at at time zone 'utc',
          'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'stepId', 'one', 'execId', 'one#1', 'visit', 1)
        from case_run where id = ${lost.caseId}`,
    )

    await live.reconcile()
    await live.reconcile()

    const ordered = await sql`select case_id from start_outbox`.execute(live.store.db)
    expect(ordered.rows).toEqual([{ case_id: never.caseId }])
    expect(await live.audited(never.caseId)).toEqual(['reconcile:start-again'])
    expect(await live.row(lost.caseId)).toMatchObject({ status: 'stalled' })
    expect(await live.audited(lost.caseId)).toEqual(['reconcile:stalled'])
  }, 120_000)

  it('of a decision whose answer was lost say what became of it', async () => {
    const one = await live.start(pilotId)
    const { decisionId } = await live.decide(one, await live.task(one, 'one'))
    await live.task(one, 'two')
    await run(
      live.store.db,
      sql`update decision_attempt set at = now() - interval '5 minutes' where decision_id = ${decisionId}`,
    )

    expect(await live.reconcile()).toMatchObject({ settled: 1 })

    const found = await sql`select outcome->>'status' as status from decision_attempt
      where decision_id = ${decisionId}`.execute(live.store.db)
    expect(found.rows).toEqual([{ status: 'applied' }])
  }, 120_000)
})

describe('everything that is shown of real cases', () => {
  let live: LiveCases
  beforeAll(async () => {
    live = await openLiveCases()
    await live.startWorker()
  })
  afterAll(() => live.close())

  it('is the same after it was spoilt and made again, row by row', async () => {
    const { pilotId } = await addPilot(live.store.db, byHand(), { undoSeconds: 2 })
    const cases = await Promise.all(Array.from({ length: 6 }, () => live.start(pilotId)))
    const [waiting, undone, done, stopped, failed, atTwo] = cases
    if (!waiting || !undone || !done || !stopped || !failed || !atTwo)
      throw new Error('six cases were started')
    await Promise.all(cases.map((one) => live.task(one, 'one')))
    const { decisionId } = await live.decide(undone, await live.task(undone, 'one'))
    await live.undo(undone, decisionId)
    await live.decide(undone, await live.task(undone, 'one', 2))
    await live.decide(done, await live.task(done, 'one'))
    await live.decide(done, await live.task(done, 'two'))
    await done.handle.result()
    await stopped.handle.cancel()
    await stopped.handle.result().catch(() => undefined)
    await live.decide(failed, await live.task(failed, 'one'), { action: 'cannot-complete', reason: 'lost' })
    await live.decide(atTwo, await live.task(atTwo, 'one'))
    await Promise.all([live.task(undone, 'two'), live.task(atTwo, 'two'), live.task(failed, 'one', 1)])
    expect(await live.reconcile()).toMatchObject(quiet)
    const lived = await readModel(live.store.db)

    await spoil(live.store.db)
    await rebuild(live.store.db)

    expect(await readModel(live.store.db)).toEqual(lived)
    expect((await checkInvariants(live.store.db)).filter(({ holds }) => !holds)).toEqual([])
    expect(await live.reconcile()).toMatchObject(quiet)
  }, 180_000)
})
