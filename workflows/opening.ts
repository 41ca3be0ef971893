import type { OpenTask, OpenTaskRequest } from '#domain/case-messages.ts'
import { visitRequest } from './calls.ts'
import type { CaseRun, Visit } from './case-run.ts'
import { shownWith } from './task-shown.ts'

/** What the inbox is told of a task, apart from which attempt tells it. */
export function openingOf(
  run: CaseRun,
  visit: Visit,
  task: OpenTask,
): Omit<OpenTaskRequest, 'execId' | 'reopened' | 'facts'> {
  const step = run.plan.steps[task.stepId]
  const drafting = step?.kind === 'review' ? step.reviews : task.stepId
  return {
    ...visitRequest(run, visit),
    ...shownWith(run, task),
    task: { ...task },
    draft: run.drafts[drafting]?.ref ?? null,
  }
}

/** The same for a task that is open now, for whoever finds that the inbox does not have it. */
export function openingAgain(run: CaseRun, task: OpenTask): OpenTaskRequest[] {
  const { visit } = run
  if (visit === null || visit.stepId !== task.stepId || visit.visit !== task.visit) return []
  return [{ ...openingOf(run, visit, task), execId: task.execId, reopened: task.version > 1, facts: [] }]
}
