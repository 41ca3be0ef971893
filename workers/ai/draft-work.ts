import { randomBytes } from 'node:crypto'
import { visitOf } from '#domain/exec-ids.ts'
import type { DocRef } from '#domain/plan.ts'
import type { FieldValues } from '#domain/process-map.ts'
import {
  conditionValues,
  fieldsNamed,
  finishedBy,
  newDocument,
  type Finished,
  type StepJobOf,
  type WorkOutcome,
} from '../activities/step-job.ts'
import type { CasePort } from '../ports.ts'
import type { Drafted, Model, TimedDraft } from './complete.ts'
import { buildPrompt } from './prompt.ts'

type DraftDeps = { port: Pick<CasePort, 'loadFields'>; model: Model }
type DraftJob = StepJobOf<'draft'>

/** Drafts the outputs of an ai step. */
export async function draftWork({ port, model }: DraftDeps, job: DraftJob): Promise<WorkOutcome> {
  const drafted = await draft({ port, model }, job)
  if (drafted.kind === 'aborted') return { kind: 'aborted', left: null }
  const { practice } = model
  if (drafted.kind !== 'later') return storable(drafted, job, practice)
  const { cause, message, afterMs } = drafted
  return {
    kind: 'later',
    cause,
    message,
    afterMs,
    firstPauseMs: job.step.retry.firstPauseSeconds * 1000,
    giveUp: () => storable(drafted, job, practice),
  }
}

async function draft({ port, model }: DraftDeps, job: DraftJob): Promise<TimedDraft> {
  const {
    request,
    step,
    signal,
    version: { map },
  } = job
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

function storable(
  drafted: Exclude<Drafted, { kind: 'aborted' }> & { machineMs: number },
  { request, step, version, attempt, now }: DraftJob,
  practice: boolean,
): Finished {
  const promptVersion = version.promptVersions[step.id] ?? 'unknown'
  const at = now()
  const base = { caseId: request.caseId, at: at.toISOString(), ...visitOf(request) }

  if (drafted.kind !== 'draft') {
    const { cause, message } = drafted
    const raw =
      drafted.kind === 'failed' && drafted.raw !== null
        ? newDocument('raw', { text: drafted.raw.slice(0, 100_000) }, { cause, promptVersion, practice })
        : null
    return {
      kind: 'finished',
      result: { status: 'failed', failure: { cause, message, raw: raw?.ref ?? null } },
      documents: raw === null ? [] : [raw],
      events: [{ ...base, type: 'draft-failed', key: `draft-failed:${request.execId}`, cause, message }],
    }
  }

  const { values, model, usage, machineMs } = drafted
  const inputTokens = usage?.inputTokens ?? null
  const outputTokens = usage?.outputTokens ?? null
  const made = { model, practice, promptVersion, inputTokens, outputTokens }
  const document = newDocument('draft', values, made)
  return {
    kind: 'finished',
    result: {
      status: 'done',
      output: document.ref,
      fields: step.outputs,
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
        attempts: attempt,
      },
      finishedBy('ai', { request, at, machineMs }),
    ],
  }
}
