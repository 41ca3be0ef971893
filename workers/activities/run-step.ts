import { randomBytes } from 'node:crypto'
import { CancelledFailure, Context, type Info } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import type { CaseEvent } from '#domain/case-events.ts'
import type { RunStepRequest, RunStepResult } from '#domain/case-messages.ts'
import type { CaseValues } from '#domain/expressions.ts'
import { dispatch, stepById } from '#domain/graph.ts'
import type { DocRef } from '#domain/plan.ts'
import type { Field, FieldValues, ProcessMap, StepOf } from '#domain/process-map.ts'
import { referenceTo } from '#store/documents.ts'
import type { Drafted, Model, TimedDraft } from '../ai/complete.ts'
import { buildPrompt } from '../ai/prompt.ts'
import type { CasePort, MapVersionForWork, NewDocument } from '../ports.ts'
import { stepWork } from '../steps.ts'
import { untilStored } from './database-away.ts'
import type { Wanted } from './map-versions.ts'

export type RunStepDeps = {
  port: CasePort
  model: Model
  versionOf: (wanted: Wanted) => Promise<MapVersionForWork>
}

const heartbeatMs = 2_000

/** Drafts the outputs of an ai step and stores them with everything that figures want to know of it. */
export async function runStep(deps: RunStepDeps, request: RunStepRequest): Promise<RunStepResult> {
  const context = Context.current()
  const beat = setInterval(() => context.heartbeat(), heartbeatMs)
  try {
    return await draftOnce(deps, request, context)
  } finally {
    clearInterval(beat)
  }
}

async function draftOnce(
  deps: RunStepDeps,
  request: RunStepRequest,
  context: Context,
): Promise<RunStepResult> {
  const { port } = deps
  const { cancellationSignal: signal, info } = context
  const version = await untilStored(async () => deps.versionOf(request), signal)
  const step = draftingStep(version.map, request.stepId)
  const begun = await untilStored(async () => port.beginStep(request, [entered(request)]), signal)
  if (begun.status === 'finished') return begun.result

  const startedAt = performance.now()
  const drafted = await draft(deps, { request, step, version, signal })
  if (drafted.kind === 'aborted') throw whyAborted(context)
  if (drafted.kind === 'later' && info.attempt < request.attempts) throw tryLater(drafted, step, info)

  const tookMs = Math.round(performance.now() - startedAt)
  const outcome = storable(drafted, {
    request,
    step,
    promptVersion: version.promptVersions[step.id] ?? 'unknown',
    practice: deps.model.practice,
    attempt: begun.attempt,
    machineMs: drafted.machineMs,
    // The database's clock, carried on by our own: no other clock can make a duration negative.
    at: new Date(Date.parse(begun.at) + tookMs),
  })
  const { caseId, pilotId, execId } = request
  const finished = { caseId, pilotId, execId, attempt: begun.attempt, ...outcome }
  const stored = await untilStored(async () => port.finishStep(finished), signal)
  if (stored !== null) return stored
  throw ApplicationFailure.retryable('A later attempt has taken over.', 'TakenOver')
}

function entered({ caseId, stepId, visit, enabledAt }: RunStepRequest): CaseEvent {
  const execId = `${stepId}#${visit}`
  return { type: 'step-entered', caseId, key: `entered:${execId}`, at: enabledAt, stepId, execId, visit }
}

function draftingStep(map: ProcessMap, stepId: string): StepOf<'ai'> {
  const step = stepById(map, stepId)
  const work = step === null ? null : dispatch(step, stepWork)
  if (work?.kind === 'draft') return work.step
  throw ApplicationFailure.nonRetryable(`Step "${stepId}" is no work for a machine.`, 'NoWork')
}

function fieldsNamed(map: ProcessMap, names: string[]): Field[] {
  return names.flatMap((name) => map.fields.filter((field) => field.name === name))
}

async function draft(
  { port, model }: RunStepDeps,
  {
    request,
    step,
    version: { map },
    signal,
  }: { request: RunStepRequest; step: StepOf<'ai'>; version: MapVersionForWork; signal: AbortSignal },
): Promise<TimedDraft> {
  const outputs = fieldsNamed(map, step.outputs)
  const maySend = new Set(
    map.fields.flatMap((field) => (field.sensitivity === 'sensitive' ? [] : [field.name])),
  )
  const sendable = (values: FieldValues): FieldValues =>
    Object.fromEntries(Object.entries(values).filter(([name]) => maySend.has(name)))
  const { sendBack } = request
  const earlier = sendBack?.draft ?? null
  const [inputs, earlierDraft] = await Promise.all([
    port.loadFields(request.inputs),
    earlier === null
      ? {}
      : port.loadFields(Object.fromEntries(step.outputs.map((name): [string, DocRef] => [name, earlier]))),
  ])
  const messages = buildPrompt({
    step,
    outputs,
    inputs: sendable(inputs),
    sentBack:
      sendBack === null
        ? null
        : { reason: sendBack.reason, note: sendBack.note, draft: sendable(earlierDraft) },
    boundary: randomBytes(6).toString('hex'),
  })
  return model.draft({ messages, outputs, deadlineMs: step.deadlineSeconds * 1000, signal })
}

/** A worker that stops hands the step on; a case that was stopped wants no draft any more. */
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
  { cause, message, afterMs }: Extract<Drafted, { kind: 'later' }>,
  step: StepOf<'ai'>,
  { attempt }: Info,
): ApplicationFailure {
  const pauseMs = Math.min(longestPauseMs, step.retry.firstPauseSeconds * 1000 * 2 ** (attempt - 1))
  // Between half and all of it, so that cases that failed together do not come back together.
  const jittered = pauseMs * (0.5 + Math.random() / 2)
  return ApplicationFailure.create({
    message,
    type: cause,
    nonRetryable: false,
    nextRetryDelay: Math.max(1, Math.round(afterMs ?? jittered)),
  })
}

type Outcome = { result: RunStepResult; documents: NewDocument[]; events: CaseEvent[] }

function storable(
  drafted: Exclude<Drafted, { kind: 'aborted' }>,
  about: {
    request: RunStepRequest
    step: StepOf<'ai'>
    promptVersion: string
    practice: boolean
    attempt: number
    machineMs: number
    at: Date
  },
): Outcome {
  const { request, promptVersion, practice, machineMs } = about
  const { caseId, stepId, visit } = request
  const execId = `${stepId}#${visit}`
  const at = about.at.toISOString()
  const base = { caseId, at, stepId, execId }

  if (drafted.kind !== 'draft') {
    const { cause, message } = drafted
    const raw =
      drafted.kind === 'failed' && drafted.raw !== null
        ? newDocument('raw', { text: drafted.raw.slice(0, 100_000) }, { cause, promptVersion, practice })
        : null
    return {
      result: { status: 'failed', failure: { cause, message, raw: raw?.ref ?? null } },
      documents: raw === null ? [] : [raw],
      events: [{ ...base, type: 'draft-failed', key: `draft-failed:${request.execId}`, cause, message }],
    }
  }

  const { values, model, usage } = drafted
  const inputTokens = usage?.inputTokens ?? null
  const outputTokens = usage?.outputTokens ?? null
  const made = { model, practice, promptVersion, inputTokens, outputTokens }
  const document = newDocument('draft', values, made)
  const leadMs = Math.max(machineMs, about.at.getTime() - Date.parse(request.enabledAt))
  return {
    result: {
      status: 'done',
      output: document.ref,
      fields: about.step.outputs,
      values: conditionValues(values, request.conditionFields),
    },
    documents: [document],
    events: [
      {
        ...base,
        ...made,
        type: 'draft-stored',
        key: `drafted:${request.execId}`,
        documentId: document.ref.id,
        attempts: about.attempt,
      },
      {
        ...base,
        type: 'step-finished',
        key: `finished:${execId}`,
        visit,
        enabledAt: request.enabledAt,
        leadMs,
        waitMs: leadMs - machineMs,
        touchMs: null,
        machineMs,
        doneBy: 'ai',
      },
    ],
  }
}

function conditionValues(values: FieldValues, names: string[]): CaseValues {
  return Object.fromEntries(names.map((name) => [name, values[name] ?? null]))
}

function newDocument(kind: NewDocument['kind'], body: FieldValues, meta: NewDocument['meta']): NewDocument {
  return { ref: referenceTo(body), kind, body, meta }
}
