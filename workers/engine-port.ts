import {
  WorkflowNotFoundError,
  isGrpcServiceError,
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from '@temporalio/client'
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/codec-helpers.js'
import { z } from 'zod'
import { CaseEvent } from '#domain/case-events.ts'
import { lookAtCase } from '#domain/case-look.ts'
import { workflowIdOf, type CaseSnapshot, type CloseCaseRequest } from '#domain/case-messages.ts'

type CaseAddress = { pilotId: string; caseId: string }

/** What the engine says of a case. */
export type EngineCase =
  | { kind: 'unknown' }
  | {
      kind: 'running'
      /** The same as long as nothing happens to the case. */
      mark: string
      /** What fails again and again: the case's own step, or some work that it asked for. */
      failing: { what: 'step' | 'work'; since: string } | null
      /** Work is under way that will tell the database something. */
      isBusy: boolean
    }
  | {
      kind: 'closed'
      how: 'completed' | 'cancelled' | 'terminated' | 'failed' | 'timed-out'
      at: string
    }

/** What the history of a case holds for good. */
type Recorded = {
  /** Every fact that was handed to some work. */
  events: CaseEvent[]
  /** With what it was closed; null before. */
  close: CloseCaseRequest | null
  /** Why it ended, in the words of whoever ended it from outside. */
  reason: string | null
}

/** The engine as the reconciler needs it. Throws while the engine does not answer. */
export type EnginePort = {
  describe: (of: CaseAddress) => Promise<EngineCase>
  /** Null while no worker can say it. */
  snapshot: (of: CaseAddress) => Promise<CaseSnapshot | null>
  /** When the step that fails now failed for the first time; null when the history does not say. */
  firstFailure: (of: CaseAddress) => Promise<string | null>
  recorded: (of: CaseAddress) => Promise<Recorded>
}

const answerMs = 5_000
/** Attempts of one step in the engine's own sense, after which it counts as failing. */
const attemptsThatFail = 3
const secondTryMs = 15_000
/** Tries to tell the database something: by then half a minute has passed. A draft says itself when it gives up. */
const worksThatFail = 8
/** Facts ride on the start of an activity: once it has run for a while, they are stored. */
const tellsWithinMs = 30_000

export function enginePort(client: Client): EnginePort {
  const handleOf = (of: CaseAddress, runId?: string): WorkflowHandle =>
    client.workflow.getHandle(workflowIdOf(of), runId)
  const soon = <T>(work: () => Promise<T>): Promise<T> =>
    client.connection.withDeadline(Date.now() + answerMs, work)

  return {
    describe: async (of) => {
      try {
        return engineCaseOf(await soon(() => handleOf(of).describe()))
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { kind: 'unknown' }
        throw error
      }
    },
    snapshot: async (of) => {
      try {
        return await soon(() => lookAtCase(handleOf(of)))
      } catch (error) {
        if (isServerAway(error)) throw error
        return null
      }
    },
    firstFailure: async (of) => {
      const { events } = await soon(() => handleOf(of).fetchHistory())
      // Only the first attempt is written down; those after it leave no event.
      const failed = (events ?? []).findLast(
        (event) => event.workflowTaskFailedEventAttributes ?? event.workflowTaskTimedOutEventAttributes,
      )
      const at = millisecondsOf(failed?.eventTime)
      return at === null ? null : new Date(at).toISOString()
    },
    recorded: async (of) => {
      const recorded: Recorded = { events: [], close: null, reason: null }
      for (let runId: string | null = ''; runId !== null;) {
        const handle: WorkflowHandle = runId === '' ? handleOf(of) : handleOf(of, runId)
        const { events } = await soon(() => handle.fetchHistory())
        runId = null
        for (const event of events ?? []) {
          const before = event.workflowExecutionStartedEventAttributes?.continuedExecutionRunId
          if (before) runId = before
          recorded.reason ??= event.workflowExecutionTerminatedEventAttributes?.reason ?? null
          const scheduled = event.activityTaskScheduledEventAttributes
          if (!scheduled) continue
          const [sent] = await decodeArrayFromPayloads(
            client.options.loadedDataConverter,
            scheduled.input?.payloads,
          )
          recorded.events.push(...factsIn(of.caseId, sent))
          if (scheduled.activityType?.name === 'closeCase') recorded.close = CloseCase.parse(sent)
        }
      }
      return recorded
    },
  }
}

function engineCaseOf(described: WorkflowExecutionDescription): EngineCase {
  const { status, runId, historyLength, closeTime } = described
  const at = (closeTime ?? new Date()).toISOString()
  switch (status.name) {
    case 'COMPLETED':
      return { kind: 'closed', how: 'completed', at }
    case 'CANCELLED':
      return { kind: 'closed', how: 'cancelled', at }
    case 'TERMINATED':
      return { kind: 'closed', how: 'terminated', at }
    case 'FAILED':
      return { kind: 'closed', how: 'failed', at }
    case 'TIMED_OUT':
      return { kind: 'closed', how: 'timed-out', at }
    case 'RUNNING':
    case 'CONTINUED_AS_NEW':
    case 'PAUSED':
    case 'UNSPECIFIED':
    case 'UNKNOWN':
      return {
        kind: 'running',
        mark: `${runId}:${historyLength}`,
        failing: failingOf(described),
        isBusy: isBusy(described),
      }
  }
}

function failingOf({ raw }: WorkflowExecutionDescription): (EngineCase & { kind: 'running' })['failing'] {
  const pending = raw.pendingWorkflowTask
  const since = millisecondsOf(pending?.originalScheduledTime ?? pending?.scheduledTime)
  const attempt = pending?.attempt ?? 0
  if (since !== null && (attempt >= attemptsThatFail || (attempt > 1 && Date.now() - since > secondTryMs))) {
    return { what: 'step', since: new Date(since).toISOString() }
  }
  const failed = (raw.pendingActivities ?? []).find(
    (activity) => activity.activityType?.name !== 'runStep' && (activity.attempt ?? 0) >= worksThatFail,
  )
  if (failed === undefined) return null
  const tried = millisecondsOf(failed.lastStartedTime) ?? Date.now()
  return { what: 'work', since: new Date(tried).toISOString() }
}

function isBusy({ raw }: WorkflowExecutionDescription): boolean {
  if (raw.pendingWorkflowTask) return true
  return (raw.pendingActivities ?? []).some((activity) => {
    const startedAt = millisecondsOf(activity.lastStartedTime)
    const hasTold = startedAt !== null && Date.now() - startedAt > tellsWithinMs
    return activity.activityType?.name !== 'runStep' || !hasTold
  })
}

type Timestamp = { seconds?: { toString: () => string } | null; nanos?: number | null }

function millisecondsOf(time: Timestamp | null | undefined): number | null {
  if (time?.seconds == null) return null
  return Number(time.seconds.toString()) * 1000 + Math.floor((time.nanos ?? 0) / 1e6)
}

const WithFacts = z.object({ facts: z.array(z.looseObject({ seq: z.int() })) })

function factsIn(caseId: string, sent: unknown): CaseEvent[] {
  const read = WithFacts.safeParse(sent)
  if (!read.success) return []
  return read.data.facts.map(({ seq, ...body }) => CaseEvent.parse({ ...body, caseId, key: `f${seq}` }))
}

const CloseCase = z
  .object({
    caseId: z.string(),
    pilotId: z.string(),
    status: z.enum(['done', 'cancelled']),
    outcome: z.string(),
    stepId: z.string().nullable(),
    at: z.string(),
  })
  // Its facts are read with all others.
  .transform((request): CloseCaseRequest => ({ ...request, facts: [] }))

const unavailable = 14

function isServerAway(error: unknown): boolean {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code: number | null = isGrpcServiceError(cause) ? cause.code : null
  return code === unavailable
}
