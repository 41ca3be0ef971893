import type { OpenTask } from '#domain/case-messages.ts'
import { shownHashOf, type Shown } from '#domain/shown-hash.ts'
import { pick, sendBackFor, type Token, type Visit } from './case-run.ts'

/** Beside a draft stands what it was made from. */
export function readNames({ scope }: Token, stepId: string): string[] {
  const step = scope.plan.steps[stepId]
  const drafting = step?.kind === 'review' ? scope.plan.steps[step.reviews] : undefined
  return [...new Set([...(step?.inputs ?? []), ...(drafting?.inputs ?? [])])]
}

export function shownWith(
  token: Token,
  visit: Visit,
  { stepId, outputs }: Pick<OpenTask, 'stepId' | 'outputs'>,
): Shown {
  return {
    inputs: pick(token.scope.fields, readNames(token, stepId)),
    written: pick(token.scope.fields, outputs),
    sendBack: sendBackFor(token, stepId),
    failure: visit.failure,
  }
}

export function refreshShown(token: Token, visit: Visit, task: OpenTask): void {
  task.shownHash = shownHashOf(task, shownWith(token, visit, task))
}
