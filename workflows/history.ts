import { allHandlersFinished, condition, makeContinueAsNewFunc, workflowInfo } from '@temporalio/workflow'
import type { CaseInput, CaseResult, OpenTask } from '#domain/case-messages.ts'
import { carryOf, tell, type CaseRun } from './case-run.ts'

const eventsPerRun = 1_500
const updatesPerRun = 200

/** Whether the case is better continued in a new history. */
export function historyIsLong(run: CaseRun): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo()
  return continueAsNewSuggested || historyLength > eventsPerRun || run.updates >= updatesPerRun
}

/** In one place of its own map, and nothing under way but a wait for a person. */
export function isSafePoint(run: CaseRun): boolean {
  return (
    // A branch that is the last of its fork, or the only entry under way, is one place as well, and no safe one.
    run.tokens.length === 1 &&
    run.tokens[0] === run.root &&
    run.root.cancelWork === null &&
    Object.keys(run.opening).length === 0 &&
    Object.keys(run.held).length === 0 &&
    !run.stopping &&
    !run.closing
  )
}

/** Whether the history is to be cut here: it is long, or the case goes on in another version. */
export function shouldCut(run: CaseRun): boolean {
  return (run.moving !== null || historyIsLong(run)) && isSafePoint(run)
}

/**
 * Cuts the history at a gate, where nothing else is under way: the open task is opened anew there.
 * Comes back only if something was decided in the meantime.
 */
export async function continueElsewhere(run: CaseRun, task: OpenTask | null): Promise<void> {
  await condition(allHandlersFinished)
  if (task !== null && run.answers[task.taskId] !== undefined) return
  const input = run.moving === null ? { ...run.input, carry: carryOf(run, task) } : movedInput(run, task)
  await makeContinueAsNewFunc<(input: CaseInput) => Promise<CaseResult>>()(input)
}

/** The same case at the same step of another version; `checkMove` has found that there is one. */
function movedInput(run: CaseRun, task: OpenTask | null): CaseInput {
  const { moving } = run
  if (moving === null) throw new Error(`case ${run.input.caseId} does not move`)
  const { moveId, plan, stepIds, by } = moving
  const renamed = (stepId: string): string => stepIds[stepId] ?? stepId
  const renamedKey = (key: string): string => key.replace(/^[^/[]+/, renamed)
  tell(run, { type: 'case-moved', by, fromVersion: run.plan.version, toVersion: plan.version, moveId })
  const carry = carryOf(run, task)
  const visit = carry.visit === null ? null : { ...carry.visit, stepId: renamed(carry.visit.stepId) }
  return {
    ...run.input,
    plan,
    semantics: plan.semantics,
    carry: {
      ...carry,
      at: renamed(carry.at),
      visits: mapKeys(carry.visits, renamedKey),
      drafts: mapKeys(carry.drafts, renamed),
      sendBack: carry.sendBack === null ? null : { ...carry.sendBack, from: renamed(carry.sendBack.from) },
      visit,
      task: task === null ? null : { ...task, stepId: renamed(task.stepId) },
    },
  }
}

function mapKeys<T>(record: Record<string, T>, keyOf: (key: string) => string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [keyOf(key), value]))
}
