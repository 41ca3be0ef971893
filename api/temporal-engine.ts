import {
  ApplicationFailure,
  Client,
  Connection,
  defaultGrpcRetryOptions,
  isGrpcServiceError,
  makeGrpcRetryInterceptor,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type WorkflowHandle,
} from '@temporalio/client'
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common'
import type { ClientConnectConfig } from '@temporalio/envconfig'
import { lookAtCase } from '#domain/case-look.ts'
import {
  commandUpdate,
  coreQueue,
  decideUpdate,
  deliverUpdate,
  moveUpdate,
  stopUpdate,
  undoUpdate,
  workflowIdOf,
  workflowType,
  type CaseInput,
} from '#domain/case-messages.ts'
import type { CaseAddress, Engine, PartState, Told } from './engine.ts'

/** Long enough for a busy server, short enough that a person hears within three seconds that it is away. */
const reachMs = 2_500
/** How long an answer may take before the decision counts as "checking". */
const answerMs = 10_000
/** A poller that was not seen for this long is a dead worker. */
const silentMs = 75_000

const pilotAttribute = defineSearchAttributeKey('TlPilotId', 'KEYWORD')
const versionAttribute = defineSearchAttributeKey('TlMapVersion', 'INT')

/** Bytes; ids are ASCII. */
const longestFairnessKey = 64

const notFound = 5
const invalidArgument = 3

export type TemporalEngine = Engine & { close: () => Promise<void> }

/** The engine on a real Temporal server. The connection is made with the first call and heals by itself. */
export function temporalEngine(
  config: ClientConnectConfig,
  { queue = coreQueue }: { queue?: string } = {},
): TemporalEngine {
  const connection = Connection.lazy({
    ...config.connectionOptions,
    connectTimeout: reachMs,
    // A person waits for the answer: whoever calls decides about trying longer.
    interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions({ maxAttempts: 3 }))],
  })
  const namespace = config.namespace ?? 'default'
  const client = new Client({ connection, namespace })
  let hasAttributes = true

  const handleOf = (to: CaseAddress): WorkflowHandle => client.workflow.getHandle(workflowIdOf(to))
  const soon = <T>(work: () => Promise<T>): Promise<T> => connection.withDeadline(Date.now() + reachMs, work)

  async function isReachable(): Promise<boolean> {
    try {
      await limited(
        soon(() => connection.workflowService.getSystemInfo({})),
        reachMs + 300,
      )
      return true
    } catch {
      return false
    }
  }

  /** Whether it can be reached is asked first: only then is silence a doubt, and not simply nothing. */
  async function tell<Result>(
    to: CaseAddress,
    update: { name: string; id: string; args: unknown },
  ): Promise<Told<Result>> {
    if (!(await isReachable())) return { kind: 'unsent' }
    try {
      const result = await limited(
        connection.withDeadline(Date.now() + answerMs, () =>
          handleOf(to).executeUpdate<Result, [unknown]>(update.name, {
            updateId: update.id,
            args: [update.args],
          }),
        ),
        answerMs + 500,
      )
      return { kind: 'done', result }
    } catch (error) {
      return toldOf(error)
    }
  }

  return {
    start: async (input) => {
      const options = (attributes: SearchAttributePair[]): Parameters<typeof client.workflow.start>[1] => ({
        taskQueue: queue,
        workflowId: workflowIdOf(input),
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        typedSearchAttributes: attributes,
        // All steps of a case go by this key: pilots with work waiting are served in turn.
        priority: { fairnessKey: input.pilotId.slice(0, longestFairnessKey) },
        args: [input],
      })
      const start = (attributes: SearchAttributePair[]): Promise<unknown> =>
        soon(() => client.workflow.start(workflowType, options(attributes)))
      try {
        await start(hasAttributes ? attributesOf(input) : [])
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return
        if (!hasAttributes || !isUnknownAttribute(error)) throw error
        // A server that was set up without our search attributes runs cases all the same.
        hasAttributes = false
        await start([])
      }
    },
    decide: (to, args) => tell(to, { name: decideUpdate, id: args.decisionId, args }),
    undo: (to, args) => tell(to, { name: undoUpdate, id: args.undoId, args }),
    stop: (to, args) => tell(to, { name: stopUpdate, id: args.stopId, args }),
    command: (to, args) => tell(to, { name: commandUpdate, id: `command:${args.commandId}`, args }),
    // The sender chooses the id: it must not meet one of ours.
    deliver: (to, args) => tell(to, { name: deliverUpdate, id: `message:${args.messageId}`, args }),
    move: (to, args) => tell(to, { name: moveUpdate, id: `move:${args.moveId}`, args }),
    snapshot: async (to) => {
      if (!(await isReachable())) return { kind: 'unsent' }
      try {
        const result = await limited(
          soon(() => lookAtCase(handleOf(to))),
          reachMs + 300,
        )
        return { kind: 'done', result }
      } catch (error) {
        return toldOf(error)
      }
    },
    terminate: async (to, reason) => {
      try {
        await soon(() => handleOf(to).terminate(reason))
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error
      }
    },
    health: async () => {
      if (!(await isReachable())) {
        return { engine: down('Temporal does not answer'), worker: down('not known while Temporal is away') }
      }
      return { engine: { ok: true, detail: 'Temporal answers' }, worker: await workerState() }
    },
    close: () => connection.close(),
  }

  async function workerState(): Promise<PartState> {
    try {
      const { pollers } = await soon(() =>
        connection.workflowService.describeTaskQueue({
          namespace,
          taskQueue: { name: queue },
          taskQueueType: 1,
        }),
      )
      const seen = Math.max(
        0,
        ...(pollers ?? []).map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0)),
      )
      return Date.now() - seen * 1000 < silentMs
        ? { ok: true, detail: 'A worker takes work' }
        : down('No worker takes work: cases wait')
    } catch {
      return down('Temporal does not say who works')
    }
  }
}

function attributesOf(input: CaseInput): SearchAttributePair[] {
  return [
    { key: pilotAttribute, value: input.pilotId },
    { key: versionAttribute, value: input.plan.version },
  ]
}

function toldOf(error: unknown): Exclude<Told<never>, { kind: 'done' }> {
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
    return { kind: 'refused', type: error.cause.type ?? 'unknown', details: error.cause.details }
  }
  if (error instanceof WorkflowNotFoundError || grpcCode(error) === notFound) {
    return { kind: 'gone' }
  }
  // Sent, and not answered: what became of it is not known.
  return { kind: 'unanswered' }
}

function isUnknownAttribute(error: unknown): boolean {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return (
    isGrpcServiceError(cause) &&
    grpcCode(cause) === invalidArgument &&
    /search attribute/i.test(cause.details)
  )
}

function grpcCode(error: unknown): number | null {
  return isGrpcServiceError(error) ? error.code : null
}

/** The library keeps on trying by itself; a person is told after a while. */
async function limited<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${milliseconds} ms`)), milliseconds)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
    work.catch(() => undefined)
  }
}

function down(detail: string): PartState {
  return { ok: false, detail }
}
