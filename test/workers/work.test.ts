import { randomUUID } from 'node:crypto'
import { Client, Connection, type WorkflowHandle } from '@temporalio/client'
import { NativeConnection, Worker } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { CaseEvent } from '#domain/case-events.ts'
import { lookAtCase } from '#domain/case-look.ts'
import {
  workflowIdOf,
  workflowType,
  type CaseResult,
  type DecideArgs,
  type OpenTask,
} from '#domain/case-messages.ts'
import { aroundTheClock, workingClock } from '#domain/measure/working-time.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import { createCase, loadCaseInput } from '#store/cases.ts'
import { oneRow, rows, sql } from '#store/db.ts'
import { loadDocument, storeDocument } from '#store/documents.ts'
import { ai, aMap, decision, end, field, manual, review } from '#test/support/maps.ts'
import { startModelServer, type Behaviour, type ModelServer } from '#test/support/model-server.ts'
import { testTemporal } from '#test/support/servers.ts'
import { addPilot, openTestStore, priya, sam, type TestStore } from '#test/support/store.ts'
import { createActivities } from '#workers/activities/create-activities.ts'
import { connectModel, noModel, type Model } from '#workers/ai/complete.ts'
import { eventually } from '../workflows/support/engine.ts'
import { quietRuntime } from '../workflows/support/quiet-runtime.ts'
import { buildWorkflows } from '#workers/build.ts'
import { casePort } from '#workers/case-port.ts'
import type { CasePort } from '#workers/ports.ts'

const reply = (body: unknown): Behaviour => ({ does: 'reply', text: JSON.stringify(body) })
const settings = { apiKey: 'key', model: 'm-1', practice: false }

/** The real engine, database and workers; only the model is a scripted one. */
describe('the work on a case', () => {
  let store: TestStore
  let server: ModelServer
  let address: string
  let native: NativeConnection
  let client: Client
  let queue: string
  const stops: (() => Promise<void>)[] = []

  beforeAll(async () => {
    quietRuntime()
    const [opened, model, temporal] = await Promise.all([openTestStore(), startModelServer(), testTemporal()])
    store = opened
    server = model
    address = temporal.address
    native = await NativeConnection.connect({ address })
    client = new Client({ connection: await Connection.connect({ address }), namespace: temporal.namespace })
    queue = await startWorker()
  })
  afterAll(async () => {
    await Promise.all(stops.map(async (stop) => stop()))
    await Promise.all([native.close(), client.connection.close(), server.close()])
    await store.close()
  })

  async function startWorker({ model, port }: { model?: Model; port?: CasePort } = {}): Promise<string> {
    const used = model ?? connectModel({ ...settings, baseUrl: server.baseUrl }, { concurrency: 4 })
    const taskQueue = `w-${randomUUID()}`
    const worker = await Worker.create({
      connection: native,
      taskQueue,
      workflowBundle: { codePath: await buildWorkflows() },
      activities: createActivities({ port: port ?? casePort(store.db), model: used }),
      maxHeartbeatThrottleInterval: 100,
    })
    const running = worker.run()
    stops.push(async () => {
      worker.shutdown()
      await running
      await used.close()
    })
    return taskQueue
  }

  type Case = { caseId: string; handle: WorkflowHandle }

  async function startCase(
    map: ProcessMap,
    taskQueue: string,
    letter = 'Please start on 1 May',
  ): Promise<Case> {
    const { pilotId } = await addPilot(store.db, map)
    const created = await createCase(store.db, {
      pilotId,
      title: 'Ruth',
      values: { sender: 'Ruth', letter, amount: 12 },
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

  /** The task as the inbox has it. */
  async function inboxTask({ caseId, handle }: Case, stepId: string, version = 1): Promise<OpenTask> {
    const find = async (): Promise<OpenTask | null> => {
      const { openTasks } = await lookAtCase(handle)
      const shown = await rows(
        store.db,
        z.object({ id: z.string(), version: z.number(), shown_hash: z.string() }),
        sql`select id, version, shown_hash from task where case_id = ${caseId} and step_id = ${stepId}
          and status = 'open' and version >= ${version}`,
      )
      return (
        openTasks.flatMap((task) => {
          const row = shown.find(({ id, version: at }) => id === task.taskId && at === task.version)
          return row === undefined ? [] : [{ ...task, shownHash: row.shown_hash }]
        })[0] ?? null
      )
    }
    // What the inbox shows is what is decided on: the case must come to the same.
    return eventually(find, `a task in the inbox at ${stepId}`)
  }

  async function decide({ handle }: Case, task: OpenTask, args: Partial<DecideArgs>): Promise<void> {
    const sent: DecideArgs = {
      decisionId: randomUUID(),
      by: sam,
      taskId: task.taskId,
      taskVersion: task.version,
      shownHash: task.shownHash,
      action: 'approve',
      editRef: null,
      editedFields: [],
      values: {},
      reason: null,
      note: null,
      touchMs: 2_000,
      changedShare: null,
      digest: 'd',
      ...args,
    }
    await handle.executeUpdate('decide', { args: [sent], updateId: sent.decisionId })
  }

  const resultOf = async ({ handle }: Case): Promise<CaseResult> => handle.result()
  const eventsOf = async ({ caseId }: Case): Promise<CaseEvent[]> => {
    const found = await rows(
      store.db,
      z.object({ event: CaseEvent }),
      sql`select event from case_event where case_id = ${caseId} order by at, key`,
    )
    return found.map(({ event }) => event)
  }
  const letterMap = (more: Partial<ProcessMap> = {}): ProcessMap =>
    aMap([ai('draft', { inputs: ['sender', 'letter'] }), review('read', 'draft'), end()], more)

  /** Nothing says whether it is urgent: a case comes to the desk at once. */
  const undecidable = (more: Partial<ProcessMap> = {}): ProcessMap =>
    aMap([decision('which'), end()], {
      links: [
        { on: 'when', from: 'which', to: 'done', condition: 'urgent', label: 'urgent' },
        { on: 'otherwise', from: 'which', to: 'done', label: 'else' },
      ],
      ...more,
    })
  const openRow = async ({ caseId }: Case): Promise<unknown> =>
    oneRow(
      store.db,
      z.object({ kind: z.string(), allowed_ms: z.number().nullable(), due_at: z.iso.datetime().nullable() }),
      sql`select kind, allowed_ms, due_at from task where case_id = ${caseId} and status = 'open'`,
    )

  it('goes from a letter to an approved draft, and everything about it is stored', async () => {
    server.behave(reply({ summary: 'Wants to start' }))
    const started = await startCase(letterMap(), queue)

    await decide(started, await inboxTask(started, 'read'), { action: 'approve' })

    expect(await resultOf(started)).toEqual({ status: 'done', outcome: 'Done' })
    const [call] = server.calls
    expect(call?.messages.at(-1)?.content).toContain('Please start on 1 May')
    const events = await eventsOf(started)
    expect(
      events.map((event) => `${event.type} ${'stepId' in event ? event.stepId : ''}`).toSorted(),
    ).toEqual([
      'case-ended ',
      'case-started ',
      'draft-stored draft',
      'step-entered done',
      'step-entered draft',
      'step-entered read',
      'step-finished done',
      'step-finished draft',
      'step-finished read',
      'task-decided read',
      'task-opened read',
    ])
    const stored = events.find((event) => event.type === 'draft-stored')
    expect(stored).toMatchObject({
      model: 'test-model-2026',
      practice: false,
      attempts: 1,
      inputTokens: 120,
      outputTokens: 30,
      promptVersion: expect.stringMatching(/^[0-9a-f]{8}$/),
    })
    expect(await loadDocument(store.db, stored?.documentId ?? '')).toMatchObject({
      kind: 'draft',
      body: { summary: 'Wants to start' },
      meta: { model: 'test-model-2026', practice: false },
    })
    expect(events.find((event) => event.type === 'case-ended')).toMatchObject({
      status: 'done',
      rework: false,
      exception: false,
      finishedByHand: false,
      touchMs: 2_000,
    })
  })

  it('tells the model why its draft was sent back, and what it had written', async () => {
    server.behave(reply({ summary: 'On 1 June' }), reply({ summary: 'On 1 May' }))
    const started = await startCase(letterMap(), queue)

    await decide(started, await inboxTask(started, 'read'), {
      action: 'send-back',
      reason: 'Wrong fact',
      note: 'It says 1 May',
    })
    await expect.poll(() => server.calls.length, { timeout: 10_000 }).toBe(2)
    await decide(started, await inboxTask(started, 'read'), { action: 'approve' })
    await resultOf(started)

    const asked = server.calls[1]?.messages.at(-1)?.content ?? ''
    expect(asked).toContain('"sentBackBecause":"Wrong fact"')
    expect(asked).toContain('"note":"It says 1 May"')
    expect(asked).toContain('"earlierDraft":{"summary":"On 1 June"}')
  })

  it('never sends what is sensitive to a model', async () => {
    server.behave(reply({ summary: 'No name' }))
    // The publish check refuses sensitive inputs of an AI step; a person's own field becomes sensitive later.
    const port = casePort(store.db)
    const strict: CasePort = {
      ...port,
      loadMapVersion: async (mapId, version) => {
        const found = await port.loadMapVersion(mapId, version)
        if (found === null) return null
        const fields = found.map.fields.map((each) =>
          each.name === 'sender' ? field('sender', 'text', { sensitivity: 'sensitive' }) : each,
        )
        return { ...found, map: { ...found.map, fields } }
      },
    }
    const started = await startCase(letterMap(), await startWorker({ port: strict }))

    await decide(started, await inboxTask(started, 'read'), {})
    await resultOf(started)

    const sent = JSON.stringify(server.calls[0]?.messages)
    expect(sent).toContain('Please start on 1 May')
    expect(sent).not.toContain('Ruth')
  })

  it('asks a failing endpoint as often as the map allows, and then a person', async () => {
    server.behave({ does: 'fail', status: 502 })
    const map = aMap([
      ai('draft', { retry: { attempts: 3, firstPauseSeconds: 0.05 } }),
      review('read', 'draft'),
      end(),
    ])
    const started = await startCase(map, queue)

    const task = await inboxTask(started, 'draft')
    const written = await storeDocument(store.db, {
      caseId: started.caseId,
      kind: 'form',
      body: { summary: 'By hand' },
    })
    await decide(started, task, { action: 'complete', editRef: written, editedFields: ['summary'] })
    await decide(started, await inboxTask(started, 'read'), {})

    expect(await resultOf(started)).toMatchObject({ status: 'done' })
    expect(server.calls).toHaveLength(3)
    expect(task.kind).toBe('by-hand')
    const events = await eventsOf(started)
    expect(events.find((event) => event.type === 'draft-failed')).toMatchObject({
      cause: 'ai-unavailable',
      message: 'The AI endpoint answered 502.',
    })
    expect(events.find((event) => event.type === 'case-ended')).toMatchObject({ finishedByHand: true })
    const { why } = await oneRow(
      store.db,
      z.object({ why: z.string() }),
      sql`select why from task where id = ${task.taskId}`,
    )
    expect(why).toBe('AI could not do this: The AI endpoint answered 502.')
  })

  it('comes again when the endpoint said it should, not before', async () => {
    server.behave(
      { does: 'fail', status: 429, headers: { 'retry-after': '1' } },
      reply({ summary: 'Patience' }),
    )
    const started = await startCase(letterMap(), queue)

    await decide(started, await inboxTask(started, 'read'), {})
    await resultOf(started)

    const [first, second] = server.calls
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(950)
    const drafted = (await eventsOf(started)).find((event) => event.type === 'draft-stored')
    expect(drafted).toMatchObject({ attempts: 2 })
  })

  it.each([
    ['a key that is refused', { does: 'fail', status: 401 }, 'ai-unavailable', 1],
    ['a used-up budget', { does: 'fail', status: 429, code: 'insufficient_quota' }, 'ai-unavailable', 1],
    ['a refusal', { does: 'reply', text: '', refusal: 'No.' }, 'ai-declined', 1],
    ['a reply that is no draft', { does: 'reply', text: 'Dear Ruth' }, 'ai-invalid', 2],
    ['a flood', { does: 'flood', bytes: 3_000_000 }, 'ai-invalid', 1],
  ] satisfies [string, Behaviour, string, number][])(
    'goes to a person at once after %s',
    async (_, behaviour, cause, calls) => {
      server.behave(behaviour)
      const started = await startCase(letterMap(), queue)

      const task = await inboxTask(started, 'draft')
      await decide(started, task, { action: 'cannot-complete', reason: 'Enough' })
      await decide(started, await inboxTask(started, 'draft'), { action: 'stop', reason: 'Enough' })

      expect(await resultOf(started)).toMatchObject({ status: 'cancelled' })
      expect(server.calls).toHaveLength(calls)
      const failed = (await eventsOf(started)).find((event) => event.type === 'draft-failed')
      expect(failed).toMatchObject({ cause })
    },
  )

  it('keeps a reply that nobody could read for the person who takes over', async () => {
    server.behave({ does: 'reply', text: 'Dear Ruth, welcome' })
    const started = await startCase(letterMap(), queue)

    await inboxTask(started, 'draft')

    const { failure } = await oneRow(
      store.db,
      z.object({ failure: z.object({ raw: z.object({ id: z.string() }) }) }),
      sql`select failure from task where case_id = ${started.caseId} and status = 'open'`,
    )
    expect(await loadDocument(store.db, failure.raw.id)).toMatchObject({
      kind: 'raw',
      body: { text: 'Dear Ruth, welcome' },
    })
    await started.handle.terminate()
  })

  it('says so, and asks a person, when there is no model', async () => {
    const model = noModel('No AI model is configured here.')
    const started = await startCase(letterMap(), await startWorker({ model }))

    const task = await inboxTask(started, 'draft')

    expect(task).toMatchObject({ kind: 'by-hand' })
    await started.handle.terminate()
  })

  it('does not ask the model twice when the answer was stored and nobody heard', async () => {
    server.behave(reply({ summary: 'Once' }))
    const port = casePort(store.db)
    let deaf = true
    const losing: CasePort = {
      ...port,
      finishStep: async (finished) => {
        const result = await port.finishStep(finished)
        if (!deaf) return result
        deaf = false
        throw new Error('the worker died after the commit')
      },
    }
    const started = await startCase(letterMap(), await startWorker({ port: losing }))

    await decide(started, await inboxTask(started, 'read'), {})

    expect(await resultOf(started)).toMatchObject({ status: 'done' })
    expect(server.calls).toHaveLength(1)
    const stored = (await eventsOf(started)).filter((event) => event.type === 'draft-stored')
    expect(stored).toHaveLength(1)
  })

  it('does not pay for a draft twice while the database restarts', async () => {
    server.behave(reply({ summary: 'Once' }))
    const port = casePort(store.db)
    let failures = 0
    const restarting: CasePort = {
      ...port,
      finishStep: async (finished) => {
        failures += 1
        if (failures === 1) throw Object.assign(new Error('the database is shutting down'), { code: '57P01' })
        return port.finishStep(finished)
      },
    }
    const started = await startCase(letterMap(), await startWorker({ port: restarting }))

    await decide(started, await inboxTask(started, 'read'), {})

    expect(await resultOf(started)).toMatchObject({ status: 'done' })
    expect([server.calls.length, failures]).toEqual([1, 2])
  })

  it('hangs up on the model when the case is stopped', async () => {
    server.behave({ does: 'drip', everyMs: 50 })
    const started = await startCase(letterMap(), queue)
    await expect.poll(() => server.calls.length, { timeout: 10_000 }).toBe(1)

    await started.handle.executeUpdate('stop', {
      args: [{ stopId: randomUUID(), by: priya, reason: 'Client left' }],
    })

    expect(await resultOf(started)).toMatchObject({ status: 'cancelled' })
    expect(server.calls[0]?.closedAt).not.toBeNull()
    const ended = (await eventsOf(started)).filter((event) => event.type === 'step-abandoned')
    expect(ended).toMatchObject([{ stepId: 'draft' }])
  })

  it('is due by the working calendar, and the owner is asked when it is late', async () => {
    const map = aMap(
      [
        manual('sort', {
          outputs: [],
          sla: {
            workingMinutes: 0.002,
            escalations: [{ afterWorkingMinutes: 0.002, to: 'owner' }],
          },
        }),
        end(),
      ],
      { calendar: aroundTheClock('Europe/Amsterdam') },
    )
    const started = await startCase(map, queue)

    await expect
      .poll(async () => (await eventsOf(started)).filter((event) => event.type === 'sla-breached'), {
        timeout: 20_000,
      })
      .toHaveLength(2)
    await decide(started, await inboxTask(started, 'sort'), { action: 'complete' })

    expect(await resultOf(started)).toMatchObject({ status: 'done' })
    const breaches = (await eventsOf(started)).filter((event) => event.type === 'sla-breached')
    expect(breaches.map((event) => [event.tier, event.askedToo])).toEqual([
      [0, null],
      [1, 'priya'],
    ])
  })

  it('at the exception desk is due by the map, and the owner is asked once with each tier', async () => {
    const map = undecidable({
      calendar: aroundTheClock('Europe/Amsterdam'),
      deskSla: {
        workingMinutes: 0.002,
        escalations: [
          { afterWorkingMinutes: 0.004, to: 'deputy' },
          { afterWorkingMinutes: 0.002, to: 'owner' },
        ],
      },
    })
    const started = await startCase(map, queue)
    const desk = await inboxTask(started, 'which')

    await expect
      .poll(async () => (await eventsOf(started)).filter((event) => event.type === 'sla-breached'), {
        timeout: 30_000,
      })
      .toHaveLength(3)
    const open = await openRow(started)
    await decide(started, desk, { action: 'stop', reason: 'Enough' })

    expect(desk.kind).toBe('exception')
    expect(open).toMatchObject({ kind: 'exception', allowed_ms: 120 })
    expect(await resultOf(started)).toMatchObject({ status: 'cancelled' })
    const breaches = (await eventsOf(started)).filter((event) => event.type === 'sla-breached')
    expect(breaches.map((event) => [event.tier, event.taskId, event.askedToo])).toEqual([
      [0, desk.taskId, null],
      [1, desk.taskId, 'priya'],
      [2, desk.taskId, 'priya'],
    ])
    const late = await rows(
      store.db,
      z.object({ counter: z.string(), n: z.number() }),
      sql`select counter, sum(n)::int as n from step_day where step_id = 'which' and counter in ('late', 'escalated')
        and pilot_id = (select pilot_id from case_run where id = ${started.caseId}) group by 1 order by 1`,
    )
    expect(late).toEqual([
      { counter: 'escalated', n: 2 },
      { counter: 'late', n: 1 },
    ])
  })

  it('at the exception desk is due after half a working day where the map says nothing', async () => {
    const map = undecidable()
    const started = await startCase(map, queue)
    const desk = await inboxTask(started, 'which')

    const open = await openRow(started)
    await decide(started, desk, { action: 'stop', reason: 'Enough' })

    expect(desk.kind).toBe('exception')
    const due = workingClock(map.calendar).addWorkingMs(desk.openedAt, 240 * 60_000)
    expect(open).toEqual({
      kind: 'exception',
      allowed_ms: 240 * 60_000,
      due_at: new Date(due).toISOString(),
    })
  })

  it('goes to the desk when its map is not the one it was started with', async () => {
    const port = casePort(store.db)
    const tampered: CasePort = {
      ...port,
      loadMapVersion: async (mapId, version) => {
        const found = await port.loadMapVersion(mapId, version)
        return found === null ? null : { ...found, planHash: 'another' }
      },
    }
    const started = await startCase(letterMap(), await startWorker({ port: tampered }))

    const task = await inboxTask(started, 'draft')
    await decide(started, task, { action: 'stop', reason: 'Start it anew' })

    expect(task).toMatchObject({ kind: 'exception', dueAt: null })
    expect(await resultOf(started)).toMatchObject({ status: 'cancelled' })
  })
})
