import type { TaskKind } from './case-messages.ts'
import { stepAt, type MapTree } from './map-tree.ts'
import type { ProcessMap, Step, StepKind } from './process-map.ts'

export type CaseState = {
  status: 'queued' | 'running' | 'waiting' | 'done' | 'cancelled' | 'stalled'
  /** Steps are named by their paths. */
  stepId: string | null
  outcome: string | null
  /** Why the engine cannot move it. */
  stall: 'failing' | 'lost' | null
  task: { kind: TaskKind; stepId: string } | null
  /** What it waits for beside people. */
  wait: { stepId: string; message: string | null } | null
  /** Who is asked: a name where it is one person, else a role in the firm's own words. */
  who: string | null
}

/** Where a case is, in a sentence. */
export function stateWords(tree: MapTree, state: CaseState): string {
  const path = state.task?.stepId ?? state.wait?.stepId ?? state.stepId
  const step = path === null ? null : (stepAt(tree, path)?.step ?? null)
  switch (state.status) {
    case 'queued':
      return 'Received, about to start'
    case 'stalled':
      return `Stuck${step === null ? '' : ` at "${step.title}"`}: ${stallWords[state.stall ?? 'failing']}`
    case 'done':
      return state.outcome ?? 'Done'
    case 'cancelled':
      return state.outcome ?? 'Stopped'
    case 'waiting':
      if (state.task !== null) return waitingWords(step, state.task.kind, state.who)
      return state.wait?.message == null
        ? runningWords(step)
        : `Waiting for the message “${state.wait.message}”: ${step?.title ?? state.wait.stepId}`
    case 'running':
      return runningWords(step)
  }
}

const stallWords: Record<NonNullable<CaseState['stall']>, string> = {
  failing: 'the engine cannot take its next step and keeps trying',
  lost: 'the engine has no record of it any more',
}

function waitingWords(step: Step | null, kind: TaskKind, who: string | null): string {
  const title = step?.title ?? 'a step'
  const person = who ?? (step?.who || 'somebody')
  const waits: Record<TaskKind, string> = {
    review: `Waiting for ${person}: ${title}`,
    manual: `Waiting for ${person}: ${title}`,
    'by-hand': `Waiting for ${person} to do it by hand: ${title}`,
    exception: `Waiting for ${person} at the exception desk: ${title}`,
  }
  return waits[kind]
}

function runningWords(step: Step | null): string {
  if (step === null) return 'On its way'
  const words: Record<StepKind, string> = {
    ai: `AI is working on: ${step.title}`,
    manual: `Done, going on: ${step.title}`,
    review: `Decided, going on: ${step.title}`,
    decision: `Deciding: ${step.title}`,
    fork: `Going on in several branches: ${step.title}`,
    join: `Coming together: ${step.title}`,
    'for-each': `Going through the list: ${step.title}`,
    wait: `Waiting: ${step.title}`,
    call: `Asking another system: ${step.title}`,
    'sub-process': `In another process: ${step.title}`,
    end: `Finishing: ${step.title}`,
  }
  return words[step.kind]
}

/** A rule's complaint with the field called as people call it. */
export function inLabels(map: Pick<ProcessMap, 'fields'>, message: string): string {
  return message.replace(/\b(\w+) is not known in this case/, (whole, name: string) => {
    const field = map.fields.find((candidate) => candidate.name === name)
    return field === undefined ? whole : `“${field.label}” is not known in this case`
  })
}
