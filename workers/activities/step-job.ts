import type { CaseEvent } from '#domain/case-events.ts'
import type { RunStepRequest, RunStepResult } from '#domain/case-messages.ts'
import { visitOf } from '#domain/exec-ids.ts'
import type { CaseValues } from '#domain/expressions.ts'
import type { Field, FieldValues, ProcessMap } from '#domain/process-map.ts'
import { referenceTo } from '#store/documents.ts'
import type { MapVersionForWork, NewDocument } from '../ports.ts'
import type { StepWork } from '../steps.ts'

export type MachineWork = Exclude<StepWork, { kind: 'none' }>
type WorkKind = MachineWork['kind']

/** One attempt at the work of a step. */
export type StepJob = {
  request: RunStepRequest
  version: MapVersionForWork
  /** How many attempts have begun, this one included. */
  attempt: number
  /** An earlier attempt had begun to send, and nobody heard what came of it. */
  wasSent: boolean
  /** The database's clock, carried on by our own: no other clock can make a duration negative. */
  now: () => Date
  signal: AbortSignal
  /** Once the signal was given: the case wants no work any more, and not this worker that stops. */
  isCalledOff: () => boolean
}
export type StepJobOf<Kind extends WorkKind> = StepJob & {
  step: Extract<MachineWork, { kind: Kind }>['step']
}

export type Finished = {
  kind: 'finished'
  result: RunStepResult
  documents: NewDocument[]
  events: CaseEvent[]
}

/** What an attempt came to. */
export type WorkOutcome =
  | Finished
  /** Worth another try; `giveUp` is what is stored when there are no more. */
  | {
      kind: 'later'
      cause: string
      message: string
      afterMs: number | null
      firstPauseMs: number
      giveUp: () => Finished
    }
  /** Called off; `left` is what has to be stored all the same. */
  | { kind: 'aborted'; left: Finished | null }

export function newDocument(
  kind: NewDocument['kind'],
  body: FieldValues,
  meta: NewDocument['meta'] = {},
): NewDocument {
  return { ref: referenceTo(body), kind, body, meta }
}

export function fieldsNamed(map: ProcessMap, names: readonly string[]): Field[] {
  return names.flatMap((name) => map.fields.filter((field) => field.name === name))
}

/** Those of the values that conditions read. */
export function conditionValues(values: FieldValues, names: readonly string[]): CaseValues {
  return Object.fromEntries(names.map((name) => [name, values[name] ?? null]))
}

/** Work that failed for good and leaves nothing behind but its reason. */
export function failed(cause: string, message: string): Finished {
  return {
    kind: 'finished',
    result: { status: 'failed', failure: { cause, message, raw: null } },
    documents: [],
    events: [],
  }
}

export function entered({ request }: { request: RunStepRequest }): CaseEvent {
  const { caseId, visit, enabledAt } = request
  const of = visitOf(request)
  return { type: 'step-entered', caseId, key: `entered:${of.execId}`, at: enabledAt, ...of, visit }
}

/** The visit is over, done by a machine that worked for so long. */
export function finishedBy(
  doneBy: 'ai' | 'system',
  { request, at, machineMs }: { request: RunStepRequest; at: Date; machineMs: number },
): CaseEvent {
  const { caseId, visit, enabledAt } = request
  const of = visitOf(request)
  const leadMs = Math.max(machineMs, at.getTime() - Date.parse(enabledAt))
  return {
    type: 'step-finished',
    caseId,
    key: `finished:${of.execId}`,
    at: at.toISOString(),
    ...of,
    visit,
    enabledAt,
    leadMs,
    waitMs: leadMs - machineMs,
    touchMs: null,
    machineMs,
    doneBy,
  }
}
