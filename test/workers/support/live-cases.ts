import { randomUUID } from 'node:crypto'
import { Client, Connection, type WorkflowHandle } from '@temporalio/client'
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker'
import { expect } from 'vitest'
import { z } from 'zod'
import { CaseEvent } from '#domain/case-events.ts'
import { lookAtCase } from '#domain/case-look.ts'
import {
  decideUpdate,
  undoUpdate,
  workflowIdOf,
  workflowType,
  type DecideArgs,
  type DecideResult,
  type OpenTask,
  type UndoResult,
} from '#domain/case-messages.ts'
import type { ReconcileReport, ReconcileRequest } from '#domain/reconcile-messages.ts'
import { appendFacts } from '#store/case-work.ts'
import { createCase, loadCaseInput } from '#store/cases.ts'
import { oneRow, rows, run, sql } from '#store/db.ts'
import { noteAttempt } from '#store/tasks.ts'
import { testTemporal } from '#test/support/servers.ts'
import { openTestStore, priya, sam, type TestStore } from '#test/support/store.ts'
import { createActivities } from '#workers/activities/create-activities.ts'
import { createReconcile, reconcileDeps } from '#workers/activities/create-reconcile.ts'
import { reconcile } from '#workers/activities/reconcile.ts'
import { noModel } from '#workers/ai/complete.ts'
import { buildWorkflows } from '#workers/build.ts'
import { casePort } from '#workers/case-port.ts'
import { enginePort } from '#workers/engine-port.ts'
import type { CasePort } from '#workers/ports.ts'
import { reconcilePort } from '#workers/reconcile-port.ts'
import { quietRuntime } from '../../workflows/support/quiet-runtime.ts'

type Bundle = NonNullable<WorkerOptions['workflowBundle']>

export type LiveCase = { caseId: string; pilotId: string; handle: WorkflowHandle }

/** The real database, engine and workers, with cases that a test drives by hand. */
export type LiveCases = {
  store: TestStore
  client: Client
  queue: string
  startWorker: (options?: {
    bundle?: Bundle
    port?: Partial<CasePort>
  }) => Promise<{ stop: () => Promise<void> }>
  /** Accepts a case without telling the engine of it. */
  accept: (pilotId: string, amount?: number) => Promise<{ caseId: string; pilotId: string }>
  start: (pilotId: string, amount?: number) => Promise<LiveCase>
  /** Tells the engine of a case that was accepted, as the relay does. */
  begin: (accepted: { caseId: string; pilotId: string }) => Promise<LiveCase>
  task: (one: LiveCase, stepId: string, version?: number) => Promise<OpenTask>
  /** As the API does it: attempt, Update, facts. */
  decide: (
    one: LiveCase,
    task: OpenTask,
    args?: Partial<DecideArgs> & { isStored?: boolean },
  ) => Promise<DecideArgs>
  /** Sends a decision that nobody may answer; null when nobody does. */
  send: (one: LiveCase, task: OpenTask, decisionId: string) => Promise<'applied' | null>
  undo: (one: LiveCase, decisionId: string) => Promise<void>
  reconcile: (request?: ReconcileRequest) => Promise<ReconcileReport>
  eventsOf: (caseId: string) => Promise<CaseEvent[]>
  row: (caseId: string) => Promise<CaseRow>
  /** What the audit says that the reconciler did to a case. */
  audited: (caseId: string) => Promise<string[]>
  close: () => Promise<void>
}

const CaseRow = z.object({
  status: z.string(),
  step_id: z.string().nullable(),
  outcome: z.string().nullable(),
  stalled_since: z.string().nullable(),
})
type CaseRow = z.infer<typeof CaseRow>

/** On servers of its own, or on the given ones. */
export async function openLiveCases(
  on: { store?: TestStore; temporal?: { address: string; namespace: string } } = {},
): Promise<LiveCases> {
  quietRuntime()
  const [store, { address, namespace }, codePath] = await Promise.all([
    on.store ?? openTestStore(),
    on.temporal ?? testTemporal(),
    buildWorkflows(),
  ])
  const native = await NativeConnection.connect({ address })
  const connection = await Connection.connect({ address })
  const client = new Client({ connection, namespace })
  const queue = `w-${randomUUID()}`
  const cases = casePort(store.db)
  const deps = reconcileDeps({
    cases,
    port: reconcilePort(store.db),
    // Over the connection of the worker, as it is in production.
    engine: enginePort(new Client({ connection: native, namespace })),
    warn: () => undefined,
  })
  const stops: (() => Promise<void>)[] = []

  const accept: LiveCases['accept'] = async (pilotId, amount = 12) => {
    const key = randomUUID()
    const made = await createCase(store.db, {
      pilotId,
      title: `Case ${key.slice(0, 4)}`,
      values: { sender: 'Ruth', letter: 'Please start on 1 May', amount },
      externalKey: key,
      by: priya,
      channel: 'form',
    })
    if ('code' in made) throw new Error(made.code)
    return { caseId: made.caseId, pilotId }
  }
  const begin: LiveCases['begin'] = async ({ caseId, pilotId }) => {
    await run(store.db, sql`delete from start_outbox where case_id = ${caseId}`)
    const handle = await client.workflow.start(workflowType, {
      args: [await loadCaseInput(store.db, caseId)],
      taskQueue: queue,
      workflowId: workflowIdOf({ pilotId, caseId }),
    })
    return { caseId, pilotId, handle }
  }
  const argsFor = (task: OpenTask, args: Partial<DecideArgs>): DecideArgs => ({
    decisionId: randomUUID(),
    by: sam,
    taskId: task.taskId,
    taskVersion: task.version,
    shownHash: task.shownHash,
    action: task.options[0] ?? 'approve',
    editRef: null,
    editedFields: [],
    values: {},
    reason: null,
    note: null,
    touchMs: 2_000,
    changedShare: null,
    digest: 'd',
    ...args,
  })

  return {
    store,
    client,
    queue,
    startWorker: async ({ bundle = { codePath }, port = {} } = {}) => {
      const worker = await Worker.create({
        connection: native,
        namespace,
        taskQueue: queue,
        workflowBundle: bundle,
        activities: {
          ...createActivities({ port: { ...cases, ...port }, model: noModel('None here.') }),
          ...createReconcile(deps),
        },
        maxHeartbeatThrottleInterval: 100,
        stickyQueueScheduleToStartTimeout: 500,
        shutdownForceTime: '60 seconds',
      })
      const running = worker.run()
      let isStopped = false
      const stop = async (): Promise<void> => {
        if (!isStopped) worker.shutdown()
        isStopped = true
        await running
      }
      stops.push(stop)
      return { stop }
    },
    accept,
    begin,
    start: async (pilotId, amount) => begin(await accept(pilotId, amount)),
    task: async ({ caseId, handle }, stepId, version = 1) => {
      await expect
        .poll(
          () =>
            rows(
              store.db,
              z.object({ id: z.string() }),
              sql`select id from task where case_id = ${caseId} and step_id = ${stepId} and status = 'open'
                and version >= ${version}`,
            ),
          { timeout: 90_000, interval: 50 },
        )
        .toHaveLength(1)
      // The row is there a moment before the engine has heard of it.
      await expect
        .poll(
          async () => {
            const { raw } = await handle.describe()
            return (raw.pendingActivities?.length ?? 0) + (raw.pendingWorkflowTask ? 1 : 0)
          },
          { timeout: 30_000, interval: 50 },
        )
        .toBe(0)
      const { openTasks } = await lookAtCase(handle)
      const task = openTasks.find((open) => open.stepId === stepId)
      if (task === undefined) throw new Error(`the inbox has a task at ${stepId} that the case does not have`)
      return task
    },
    decide: async ({ caseId, handle }, task, { isStored = true, ...more } = {}) => {
      const args = argsFor(task, more)
      const { process_id: processId } = await oneRow(
        store.db,
        z.object({ process_id: z.string() }),
        sql`select process_id from task where id = ${task.taskId}`,
      )
      await store.db
        .transaction()
        .execute((tx) =>
          noteAttempt(tx, { args, bodyHash: 'h', processId, roles: ['owner', 'reviewer'], approves: false }),
        )
      const { facts } = await handle.executeUpdate<DecideResult, [DecideArgs]>(decideUpdate, {
        args: [args],
        updateId: args.decisionId,
      })
      if (isStored) await appendFacts(store.db, caseId, facts)
      return args
    },
    send: async ({ handle }, task, decisionId) => {
      try {
        await connection.withDeadline(Date.now() + 20_000, () =>
          handle.executeUpdate(decideUpdate, { args: [argsFor(task, { decisionId })], updateId: decisionId }),
        )
        return 'applied'
      } catch {
        return null
      }
    },
    undo: async ({ caseId, handle }, decisionId) => {
      const { facts } = await handle.executeUpdate<UndoResult, [unknown]>(undoUpdate, {
        args: [{ undoId: randomUUID(), decisionId, by: sam }],
      })
      await appendFacts(store.db, caseId, facts)
    },
    reconcile: (request = { scope: 'all' }) =>
      reconcile(deps, request, { beat: () => undefined, signal: new AbortController().signal }),
    eventsOf: async (caseId) => {
      const found = await rows(
        store.db,
        z.object({ event: CaseEvent }),
        sql`select event from case_event where case_id = ${caseId} order by at, key`,
      )
      return found.map(({ event }) => event)
    },
    row: (caseId) =>
      oneRow(
        store.db,
        CaseRow,
        sql`select status, step_id, outcome, stalled_since from case_run where id = ${caseId}`,
      ),
    audited: async (caseId) => {
      const found = await rows(
        store.db,
        z.object({ action: z.string() }),
        sql`select action from audit where actor = 'system' and object_id = ${caseId} order by id`,
      )
      return found.map(({ action }) => action)
    },
    close: async () => {
      await Promise.all(stops.map((stop) => stop()))
      await Promise.all([native.close(), connection.close()])
      await store.close()
    },
  }
}
