export { caseWorkflow } from '../../workflows/case-workflow.ts'
export { naiveWorkflow } from './naive-workflow.ts'
export { twinWorkflow } from './twin-workflow.ts'
