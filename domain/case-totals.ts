import type { CaseEvent } from './case-events.ts'
import { stepAt, type MapTree } from './map-tree.ts'
import { visitOf } from './visits.ts'

export type CaseTotals = {
  /** Hands-on time of all people, decisions that were undone included: the work was done. Null while unknown. */
  touchMs: number | null
  rework: boolean
  exception: boolean
  finishedByHand: boolean
  /** Visits that began and did not finish. */
  openVisits: { stepId: string; execId: string }[]
}

/** What a case comes to, from its events in any order. */
export function caseTotals(events: CaseEvent[], tree: MapTree): CaseTotals {
  const touches = events.flatMap((event) =>
    event.type === 'task-decided' && event.touchMs !== null ? [event.touchMs] : [],
  )
  const entered = events.filter((event) => event.type === 'step-entered')
  const finished = new Set(events.filter((event) => event.type === 'step-finished').map(visitOf))
  const abandoned = new Set(events.filter((event) => event.type === 'step-abandoned').map(visitOf))
  const undone = new Set(events.flatMap((event) => (event.type === 'task-undone' ? [event.decisionId] : [])))
  return {
    touchMs: touches.length === 0 ? null : touches.reduce((sum, touch) => sum + touch, 0),
    rework: entered.some((event) => event.visit > 1),
    exception:
      events.some((event) => event.type === 'exception-entered') ||
      entered.some((event) => (stepAt(tree, event.stepId)?.step.lane ?? null) !== null),
    finishedByHand: events.some(
      (event) =>
        event.type === 'task-decided' &&
        !undone.has(event.decisionId) &&
        (event.action === 'by-hand' || event.action === 'reject' || event.kind === 'by-hand'),
    ),
    openVisits: entered
      .filter((event) => !finished.has(visitOf(event)) && !abandoned.has(visitOf(event)))
      .map(({ stepId, execId }) => ({ stepId, execId })),
  }
}
