export { caseWorkflow } from '../../../workflows/case-workflow.ts'

/** Keeps the one thread of a worker busy, as a crowd of cases does. The clock of a workflow stands still within a step: turns are counted instead. */
export async function busyWorkflow(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) Math.sqrt(turn)
}
