import type { CaseInput, CaseResult } from '#domain/case-messages.ts'
import { caseWorkflow as original } from '../../../workflows/case-workflow.ts'

/** A release in which somebody swapped two steps that cases have passed already. */
export async function caseWorkflow(input: CaseInput): Promise<CaseResult> {
  if (!('steps' in input.plan)) throw new Error('the swapped release needs a plan that is given whole')
  const { draft, check } = input.plan.steps
  if (draft === undefined || check === undefined)
    throw new Error('the swapped release needs a draft and a check')
  return original({ ...input, plan: { ...input.plan, start: 'check' } })
}
