import type { OpenTask, OpenTaskRequest } from '#domain/case-messages.ts'
import { visitRequest } from './calls.ts'
import type { CaseRun, Token, Visit } from './case-run.ts'
import { shownWith } from './task-shown.ts'

/** What the inbox is told of a task, apart from which attempt tells it. */
export function openingOf(
  run: CaseRun,
  { token, visit }: { token: Token; visit: Visit },
  task: OpenTask,
): Omit<OpenTaskRequest, 'execId' | 'reopened' | 'facts'> {
  const { plan, drafts } = token.scope
  const step = plan.steps[task.stepId]
  const drafting = step?.kind === 'review' ? step.reviews : task.stepId
  return {
    ...visitRequest(run, token, visit),
    ...shownWith(token, visit, task),
    task: { ...task },
    draft: drafts[drafting]?.ref ?? null,
  }
}

/** The same for a task that is open now, for whoever finds that the inbox does not have it. */
export function openingAgain(run: CaseRun, task: OpenTask): OpenTaskRequest[] {
  const asker = run.asking[task.taskId]
  // What a draft is about to open is not open yet.
  if (asker === undefined || task.taskId in run.opening) return []
  return [{ ...openingOf(run, asker, task), execId: task.execId, reopened: task.version > 1, facts: [] }]
}
