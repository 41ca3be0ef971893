import { randomUUID } from 'node:crypto'
import { NativeConnection, Worker } from '@temporalio/worker'
import { temporalEngine } from '#api/temporal-engine.ts'
import { startRelay } from '#api/start-relay.ts'
import { aiQueueOf } from '#domain/case-messages.ts'
import type { CaseDetail } from '#domain/views/cases.ts'
import type { CommandBatch } from '#domain/views/control.ts'
import type { FieldValues } from '#domain/process-map.ts'
import { createActivities } from '#workers/activities/create-activities.ts'
import type { Drafted, Model } from '#workers/ai/complete.ts'
import { buildWorkflows } from '#workers/build.ts'
import { casePort } from '#workers/case-port.ts'
import { quietRuntime } from '../workflows/support/quiet-runtime.ts'
import { testTemporal } from '../support/servers.ts'
import { openTestApi, type TestApi } from './test-api.ts'

/** A model that does what a test says; while it is held, drafts wait for it. */
export type ScriptedModel = Model & {
  reply: (values: FieldValues) => Drafted
  hold: () => void
  release: () => void
  drafts: number
}

export type RunningApi = TestApi & {
  model: ScriptedModel
  start: (pilotId: string, values: FieldValues) => Promise<string>
}

/** The real app, engine and worker on real servers; only the model is scripted. */
export async function openRunningApi(): Promise<RunningApi> {
  quietRuntime()
  const [{ address, namespace }, codePath] = await Promise.all([testTemporal(), buildWorkflows()])
  const queue = `t-${randomUUID()}-core`
  const engine = temporalEngine({ connectionOptions: { address }, namespace }, { queue })
  const api = await openTestApi({ engine })
  const model = scriptedModel()
  const native = await NativeConnection.connect({ address })
  const shared = {
    connection: native,
    namespace,
    activities: createActivities({ port: casePort(api.db), model }),
    maxHeartbeatThrottleInterval: '2 seconds',
    shutdownForceTime: '5 seconds',
  } as const
  const workers = await Promise.all([
    Worker.create({ ...shared, taskQueue: queue, workflowBundle: { codePath } }),
    Worker.create({ ...shared, taskQueue: aiQueueOf(queue), maxConcurrentActivityTaskExecutions: 200 }),
  ])
  const running = workers.map((worker) => worker.run())
  const relay = startRelay({ db: api.db, engine }, () => undefined)
  return {
    ...api,
    model,
    start: async (pilotId, values) => {
      const headers = { 'idempotency-key': randomUUID() }
      return until(async () => {
        const answer = await api.send('POST', `/api/pilots/${pilotId}/cases`, { body: { values }, headers })
        // A busy machine may ask to come back: with the same key it is one case.
        if (answer.status === 429 || answer.status === 503) return null
        if (answer.status !== 202) throw new Error(JSON.stringify(answer.body))
        relay.kick()
        return String(answer.body['caseId'])
      }, 'the case to be accepted')
    },
    close: async () => {
      model.release()
      await relay.stop()
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown()
      await Promise.allSettled(running)
      await api.close()
      await Promise.allSettled([engine.close(), native.close()])
    },
  }
}

function scriptedModel(): ScriptedModel {
  let open = Promise.resolve()
  let release = (): void => undefined
  const model: ScriptedModel = {
    practice: false,
    drafts: 0,
    reply: () => ({ kind: 'draft', values: { summary: 'A summary.' }, model: 'scripted', usage: null }),
    hold: () => {
      open = new Promise<void>((done) => {
        release = done
      })
    },
    release: () => release(),
    draft: async ({ signal }) => {
      model.drafts += 1
      const aborted = new Promise<'aborted'>((done) => {
        signal.addEventListener('abort', () => done('aborted'), { once: true })
        if (signal.aborted) done('aborted')
      })
      const turn = await Promise.race([open.then(() => 'open' as const), aborted])
      if (turn === 'aborted') return { kind: 'aborted', machineMs: 0 }
      return { ...model.reply({}), machineMs: 1 }
    },
    close: async () => undefined,
  }
  return model
}

/** Asks again until it is so; a busy machine may take long. */
export async function until<T>(ask: () => Promise<T | null>, what: string, withinMs = 60_000): Promise<T> {
  const end = Date.now() + withinMs
  for (;;) {
    const found = await ask()
    if (found !== null) return found
    if (Date.now() > end) throw new Error(`waited ${withinMs} ms for ${what}`)
    await new Promise((done) => setTimeout(done, 100))
  }
}

export function caseIs(
  api: TestApi,
  caseId: string,
  { what, is }: { what: string; is: (found: CaseDetail) => boolean },
): Promise<CaseDetail> {
  return until(async () => {
    const found = await api.call('case', { params: { caseId } })
    return is(found) ? found : null
  }, what)
}

/** The batch when it is done; at every look its numbers add up. */
export async function commandEnds(api: TestApi, batchId: string, withinMs = 60_000): Promise<CommandBatch> {
  return until(
    async () => {
      const batch = await api.call('commandBatch', { params: { commandBatchId: batchId } })
      const { succeeded, failed, skipped, pending, total } = batch
      if (succeeded + failed + skipped + pending !== total) throw new Error(JSON.stringify(batch))
      return batch.status === 'done' ? batch : null
    },
    'the batch to end',
    withinMs,
  )
}
