import type { TaskKind } from './case-messages.ts'
import type { ProcessMap, Step, StepKind } from './process-map.ts'

export type CaseState = {
  status: 'queued' | 'running' | 'waiting' | 'done' | 'cancelled' | 'stalled'
  stepId: string | null
  outcome: string | null
  /** Why the engine cannot move it. */
  stall: 'failing' | 'lost' | null
  task: { kind: TaskKind; stepId: string } | null
  /** Who is asked: a name where it is one person, else a role in the firm's own words. */
  who: string | null
}

/** Where a case is, in a sentence. */
export function stateWords(map: ProcessMap, state: CaseState): string {
  const step = map.steps.find((candidate) => candidate.id === (state.task?.stepId ?? state.stepId)) ?? null
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
      return state.task === null ? runningWords(step) : waitingWords(step, state.task.kind, state.who)
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
