import type { CaseEvent } from './case-events.ts'
import { inOrder } from './event-order.ts'
import { visitOf } from './visits.ts'

export type RetryOutcome = { kind: 'trying' } | { kind: 'done' } | { kind: 'failed'; why: string }

/**
 * What came of letting a step be tried again: never more than the case's events say. `decisionId` is the decision at
 * the exception desk; a step that only came back to a person is not done.
 */
export function retryOutcome(events: CaseEvent[], decisionId: string): RetryOutcome {
  const ordered = inOrder(events)
  const at = ordered.findIndex((event) => event.type === 'task-decided' && event.decisionId === decisionId)
  const decided = ordered[at]
  if (decided?.type !== 'task-decided') return { kind: 'trying' }
  for (const event of ordered.slice(at + 1)) {
    if (event.type === 'task-undone' && event.decisionId === decisionId) {
      return failed(`${event.by.name} took the decision back.`)
    }
    if (event.type === 'case-ended') return failed(`The case ended: ${event.outcome}`)
    if (!('execId' in event) || visitOf(event) !== visitOf(decided)) continue
    if (event.type === 'step-finished') return { kind: 'done' }
    if (event.type === 'step-abandoned') return failed('The case went another way.')
    if (event.type === 'exception-entered') return failed(event.message || `It failed again: ${event.cause}.`)
    if (event.type === 'task-opened' && event.kind === 'exception') return failed('It came back to the desk.')
    if (event.type === 'task-opened' && event.kind === 'by-hand') return failed('A person is asked to do it.')
  }
  return { kind: 'trying' }
}

function failed(why: string): RetryOutcome {
  return { kind: 'failed', why }
}
