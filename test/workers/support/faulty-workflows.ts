import type { CaseInput, CaseResult } from '#domain/case-messages.ts'
import { caseWorkflow as original } from '../../../workflows/case-workflow.ts'

export { reconcileWorkflow } from '../../../workflows/reconcile-workflow.ts'

/** A release with a bug that only cases of a certain amount meet. */
export async function caseWorkflow(input: CaseInput): Promise<CaseResult> {
  if (input.values['amount'] === 666) throw new Error('a bug that nobody saw')
  return original(input)
}
