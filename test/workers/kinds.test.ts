import { randomUUID } from 'node:crypto'
import { Client, Connection, type WorkflowHandle } from '@temporalio/client'
import { NativeConnection, Worker } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { CaseEvent } from '#domain/case-events.ts'
import { workflowIdOf, workflowType } from '#domain/case-messages.ts'
import type { FieldValues, ProcessMap } from '#domain/process-map.ts'
import { createCase, loadCaseInput } from '#store/cases.ts'
import { rows, sql } from '#store/db.ts'
import { presentValues } from '#store/views/case-values.ts'
import { aMap, call, end, field, forEach, join, manual, next, waitUntil } from '#test/support/maps.ts'
import { startOtherSystem, type OtherSystem } from '#test/support/other-system.ts'
import { testTemporal } from '#test/support/servers.ts'
import { addPilot, openTestStore, priya, type TestStore } from '#test/support/store.ts'
import { createActivities } from '#workers/activities/create-activities.ts'
import { noModel } from '#workers/ai/complete.ts'
import { buildWorkflows } from '#workers/build.ts'
import { casePort } from '#workers/case-port.ts'
import { quietRuntime } from '../workflows/support/quiet-runtime.ts'
import { loopbackCaller, testKeys } from './support/step-runner.ts'

/** Lists, waits and calls with the real engine, database and workers; the other system is one of ours. */
describe('a case', () => {
  let store: TestStore
  let other: OtherSystem
  let native: NativeConnection
  let client: Client
  let stopWorker: () => Promise<void>
  const taskQueue = `k-${randomUUID()}`

  beforeAll(async () => {
    quietRuntime()
    const [opened, system, temporal] = await Promise.all([
      openTestStore(),
      startOtherSystem(),
      testTemporal(),
    ])
    store = opened
    other = system
    const { address, namespace } = temporal
    native = await NativeConnection.connect({ address })
    client = new Client({ connection: await Connection.connect({ address }), namespace })
    const worker = await Worker.create({
      connection: native,
      taskQueue,
      workflowBundle: { codePath: await buildWorkflows() },
      activities: createActivities({
        port: casePort(store.db),
        model: noModel('none'),
        caller: loopbackCaller,
      }),
    })
    const running = worker.run()
    stopWorker = async () => {
      worker.shutdown()
      await running
    }
  })
  afterAll(async () => {
    await stopWorker()
    await Promise.all([native.close(), client.connection.close(), other.close()])
    await store.close()
  })

  async function startCase(
    map: ProcessMap,
    values: FieldValues,
  ): Promise<{ caseId: string; handle: WorkflowHandle }> {
    const { pilotId } = await addPilot(store.db, map, {
      keys: testKeys,
      connections: {
        register: {
          baseUrl: other.baseUrl,
          privateAddress: true,
          headers: [{ name: 'x-key', value: 'canary-secret-4411' }],
        },
      },
    })
    const created = await createCase(store.db, {
      pilotId,
      title: 'Ruth',
      values,
      externalKey: randomUUID(),
      by: priya,
      channel: 'form',
    })
    if ('code' in created) throw new Error(created.code)
    const { caseId } = created
    const handle = await client.workflow.start(workflowType, {
      args: [await loadCaseInput(store.db, caseId)],
      taskQueue,
      workflowId: workflowIdOf({ pilotId, caseId }),
    })
    return { caseId, handle }
  }

  async function eventsOf(caseId: string): Promise<CaseEvent[]> {
    const found = await rows(
      store.db,
      z.object({ event: CaseEvent }),
      sql`select event from case_event where case_id = ${caseId} order by at, key`,
    )
    return found.map(({ event }) => event)
  }

  const check = call('check', {
    method: 'POST',
    path: '/checks',
    inputs: ['line'],
    body: ['line'],
    outputs: ['summary'],
    reply: [{ field: 'summary', pointer: '/says' }],
    retry: { attempts: 1, firstPauseSeconds: 0 },
    repeatable: false,
  })
  const lines = {
    ...aMap([
      forEach('each', {
        gather: [{ from: 'summary', into: 'summaries' }],
        doneCount: 'checked',
        failedCount: 'unchecked',
      }),
      check,
      join('together'),
      waitUntil('pause', { until: 'minutes', minutes: 0.002 }),
      end(),
    ]),
    links: [
      { on: 'each' as const, from: 'each', to: 'check' },
      next('check', 'together'),
      next('together', 'pause'),
      next('pause', 'done'),
    ],
  }
  const listMap: ProcessMap = {
    ...lines,
    fields: [
      ...lines.fields,
      field('lines', 'list'),
      field('line'),
      field('summaries', 'list'),
      field('checked', 'number'),
      field('unchecked', 'number'),
    ],
    intake: [...lines.intake, { field: 'lines', required: true }],
  }

  it('asks another system about every line of a list, waits, and keeps what was said in its order', async () => {
    other.behave({ does: 'reply', body: { says: 'fine' } })

    const { caseId, handle } = await startCase(listMap, { sender: 'Ruth', lines: 'one\ntwo\nthree' })

    expect(await handle.result()).toEqual({ status: 'done', outcome: 'Done' })
    expect(await presentValues(store.db, caseId)).toMatchObject({
      summaries: 'fine\nfine\nfine',
      checked: 3,
      unchecked: 0,
    })
    expect(other.heard.map(({ body }) => body).toSorted()).toEqual([
      '{"line":"one"}',
      '{"line":"three"}',
      '{"line":"two"}',
    ])
    expect(other.heard.map(({ headers }) => String(headers['idempotency-key'])).toSorted()).toEqual([
      `${caseId}:check[0]#1`,
      `${caseId}:check[1]#1`,
      `${caseId}:check[2]#1`,
    ])
    const events = await eventsOf(caseId)
    const finished = events.filter((event) => event.type === 'step-finished')
    expect(finished.map(({ execId, doneBy }) => `${execId} ${doneBy}`).toSorted()).toEqual([
      'check[0]#1 system',
      'check[1]#1 system',
      'check[2]#1 system',
      'done#1 rule',
      'each#1 system',
      'pause#1 system',
      'together#1 rule',
    ])
    expect(events.find((event) => event.type === 'list-finished')).toMatchObject({ items: 3, done: 3 })
    expect(JSON.stringify(await handle.fetchHistory())).not.toContain('canary-secret')
  })

  it('counts the lines that the other system refused, and goes on with the rest', async () => {
    other.behave(
      { does: 'reply', body: { says: 'fine' } },
      { does: 'reply', body: { error: 'unknown' }, status: 404 },
    )

    const { caseId, handle } = await startCase(listMap, { sender: 'Ruth', lines: 'one\ntwo\nthree' })

    expect(await handle.result()).toMatchObject({ status: 'done' })
    expect(await presentValues(store.db, caseId)).toMatchObject({
      summaries: 'fine',
      checked: 1,
      unchecked: 2,
    })
    const failed = (await eventsOf(caseId)).filter((event) => event.type === 'item-failed')
    expect(failed.map(({ cause }) => cause)).toEqual(['call-refused', 'call-refused'])
  })

  it('leaves a call that nobody knows the outcome of by the branch that is named for it', async () => {
    other.behave({ does: 'reset' })
    const book = call('book', { method: 'POST', path: '/bookings', repeatable: false })
    const map = aMap([book, manual('find-out'), end()], {
      links: [
        next('book', 'done'),
        { on: 'exception', from: 'book', to: 'find-out', cause: 'call-unknown' },
        next('find-out', 'done'),
      ],
    })

    const { caseId, handle } = await startCase(map, { sender: 'Ruth' })

    await expect
      .poll(async () => (await eventsOf(caseId)).filter((event) => event.type === 'task-opened'), {
        timeout: 30_000,
      })
      .toMatchObject([{ stepId: 'find-out', kind: 'manual' }])
    expect(other.heard).toHaveLength(1)
    await handle.terminate()
  })

  /** What is booked is cancelled when the case is stopped. */
  const bookings = aMap(
    [
      call('book', { method: 'PUT', path: '/bookings/{sender}' }),
      manual('meet'),
      end(),
      call('cancel', { method: 'DELETE', path: '/bookings/{sender}' }),
    ],
    { links: [next('book', 'meet'), next('meet', 'done'), { on: 'undo', from: 'book', to: 'cancel' }] },
  )

  it('that is stopped while a call is out waits for the answer, and undoes what it did', async () => {
    other.behave({ does: 'wait', ms: 1_500, body: {} }, { does: 'reply', body: {} })
    const { caseId, handle } = await startCase(bookings, { sender: 'Ruth' })
    await expect.poll(() => other.heard.length, { timeout: 30_000 }).toBe(1)

    await handle.executeUpdate('stop', {
      args: [{ stopId: randomUUID(), by: priya, reason: 'Called off', compensate: true }],
    })

    expect(await handle.result()).toMatchObject({ status: 'cancelled' })
    expect(other.heard.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'PUT /api/bookings/Ruth',
      'DELETE /api/bookings/Ruth',
    ])
    const events = await eventsOf(caseId)
    expect(events.filter((event) => event.type === 'step-undone')).toMatchObject([
      { stepId: 'cancel', undoes: 'book#1', how: 'system' },
    ])
    expect(events.some((event) => event.type === 'step-abandoned')).toBe(false)
  })

  it('that is stopped undoes what it did in the other system, with a call of its own', async () => {
    other.behave({ does: 'reply', body: {} })
    const { caseId, handle } = await startCase(bookings, { sender: 'Ruth' })
    await expect
      .poll(async () => (await eventsOf(caseId)).some((event) => event.type === 'task-opened'), {
        timeout: 30_000,
      })
      .toBe(true)

    await handle.executeUpdate('stop', {
      args: [{ stopId: randomUUID(), by: priya, reason: 'Called off', compensate: true }],
    })

    expect(await handle.result()).toMatchObject({ status: 'cancelled' })
    expect(other.heard.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'PUT /api/bookings/Ruth',
      'DELETE /api/bookings/Ruth',
    ])
    const undone = (await eventsOf(caseId)).filter((event) => event.type === 'step-undone')
    expect(undone).toMatchObject([{ stepId: 'cancel', undoes: 'book#1', how: 'system' }])
  })
})
