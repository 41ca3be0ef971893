import type { CaseEvent } from './case-events.ts'

/** The step at which an event shows the case; null when it says nothing of that. */
export function placeAfter(event: CaseEvent): string | null {
  switch (event.type) {
    case 'step-entered':
    case 'task-decided':
    case 'sent-back':
    case 'task-opened':
    case 'task-undone':
    case 'wait-began':
      return event.stepId
    case 'case-started':
    case 'draft-stored':
    case 'draft-failed':
    case 'vote-counted':
    case 'sla-breached':
    case 'step-finished':
    case 'step-abandoned':
    case 'task-withdrawn':
    case 'message-received':
    case 'message-unread':
    case 'call-answered':
    case 'call-failed':
    case 'item-failed':
    case 'list-finished':
    case 'exception-raised':
    case 'case-paused':
    case 'case-resumed':
    case 'went-by-hand':
    case 'came-back':
    case 'case-moved':
    case 'step-undone':
    case 'branch-taken':
    case 'exception-entered':
    case 'exception-closed':
    case 'case-stalled':
    case 'case-went-on':
    case 'case-ended':
      return null
  }
}
