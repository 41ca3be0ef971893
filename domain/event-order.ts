import type { CaseEvent } from './case-events.ts'

/**
 * Where an event stands among those of the same instant, as text that sorts: what the case told comes before
 * what the work on its next step did. Equal for no two events of a case.
 */
export function placeAtOnce(event: CaseEvent): string {
  return `${String(rankAtOnce(event)).padStart(12, '0')}:${event.key}`
}

function rankAtOnce(event: CaseEvent): number {
  if (event.type === 'case-started') return 0
  if (event.type === 'case-ended') return 2_000_000
  const fact = /^f(\d+)$/.exec(event.key)?.[1]
  if (fact !== undefined) return Number(fact)
  return 1_000_000 + (event.type === 'step-entered' ? 0 : event.type === 'step-finished' ? 2 : 1)
}

/** Events of one case in the order in which they happened, whatever the order in which they came. */
export function inOrder(events: CaseEvent[]): CaseEvent[] {
  return events
    .map((event) => ({ event, at: Date.parse(event.at), place: placeAtOnce(event) }))
    .toSorted((a, b) => a.at - b.at || (a.place < b.place ? -1 : 1))
    .map(({ event }) => event)
}
