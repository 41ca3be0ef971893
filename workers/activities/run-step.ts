import { CancelledFailure, Context } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import type { RunStepRequest, RunStepResult } from '#domain/case-messages.ts'
import { dispatch, stepById } from '#domain/graph.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import { draftWork } from '../ai/draft-work.ts'
import type { Model } from '../ai/complete.ts'
import { callWork } from '../call/call-work.ts'
import type { Caller } from '../call/caller.ts'
import type { CasePort, MapVersionForWork, TaskToOpen } from '../ports.ts'
import { stepWork } from '../steps.ts'
import { patienceOf, untilStored } from './database-away.ts'
import { gatherWork, splitWork } from './list-work.ts'
import type { Wanted } from './map-versions.ts'
import { gateToOpen } from './open-task.ts'
import { entered, type Finished, type MachineWork, type StepJob, type WorkOutcome } from './step-job.ts'
import { waitWork } from './wait-work.ts'

export type RunStepDeps = {
  port: CasePort
  model: Model
  caller: Caller
  versionOf: (wanted: Wanted) => Promise<MapVersionForWork>
}

/** One try of the engine at an activity. */
export type Turn = {
  /** How often the engine has tried, this time included. */
  tries: number
  signal: AbortSignal
  /** Why the signal was given. */
  whyAborted: () => Error
}

const heartbeatMs = 2_000

/** Does the work of a step and stores it with everything that figures want to know of it. */
export async function runStep(deps: RunStepDeps, request: RunStepRequest): Promise<RunStepResult> {
  const context = Context.current()
  const beat = setInterval(() => context.heartbeat(), heartbeatMs)
  try {
    return await workOnStep(deps, request, {
      tries: context.info.attempt,
      signal: context.cancellationSignal,
      whyAborted: () => whyAborted(context),
    })
  } finally {
    clearInterval(beat)
  }
}

/** The same, whoever counts the tries. */
export async function workOnStep(
  deps: RunStepDeps,
  request: RunStepRequest,
  { tries, signal, whyAborted: why }: Turn,
): Promise<RunStepResult> {
  const { port } = deps
  const version = await untilStored(async () => deps.versionOf(request), signal)
  const work = machineWork(version.map, request.stepId)
  const begun = await untilStored(async () => port.beginStep(request, [entered({ request })]), signal)
  if (begun.status === 'finished') return begun.result

  const startedAt = performance.now()
  const { attempt, wasSent } = begun
  const job: StepJob = {
    request,
    version,
    attempt,
    wasSent,
    now: () => new Date(Date.parse(begun.at) + Math.round(performance.now() - startedAt)),
    signal,
    isCalledOff: () => why() instanceof CancelledFailure,
  }
  const store = async (done: Finished): Promise<RunStepResult> => {
    const { caseId, pilotId, execId } = request
    const { documents, events } = done
    const { result, opens } = withGate(version.map, request, { result: done.result, at: job.now() })
    const finished = { caseId, pilotId, execId, attempt, result, documents, events, opens }
    const stored = await untilStored(async () => port.finishStep(finished), patienceOf(signal))
    if (stored !== null) return stored
    throw ApplicationFailure.retryable('A later attempt has taken over.', 'TakenOver')
  }

  const outcome = await doWork(deps, work, job)
  switch (outcome.kind) {
    case 'finished':
      return store(outcome)
    case 'later':
      if (tries < request.attempts) throw tryLater(outcome, tries)
      return store(outcome.giveUp())
    case 'aborted': {
      const reason = why()
      if (outcome.left !== null && reason instanceof CancelledFailure) await store(outcome.left)
      throw reason
    }
  }
}

/** A draft that is done opens the gate that reads it, if the case asks for that. */
function withGate(
  map: ProcessMap,
  { opens }: RunStepRequest,
  { result, at }: { result: RunStepResult; at: Date },
): { result: RunStepResult; opens: TaskToOpen | null } {
  if (opens == null || result.status !== 'done') return { result, opens: null }
  const { output, fields } = result
  try {
    const { task, opened } = gateToOpen(map, opens, { output, fields, at })
    return { result: { ...result, opened }, opens: task }
  } catch {
    // A deadline that cannot be told never costs the draft: the case opens the gate itself, and hears what is wrong.
    return { result, opens: null }
  }
}

async function doWork(deps: RunStepDeps, work: MachineWork, job: StepJob): Promise<WorkOutcome> {
  switch (work.kind) {
    case 'draft':
      return draftWork(deps, { ...job, step: work.step })
    case 'list': {
      const { gathers } = job.request
      const listJob = { ...job, step: work.step }
      return gathers === undefined ? splitWork(deps, listJob) : gatherWork(deps, listJob, gathers)
    }
    case 'wait':
      return waitWork(deps, { ...job, step: work.step })
    case 'call':
      return callWork(deps, { ...job, step: work.step })
  }
}

function machineWork(map: ProcessMap, stepId: string): MachineWork {
  const step = stepById(map, stepId)
  const work = step === null ? null : dispatch(step, stepWork)
  if (work !== null && work.kind !== 'none') return work
  throw ApplicationFailure.nonRetryable(`Step "${stepId}" is no work for a machine.`, 'NoWork')
}

/** A worker that stops hands the step on; a case that was stopped wants no work any more. */
function whyAborted({ cancellationSignal, cancellationDetails }: Context): Error {
  if (cancellationDetails?.workerShutdown === true) {
    return ApplicationFailure.create({
      message: 'This worker is stopping.',
      type: 'WorkerStopping',
      nonRetryable: false,
      nextRetryDelay: 100,
    })
  }
  const { reason } = cancellationSignal
  return reason instanceof Error ? reason : new CancelledFailure('cancelled')
}

const longestPauseMs = 60_000

function tryLater(
  { cause, message, afterMs, firstPauseMs }: Extract<WorkOutcome, { kind: 'later' }>,
  tries: number,
): ApplicationFailure {
  const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (tries - 1))
  // Between half and all of it, so that cases that failed together do not come back together.
  const jittered = pauseMs * (0.5 + Math.random() / 2)
  return ApplicationFailure.create({
    message,
    type: cause,
    nonRetryable: false,
    nextRetryDelay: Math.max(1, Math.round(afterMs ?? jittered)),
  })
}
