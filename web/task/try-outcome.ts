import type { CaseDetail } from '#domain/views/cases.ts'
import type { TaskSummary } from '#domain/views/tasks.ts'
import type { Try } from './tries.ts'

export type TryOutcome =
  | { kind: 'trying' }
  | { kind: 'went-through' }
  | { kind: 'by-hand' }
  | { kind: 'came-back'; taskId: string; why: string }
  | { kind: 'ended'; state: string }

/** What really became of a try, from the case as it is and the tasks that are open at the step. */
export function tryOutcome(made: Try, detail: CaseDetail, open: TaskSummary[]): TryOutcome {
  const again = open.find(
    (task) =>
      task.caseId === made.caseId &&
      visitOfTask(task.id) === visitOfTask(made.taskId) &&
      (task.id !== made.taskId || task.version > made.taskVersion),
  )
  if (again?.kind === 'exception') return { kind: 'came-back', taskId: again.id, why: again.why }
  if (again?.kind === 'by-hand') return { kind: 'by-hand' }
  const visits = detail.path.filter((visit) => lastOf(visit.stepId) === made.stepId)
  if (visits.some((visit) => visit.state === 'here')) return { kind: 'trying' }
  if (visits.at(-1)?.state === 'done') return { kind: 'went-through' }
  return detail.endedAt === null ? { kind: 'trying' } : { kind: 'ended', state: detail.state }
}

/** The tasks of one visit, and no other's, begin alike: what a visit asks for again has a short ending of its own. */
function visitOfTask(taskId: string): string {
  return taskId.replace(/\.[a-z]\d+$/, '')
}

/** Tasks name a step as its own map does, paths through every map that contains it. */
function lastOf(path: string): string {
  return path.split('/').at(-1) ?? path
}
