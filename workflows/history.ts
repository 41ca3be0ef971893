import { allHandlersFinished, condition, makeContinueAsNewFunc, workflowInfo } from '@temporalio/workflow'
import type { CaseInput, CaseResult, OpenTask } from '#domain/case-messages.ts'
import { carryOf, type CaseRun } from './case-run.ts'

const eventsPerRun = 1_500
const updatesPerRun = 200

/** Whether the case is better continued in a new history. */
export function historyIsLong(run: CaseRun): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo()
  return continueAsNewSuggested || historyLength > eventsPerRun || run.updates >= updatesPerRun
}

/**
 * Cuts the history at a gate, where nothing else is under way: the open task is opened anew there.
 * Comes back only if something was decided in the meantime.
 */
export async function continueElsewhere(run: CaseRun, task: OpenTask | null): Promise<void> {
  await condition(allHandlersFinished)
  if (task !== null && run.answers[task.taskId] !== undefined) return
  const input: CaseInput = { ...run.input, carry: carryOf(run, task) }
  await makeContinueAsNewFunc<(input: CaseInput) => Promise<CaseResult>>()(input)
}
