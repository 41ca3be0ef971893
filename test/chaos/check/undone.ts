import { undoneBy } from '../stand/orders.ts'
import type { Facts } from './facts.ts'
import { groupBy } from './group-by.ts'
import { placeOf } from './place-of.ts'
import type { Violation } from './violation.ts'

/**
 * I1 for what is undone: whoever stops a case is promised that each done step that can be undone is undone once, or
 * left by a person who says so, the last one first; and nothing else ever is.
 */
export function checkUndoneSteps(facts: Facts): Violation[] {
  const violations: Violation[] = []
  const broken = (what: string): void => void violations.push({ invariant: 'I1', what })
  const undone = groupBy(
    facts.events.filter((event) => event.type === 'step-undone'),
    ({ caseId, undoes }) => `${caseId} ${undoes}`,
  )
  const done = new Set<string>()
  const isStopped = new Set(facts.cases.flatMap(({ id, status }) => (status === 'cancelled' ? [id] : [])))
  for (const event of facts.events) {
    if (event.type !== 'step-finished' || event.doneBy === 'skipped' || !undoneBy.has(event.stepId)) continue
    const name = `${event.caseId} ${event.execId}`
    done.add(name)
    const times = undone.get(name)?.length ?? 0
    const wanted = isStopped.has(event.caseId) ? 1 : 0
    if (times !== wanted) broken(`${name} was undone ${times} times instead of ${wanted}`)
  }
  for (const [name, events] of undone) {
    if (!done.has(name)) broken(`${name} was undone and never done`)
    const by = events.map(({ stepId }) => stepId).find((stepId) => undoneBy.get(stepIn(name)) !== stepId)
    if (by !== undefined) broken(`${name} was undone by ${by}`)
  }
  return [...violations, ...checkOrder(facts)]
}

/** What was done last is undone first. */
function checkOrder({ events }: Facts): Violation[] {
  const doneAt = new Map(
    events.flatMap((event) =>
      event.type === 'step-finished' ? [[`${event.caseId} ${event.execId}`, event.at] as const] : [],
    ),
  )
  const cases = groupBy(
    events.filter((event) => event.type === 'step-undone'),
    ({ caseId }) => caseId,
  )
  return [...cases].flatMap(([caseId, undone]): Violation[] => {
    const order = undone.toSorted((a, b) => placeOf(a) - placeOf(b)).map(({ undoes }) => undoes)
    const times = order.map((execId) => doneAt.get(`${caseId} ${execId}`) ?? '')
    const isReversed = times.every((at, index) => index === 0 || at <= (times[index - 1] ?? ''))
    return isReversed
      ? []
      : [{ invariant: 'I1', what: `${caseId} undid ${order.join(', then ')}, done at ${times.join(', ')}` }]
  })
}

function stepIn(name: string): string {
  return /^\S+ ([a-z-]+)/.exec(name)?.[1] ?? ''
}
