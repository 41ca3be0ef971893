import type { CaseEvent, CaseEventOf } from './case-events.ts'
import { placeAfter } from './case-place.ts'
import { inOrder, placeAtOnce } from './event-order.ts'

/** What is shown of a case, as its events alone say it. */
export type CaseReading = {
  status: 'queued' | 'running' | 'waiting' | 'done' | 'cancelled' | 'stalled'
  stepId: string | null
  outcome: string | null
  endedAt: string | null
  lastEventAt: string
  /** Place of the event that says where the case is among those of its instant; '' before any, and at the end. */
  placeOrder: string
  stalledSince: string | null
  stall: CaseEventOf<'case-stalled'>['why'] | null
}

export type TaskReading = {
  status: 'open' | 'decided' | 'closed'
  decidedBy: string | null
  decidedAt: string | null
  action: string | null
  escalatedTo: string | null
}

export type DecisionReading = {
  decisionId: string
  taskId: string
  taskVersion: number
  actor: string
  action: string
  reason: string | null
  note: string | null
  changedShare: number | null
  touchMs: number | null
  at: string
  undoneAt: string | null
}

/** Where a case is. The events may come in any order; the case's own start is among them. */
export function caseReading(events: CaseEvent[]): CaseReading {
  const ordered = inOrder(events)
  const started = ordered.find((event) => event.type === 'case-started')
  const ended = ordered.find((event) => event.type === 'case-ended')
  const placing = ordered.findLast((event) => placeAfter(event) !== null)
  const place = placing === undefined ? null : placeAfter(placing)
  const last = placing?.at ?? started?.at
  if (last === undefined) throw new Error('a case without its start cannot be read')
  if (ended !== undefined) {
    return {
      status: ended.status,
      stepId: null,
      outcome: ended.outcome,
      endedAt: ended.at,
      lastEventAt: Date.parse(last) > Date.parse(ended.at) ? last : ended.at,
      placeOrder: '',
      stalledSince: null,
      stall: null,
    }
  }
  const stall = ordered.findLast((event) => event.type === 'case-stalled' || event.type === 'case-went-on')
  const isStalled = stall?.type === 'case-stalled'
  return {
    status: isStalled ? 'stalled' : (place?.status ?? 'queued'),
    stepId: place?.stepId ?? null,
    outcome: null,
    endedAt: null,
    lastEventAt: last,
    placeOrder: placing === undefined ? '' : placeAtOnce(placing),
    stalledSince: isStalled ? stall.since : null,
    stall: isStalled ? stall.why : null,
  }
}

/** What became of a task in the version in which it was last opened. */
export function taskReading(
  events: CaseEvent[],
  { taskId, version }: { taskId: string; version: number },
): TaskReading {
  const decided = events.find(
    (event) => event.type === 'task-decided' && event.taskId === taskId && event.version === version,
  )
  const asked = inOrder(events).findLast(
    (event) => event.type === 'sla-breached' && event.taskId === taskId && event.askedToo !== null,
  )
  const escalatedTo = asked?.type === 'sla-breached' ? asked.askedToo : null
  if (decided?.type === 'task-decided') {
    const { by, at, action } = decided
    return { status: 'decided', decidedBy: by.id, decidedAt: at, action, escalatedTo }
  }
  const isClosed = events.some(
    (event) =>
      event.type === 'case-ended' ||
      (event.type === 'sla-breached' && event.taskId === taskId && event.closes === version),
  )
  return {
    status: isClosed ? 'closed' : 'open',
    decidedBy: null,
    decidedAt: null,
    action: null,
    escalatedTo,
  }
}

/** Every decision that was taken, and which of them were taken back. */
export function decisionReadings(events: CaseEvent[]): DecisionReading[] {
  const undone = new Map(
    events.flatMap((event) => (event.type === 'task-undone' ? [[event.decisionId, event.at] as const] : [])),
  )
  return events.flatMap((event) =>
    event.type === 'task-decided'
      ? [
          {
            decisionId: event.decisionId,
            taskId: event.taskId,
            taskVersion: event.version,
            actor: event.by.id,
            action: event.action,
            reason: event.reason,
            note: event.note,
            changedShare: event.changedShare,
            touchMs: event.touchMs,
            at: event.at,
            undoneAt: undone.get(event.decisionId) ?? null,
          },
        ]
      : [],
  )
}
