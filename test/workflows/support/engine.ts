import { randomUUID } from 'node:crypto'
import { Client, Connection, WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { historyToJSON } from '@temporalio/common/lib/proto-utils'
import {
  DefaultLogger,
  NativeConnection,
  Worker,
  bundleWorkflowCode,
  type WorkerOptions,
} from '@temporalio/worker'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { lookAtCase } from '#domain/case-look.ts'
import {
  commandUpdate,
  decideUpdate,
  deliverUpdate,
  moveUpdate,
  stopUpdate,
  undoUpdate,
  workflowIdOf,
  workflowType,
  type ActorRef,
  type CaseInput,
  type CaseResult,
  type CaseCommand,
  type CaseSnapshot,
  type CommandResult,
  type DecideArgs,
  type DecideResult,
  type DeliverArgs,
  type DeliverResult,
  type MoveResult,
  type OpenTask,
  type StopResult,
  type UndoResult,
} from '#domain/case-messages.ts'
import type { CasePlan } from '#domain/plan.ts'
import { testTemporal } from '#test/support/servers.ts'
import { buildWorkflows, sharedModules } from '#workers/build.ts'
import { quietRuntime } from './quiet-runtime.ts'
import { aDocument, scriptedWork, type Script, type ScriptedWork } from './scripted-work.ts'

export const maya: ActorRef = { id: 'maya', name: 'Maya', sample: false }
export const sam: ActorRef = { id: 'sam', name: 'Sam', sample: false }
export const lena: ActorRef = { id: 'lena', name: 'Lena', sample: false }

/** A real server and a real worker on a queue of its own, with scripted activities. */
export type Engine = {
  client: Client
  work: ScriptedWork
  taskQueue: string
  /** What its worker runs, for a replay. */
  workflowBundle: WorkflowBundle
  start: (plan: CasePlan, options?: StartOptions) => Promise<RunningCase>
  stopWorker: () => Promise<void>
  close: () => Promise<void>
}

export type WorkflowBundle = NonNullable<WorkerOptions['workflowBundle']>

type StartOptions = Partial<CaseInput> & {
  script?: Partial<Script>
  /** After how many events a history counts as long, where the bundle is that of `earlyCutBundle`. */
  longAfter?: number
}

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>

const RecordedEvents = z.object({ events: z.array(z.object({ eventType: z.string() })) })

export type RunningCase = {
  caseId: string
  handle: WorkflowHandle
  result: () => Promise<CaseResult>
  snapshot: () => Promise<CaseSnapshot>
  /** The open task of a step, as soon as the workers were asked to open it. */
  task: (stepId: string, matching?: (task: OpenTask) => boolean) => Promise<OpenTask>
  /** Until it only waits for people. */
  idle: () => Promise<void>
  decide: (task: OpenTask, args: Partial<DecideArgs>) => Promise<DecideResult>
  undo: (decisionId: string, by: ActorRef) => Promise<UndoResult>
  stop: (reason: string, options?: { compensate: boolean }) => Promise<StopResult>
  command: (command: CaseCommand, options?: { commandId?: string }) => Promise<CommandResult>
  deliver: (message: string, more?: Partial<DeliverArgs>) => Promise<DeliverResult>
  move: (plan: CasePlan, stepIds?: Record<string, string>) => Promise<MoveResult>
  /** Number of history events by type. */
  events: () => Promise<Record<string, number>>
  history: () => Promise<{ workflowId: string; history: History }>
}

export async function startEngine(
  options: {
    workflowBundle?: WorkflowBundle
    sameAs?: Engine
    maxCachedWorkflows?: number
    /** How long a worker may be busy before its work is given to another. */
    stickyMs?: number
    /** How many cases it moves at a time, with one thread; as many as the SDK thinks right when not given. */
    workflowSlots?: number
  } = {},
): Promise<Engine> {
  quietRuntime()
  const [{ address, namespace }, codePath] = await Promise.all([testTemporal(), buildWorkflows()])
  const { taskQueue, work } = options.sameAs ?? { taskQueue: `t-${randomUUID()}`, work: scriptedWork() }
  const workflowBundle = options.workflowBundle ?? { codePath }
  const native = await NativeConnection.connect({ address })
  const worker = await Worker.create({
    connection: native,
    namespace,
    identity: 'test-worker',
    taskQueue,
    workflowBundle,
    activities: work.activities,
    maxConcurrentActivityTaskExecutions: 50,
    maxHeartbeatThrottleInterval: 100,
    stickyQueueScheduleToStartTimeout: options.stickyMs ?? 500,
    ...(options.workflowSlots === undefined
      ? {}
      : {
          maxConcurrentWorkflowTaskExecutions: options.workflowSlots,
          maxConcurrentWorkflowTaskPolls: options.workflowSlots,
          workflowThreadPoolSize: 1,
        }),
    ...(options.maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows: options.maxCachedWorkflows }),
    shutdownForceTime: '5 seconds',
  })
  const running = worker.run()
  const stopWorker = async (): Promise<void> => {
    if (worker.getState() === 'RUNNING') worker.shutdown()
    await running
  }
  const connection = await Connection.connect({ address })
  const client = new Client({ connection, namespace, identity: 'test-client' })
  return {
    client,
    work,
    taskQueue,
    workflowBundle,
    start: (plan, input) => startCase({ client, work, taskQueue }, plan, input),
    stopWorker,
    close: async () => {
      await stopWorker()
      await Promise.all([native.close(), connection.close()])
    },
  }
}

/** The workflows, made to take a history for long as soon as a test wants it. */
export async function earlyCutBundle(): Promise<{ code: string }> {
  quietRuntime()
  return bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../../workflows/index.ts', import.meta.url)),
    workflowInterceptorModules: [fileURLToPath(new URL('early-cut.ts', import.meta.url))],
    preloadModules: sharedModules,
    logger: new DefaultLogger('ERROR'),
  })
}

async function startCase(
  { client, work, taskQueue }: Pick<Engine, 'client' | 'work' | 'taskQueue'>,
  plan: CasePlan,
  { script, longAfter, ...input }: StartOptions = {},
): Promise<RunningCase> {
  const caseId = input.caseId ?? randomUUID()
  if (script !== undefined) work.forCase(caseId, script)
  const started: CaseInput = {
    v: 1,
    semantics: plan.semantics,
    caseId,
    pilotId: 'pilot-1',
    plan,
    undoMs: 0,
    fields: { request: aDocument('request') },
    values: {},
    startedBy: lena,
    carry: null,
    ...input,
  }
  const handle = await client.workflow.start(workflowType, {
    args: [started],
    taskQueue,
    workflowId: workflowIdOf({ pilotId: started.pilotId, caseId }),
    ...(longAfter === undefined ? {} : { memo: { longAfter } }),
  })
  return runningCase({ caseId, handle, work })
}

function runningCase({
  caseId,
  handle,
  work,
}: {
  caseId: string
  handle: WorkflowHandle
  work: ScriptedWork
}): RunningCase {
  const current = async (): Promise<CaseSnapshot> => lookAtCase(handle)
  return {
    caseId,
    handle,
    result: async () => handle.result(),
    snapshot: current,
    task: async (stepId, matching = () => true) =>
      eventually(async () => {
        const opened = work
          .callsOf(caseId)
          .flatMap((call) => (call.name === 'openTask' ? [call.request.task] : []))
        const task = opened.findLast((found) => found.stepId === stepId)
        return task !== undefined && matching(task) ? task : null
      }, `an open task at ${stepId}`),
    idle: async () => {
      await eventually(
        async () => ((await current()).isSafePoint ? true : null),
        'a case that waits for people',
      )
    },
    decide: async (task, args) => {
      const sent = aDecision(task, args)
      return handle.executeUpdate<DecideResult, [DecideArgs]>(decideUpdate, {
        args: [sent],
        updateId: sent.decisionId,
      })
    },
    undo: async (decisionId, by) =>
      handle.executeUpdate<UndoResult, [unknown]>(undoUpdate, {
        args: [{ undoId: randomUUID(), decisionId, by }],
      }),
    stop: async (reason, options = { compensate: false }) =>
      handle.executeUpdate<StopResult, [unknown]>(stopUpdate, {
        args: [{ stopId: randomUUID(), by: maya, reason, ...options }],
      }),
    command: async (command, { commandId = randomUUID() } = {}) =>
      handle.executeUpdate<CommandResult, [unknown]>(commandUpdate, {
        args: [{ commandId, by: maya, reason: 'Because', ...command }],
      }),
    deliver: async (message, more = {}) =>
      handle.executeUpdate<DeliverResult, [unknown]>(deliverUpdate, {
        args: [{ messageId: randomUUID(), message, ref: null, fields: [], values: {}, ...more }],
      }),
    move: async (plan, stepIds = {}) =>
      handle.executeUpdate<MoveResult, [unknown]>(moveUpdate, {
        args: [{ moveId: randomUUID(), by: maya, plan, stepIds }],
      }),
    events: async () => eventCounts(handle),
    history: async () => ({ workflowId: handle.workflowId, history: await handle.fetchHistory() }),
  }
}

/** How many events of each type the history holds. */
export async function eventCounts(handle: WorkflowHandle): Promise<Record<string, number>> {
  const { events } = RecordedEvents.parse(JSON.parse(historyToJSON(await handle.fetchHistory())))
  const counts: Record<string, number> = {}
  for (const { eventType } of events) counts[eventType] = (counts[eventType] ?? 0) + 1
  return counts
}

export function aDecision(task: OpenTask, args: Partial<DecideArgs> = {}): DecideArgs {
  return {
    decisionId: randomUUID(),
    by: maya,
    taskId: task.taskId,
    taskVersion: task.version,
    shownHash: task.shownHash,
    action: 'approve',
    editRef: null,
    editedFields: [],
    values: {},
    reason: null,
    note: null,
    touchMs: 1_000,
    changedShare: null,
    digest: 'digest',
    ...args,
  }
}

/** The code with which an update was refused; throws when it was not. */
export async function refusalOf(update: Promise<unknown>): Promise<{ code: string; details: unknown }> {
  try {
    await update
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
      return { code: error.cause.type ?? '', details: error.cause.details?.[0] }
    }
    throw error
  }
  throw new Error('the update was accepted')
}

export async function eventually<T>(
  find: () => Promise<T | null>,
  what: string,
  withinMs = 20_000,
): Promise<T> {
  const until = Date.now() + withinMs
  for (;;) {
    const found = await find()
    if (found !== null) return found
    if (Date.now() > until) throw new Error(`waited ${withinMs} ms for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
