import { visitOf } from '#domain/exec-ids.ts'
import type { FieldValues, StepOf } from '#domain/process-map.ts'
import {
  conditionValues,
  fieldsNamed,
  finishedBy,
  newDocument,
  type Finished,
  type StepJobOf,
  type WorkOutcome,
} from '../activities/step-job.ts'
import { patienceOf, untilStored } from '../activities/database-away.ts'
import type { CasePort } from '../ports.ts'
import { retryAfterMs } from '../retry-after.ts'
import type { Answer, Caller } from './caller.ts'
import { outgoingOf } from './outgoing.ts'
import { replyValues, storableText } from './reply-values.ts'
import { judge } from './verdict.ts'

type CallDeps = { port: Pick<CasePort, 'loadFields' | 'loadConnection' | 'noteSent'>; caller: Caller }
type CallJob = StepJobOf<'call'>

/**
 * How long a case that was called off still waits for the answer to what was sent: only the answer says whether there
 * is something to undo.
 */
const lastAnswerMs = 10_000

/**
 * Asks another system once. What must not be done twice is noted before it is sent, so that a worker that dies
 * meanwhile leaves a question for a person and not a second order.
 */
export async function callWork({ port, caller }: CallDeps, job: CallJob): Promise<WorkOutcome> {
  const { request, step, version, attempt, wasSent, signal } = job
  const repeatable = isRepeatable(step)
  if (wasSent && !repeatable) {
    return failedCall(job, {
      cause: 'call-unknown',
      message: `A worker stopped after it had sent this to "${step.connection}". Find out whether it was done.`,
    })
  }
  const [connection, values] = await Promise.all([
    untilStored(async () => port.loadConnection(request.mapId, step.connection), signal),
    untilStored(async () => port.loadFields(request.inputs), signal),
  ])
  if (connection === null) {
    return failedCall(job, {
      cause: 'call-refused',
      message: `There is no connection "${step.connection}" any more.`,
    })
  }
  const outgoing = outgoingOf(step, {
    baseUrl: connection.baseUrl,
    fields: fieldsNamed(version.map, step.inputs),
    values,
  })
  if (!outgoing.ok) return failedCall(job, { cause: 'data', message: outgoing.why })

  const note = async (sent: boolean): Promise<void> =>
    port.noteSent({ caseId: request.caseId, execId: request.execId, attempt, sent })
  const line = lineOf(job)
  const began = performance.now()
  const answer = await caller
    .call({
      connection,
      method: step.method,
      url: outgoing.url,
      body: outgoing.body,
      idempotencyKey: `${request.caseId}:${request.execId}`,
      wantsReply: step.outputs.length > 0,
      deadlineMs: step.deadlineSeconds * 1000,
      signal: line.signal,
      beforeSending: async () => {
        if (!repeatable) await note(true)
        line.send()
      },
    })
    .finally(line.close)
  const machineMs = Math.round(performance.now() - began)
  const verdict = judge(answer, { repeatable, isRepeat: attempt > 1, system: step.connection })
  switch (verdict.kind) {
    case 'answered':
      return answered(job, { ...verdict, machineMs })
    case 'failed': {
      const finished = failedCall(job, { ...verdict, raw: rawOf(answer) })
      return isCalledOff(job) ? { kind: 'aborted', left: finished } : finished
    }
    case 'later': {
      if (!repeatable) await untilStored(async () => note(false), patienceOf(signal))
      const giveUp = (): Finished => failedCall(job, { ...verdict, raw: rawOf(answer) })
      if (isCalledOff(job)) return { kind: 'aborted', left: giveUp() }
      return {
        kind: 'later',
        cause: verdict.cause,
        message: verdict.message,
        afterMs: retryAfterMs(verdict.retryAfter),
        firstPauseMs: step.retry.firstPauseSeconds * 1000,
        giveUp,
      }
    }
    case 'aborted': {
      if (!verdict.sent && !repeatable) await note(false)
      const left =
        verdict.sent && step.method !== 'GET'
          ? failedCall(job, {
              cause: 'call-unknown',
              message: `The case was called off after this had been sent to "${step.connection}".`,
            })
          : null
      return { kind: 'aborted', left }
    }
  }
}

function isCalledOff({ signal, isCalledOff: is }: CallJob): boolean {
  return signal.aborted && is()
}

type Line = { signal: AbortSignal; send: () => void; close: () => void }

/** When to hang up: at once, but for what was sent to be done and may be answered soon. */
function lineOf(job: CallJob): Line {
  const { step, signal } = job
  const hangUp = new AbortController()
  let sent = false
  let timer: NodeJS.Timeout | undefined
  const end = (): void => {
    if (sent && step.method !== 'GET' && isCalledOff(job)) {
      timer = setTimeout(() => hangUp.abort(), lastAnswerMs)
    } else hangUp.abort()
  }
  if (signal.aborted) end()
  else signal.addEventListener('abort', end)
  return {
    signal: hangUp.signal,
    send: () => {
      sent = true
    },
    close: () => {
      signal.removeEventListener('abort', end)
      clearTimeout(timer)
    },
  }
}

/** Asking twice does no more than asking once. */
function isRepeatable({ method, repeatable }: StepOf<'call'>): boolean {
  return repeatable || method === 'GET' || method === 'PUT' || method === 'DELETE'
}

function answered(
  job: CallJob,
  { status, text, cut, machineMs }: { status: number; text: string; cut: boolean; machineMs: number },
): Finished {
  const { step, version } = job
  const read = cut
    ? { ok: false as const, why: 'it is longer than we read' }
    : replyValues(step, version.map, text)
  if (!read.ok) {
    const message = `"${step.connection}" answered (${status}), but the reply could not be used: ${read.why}.`
    return failedCall(job, { cause: 'call-failed', message, raw: text })
  }
  return doneCall(job, { values: read.values, status, machineMs })
}

function doneCall(
  job: CallJob,
  { values, status, machineMs }: { values: FieldValues; status: number; machineMs: number },
): Finished {
  const { request, step, attempt } = job
  const at = job.now()
  const { connection, method } = step
  const document = newDocument('system', values, { connection, status })
  return {
    kind: 'finished',
    result: {
      status: 'done',
      output: document.ref,
      fields: Object.keys(values),
      values: conditionValues(values, request.conditionFields),
    },
    documents: [document],
    events: [
      {
        type: 'call-answered',
        caseId: request.caseId,
        key: `called:${request.execId}`,
        at: at.toISOString(),
        ...visitOf(request),
        connection,
        method,
        status,
        attempts: attempt,
      },
      finishedBy('system', { request, at, machineMs }),
    ],
  }
}

function failedCall(
  { request, step, now }: CallJob,
  { cause, message, raw = '' }: { cause: string; message: string; raw?: string },
): Finished {
  const { connection } = step
  const text = storableText(raw)
  const document = text.trim() === '' ? null : newDocument('raw', { text }, { cause, connection })
  return {
    kind: 'finished',
    result: { status: 'failed', failure: { cause, message, raw: document?.ref ?? null } },
    documents: document === null ? [] : [document],
    events: [
      {
        type: 'call-failed',
        caseId: request.caseId,
        key: `call-failed:${request.execId}`,
        at: now().toISOString(),
        ...visitOf(request),
        connection,
        cause,
        message,
      },
    ],
  }
}

function rawOf(answer: Answer): string {
  return answer.kind === 'answered' ? answer.text : ''
}
