import type { CaseEvent } from './case-events.ts'
import { bucketOf, wideBucketOf } from './measure/histogram.ts'

/**
 * What one event adds to the stored figures. Sums of these are all that a canvas reads, so they must not depend
 * on the order of events: every delta comes from one event alone.
 * `day` and `week` are dates in the pilot's zone; `stepId` is '' for the case as a whole.
 */
export type Delta =
  | { kind: 'count'; stepId: string; day: string; counter: string; add: number }
  | { kind: 'duration'; stepId: string; measure: Measure; bucket: number; add: number }
  /** Leads by week, in wide buckets: for the small line of a step. */
  | { kind: 'week'; stepId: string; week: string; bucket: number; add: number }

export type Measure = 'lead' | 'wait' | 'touch' | 'machine' | 'cycle'

export type LocalDates = { dayOf: (instant: string) => string; weekOf: (instant: string) => string }

export function deltasOf(event: CaseEvent, { dayOf, weekOf }: LocalDates): Delta[] {
  const count = (stepId: string, counter: string, add = 1, at = event.at): Delta => ({
    kind: 'count',
    stepId,
    day: dayOf(at),
    counter,
    add,
  })
  const duration = (stepId: string, measure: Measure, ms: number | null): Delta[] =>
    ms === null ? [] : [{ kind: 'duration', stepId, measure, bucket: bucketOf(ms), add: 1 }]

  switch (event.type) {
    case 'case-started':
      return [count('', 'started')]
    case 'step-entered':
      return [count(event.stepId, 'entered'), ...(event.visit > 1 ? [count(event.stepId, 'repeated')] : [])]
    case 'step-finished':
      return [
        count(event.stepId, 'finished'),
        ...(event.doneBy === 'skipped' ? [count(event.stepId, 'skipped')] : []),
        ...duration(event.stepId, 'lead', event.leadMs),
        {
          kind: 'week',
          stepId: event.stepId,
          week: weekOf(event.at),
          bucket: wideBucketOf(event.leadMs),
          add: 1,
        },
        ...duration(event.stepId, 'wait', event.waitMs),
        ...duration(event.stepId, 'touch', event.touchMs),
        ...duration(event.stepId, 'machine', event.machineMs),
      ]
    case 'step-abandoned':
      return [count(event.stepId, 'abandoned')]
    case 'draft-stored':
      return [count(event.stepId, 'drafted')]
    case 'draft-failed':
      return [count(event.stepId, 'draft-failed')]
    case 'task-opened':
    case 'vote-counted':
    case 'wait-began':
    case 'message-received':
    case 'message-unread':
    case 'list-finished':
    case 'exception-raised':
    case 'task-withdrawn':
    case 'case-paused':
    case 'case-resumed':
    case 'came-back':
    case 'case-moved':
      return []
    case 'call-answered':
      return [count(event.stepId, 'called')]
    case 'call-failed':
      return [count(event.stepId, 'call-failed')]
    case 'item-failed':
      return [count(event.stepId, 'item-failed')]
    case 'went-by-hand':
      return [count(event.onlyStep ?? '', 'went-by-hand')]
    case 'step-undone':
      return event.how === null ? [] : [count(event.stepId, 'undone')]
    case 'task-decided':
      return event.draft === null || event.draftStepId === null
        ? []
        : [count(event.draftStepId, `draft:${event.draft}`)]
    case 'task-undone':
      return event.draft === null || event.draftStepId === null
        ? []
        : [count(event.draftStepId, `draft:${event.draft}`, -1)]
    case 'sla-breached':
      return event.tier === 0 ? [count(event.stepId, 'late')] : [count(event.stepId, 'escalated')]
    case 'branch-taken':
      return [count(event.stepId, `to:${event.to}`)]
    case 'sent-back':
      return [count(event.stepId, `back-to:${event.to}`), count(event.stepId, 'sent-back')]
    case 'exception-entered':
      return [
        count(event.stepId, 'exceptions'),
        ...(event.to === null ? [count(event.stepId, 'desk')] : [count(event.stepId, `to:${event.to}`)]),
      ]
    case 'exception-closed':
    case 'case-stalled':
    case 'case-went-on':
      return []
    case 'case-ended':
      return [
        count('', event.status === 'done' ? 'finished' : 'cancelled'),
        ...(event.status === 'done'
          ? [
              ...(event.rework ? [count('', 'rework')] : []),
              ...(event.exception ? [count('', 'exception')] : []),
              ...(event.rework || event.exception ? [count('', 'rework-or-exception')] : []),
              ...(event.finishedByHand ? [count('', 'by-hand')] : []),
              ...duration('', 'cycle', event.cycleMs),
              ...duration('', 'touch', event.touchMs),
            ]
          : []),
      ]
  }
}
