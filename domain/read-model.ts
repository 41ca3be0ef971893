import type { CaseEvent, CaseEventOf } from './case-events.ts'
import { placeAfter } from './case-place.ts'
import { inOrder, placeAtOnce } from './event-order.ts'
import { renamedPath } from './step-names.ts'
import { visitOf } from './visits.ts'

/** What is shown of a case, as its events alone say it. */
export type CaseReading = {
  /** How it ended. While it is open its tasks and waits say what it does: see `store/case-status.ts`. */
  ended: 'done' | 'cancelled' | null
  stepId: string | null
  outcome: string | null
  endedAt: string | null
  lastEventAt: string
  /** Place of the event that says where the case is among those of its instant; '' before any, and at the end. */
  placeOrder: string
  stalledSince: string | null
  stall: CaseEventOf<'case-stalled'>['why'] | null
  paused: boolean
  byHand: boolean
  byHandSteps: string[]
  /** The version that it moved to; null when it never moved. */
  movedTo: number | null
}

/** How its pilot was run when the case was accepted. */
export type BeganByHand = { byHand: boolean; byHandSteps: string[] }

export type TaskReading = {
  status: 'open' | 'decided' | 'closed'
  decidedBy: string | null
  decidedAt: string | null
  action: string | null
  escalatedTo: string | null
  /** When it is due since the case stood still; null when it never did. */
  movedDue: string | null
}

export type WaitReading = {
  execId: string
  stepId: string
  since: string
  until: string | null
  message: string | null
  endedAt: string | null
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
export function caseReading(events: CaseEvent[], began: BeganByHand): CaseReading {
  const ordered = inOrder(events)
  const started = ordered.find((event) => event.type === 'case-started')
  const ended = ordered.find((event) => event.type === 'case-ended')
  const placing = ordered.findLast((event) => placeAfter(event) !== null)
  const last = placing?.at ?? started?.at
  if (last === undefined) throw new Error('a case without its start cannot be read')
  if (ended !== undefined) {
    return {
      ...controlReading(ordered, began),
      ended: ended.status,
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
    ...controlReading(ordered, began),
    ended: null,
    stepId: placing === undefined ? null : placeAfter(placing),
    outcome: null,
    endedAt: null,
    lastEventAt: last,
    placeOrder: placing === undefined ? '' : placeAtOnce(placing),
    stalledSince: isStalled ? stall.since : null,
    stall: isStalled ? stall.why : null,
  }
}

type ControlReading = Pick<CaseReading, 'paused' | 'byHand' | 'byHandSteps' | 'movedTo'>

function controlReading(ordered: CaseEvent[], began: BeganByHand): ControlReading {
  let steps = new Set(began.byHandSteps)
  const reading: ControlReading = { paused: false, byHand: began.byHand, byHandSteps: [], movedTo: null }
  for (const event of ordered) {
    if (event.type === 'case-paused' || event.type === 'case-resumed') {
      reading.paused = event.type === 'case-paused'
    } else if (event.type === 'went-by-hand' || event.type === 'came-back') {
      const isByHand = event.type === 'went-by-hand'
      if (event.onlyStep === null) reading.byHand = isByHand
      else if (isByHand) steps.add(event.onlyStep)
      else steps.delete(event.onlyStep)
    } else if (event.type === 'case-moved') {
      reading.movedTo = event.toVersion
      steps = new Set([...steps].map((path) => renamedPath(path, event.stepIds ?? {})))
    }
  }
  return { ...reading, byHandSteps: [...steps].toSorted() }
}

/** What a case waits for beside people, and until when it did. */
export function waitReadings(events: CaseEvent[]): WaitReading[] {
  const ordered = inOrder(events)
  const waits = new Map<string, WaitReading>()
  for (const event of ordered) {
    if (event.type === 'wait-began') {
      const { stepId, at, until, message } = event
      const execId = visitOf(event)
      waits.set(execId, { execId, stepId, since: at, until, message, endedAt: null })
    }
  }
  for (const event of ordered) {
    if (event.type !== 'case-ended' && !endsWait(event)) continue
    for (const wait of waits.values()) {
      const isOfVisit = event.type === 'case-ended' || visitOf(event) === wait.execId
      if (!isOfVisit || Date.parse(event.at) < Date.parse(wait.since)) continue
      wait.endedAt ??= event.at
    }
  }
  return [...waits.values()]
}

type EndOfWait = Extract<CaseEvent, { type: 'step-finished' | 'step-abandoned' | 'exception-entered' }>

/** The visit is over, or a person is asked what to do about it. */
export function endsWait(event: CaseEvent): event is EndOfWait {
  return (
    event.type === 'step-finished' || event.type === 'step-abandoned' || event.type === 'exception-entered'
  )
}

/** What became of a task in the version in which it was last opened. */
export function taskReading(
  events: CaseEvent[],
  { taskId, version, execId }: { taskId: string; version: number; execId: string },
): TaskReading {
  const due = inOrder(events)
    .flatMap((event) => (event.type === 'case-resumed' ? event.dues : []))
    .findLast((moved) => moved.taskId === taskId)
  const movedDue = due?.dueAt ?? null
  const decided = events.find(
    (event) => event.type === 'task-decided' && event.taskId === taskId && event.version === version,
  )
  const asked = inOrder(events).findLast(
    (event) => event.type === 'sla-breached' && event.taskId === taskId && event.askedToo !== null,
  )
  const escalatedTo = asked?.type === 'sla-breached' ? asked.askedToo : null
  if (decided?.type === 'task-decided') {
    const { by, at, action } = decided
    return { status: 'decided', decidedBy: by.id, decidedAt: at, action, escalatedTo, movedDue }
  }
  const isClosed = events.some(
    (event) =>
      event.type === 'case-ended' ||
      (event.type === 'task-withdrawn' && event.taskId === taskId) ||
      (event.type === 'step-abandoned' && visitOf(event) === execId) ||
      (event.type === 'sla-breached' && event.taskId === taskId && event.closes === version),
  )
  return {
    status: isClosed ? 'closed' : 'open',
    decidedBy: null,
    decidedAt: null,
    action: null,
    escalatedTo,
    movedDue,
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
