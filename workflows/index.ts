export { caseWorkflow } from './case-workflow.ts'
export { reconcileWorkflow } from './reconcile-workflow.ts'
