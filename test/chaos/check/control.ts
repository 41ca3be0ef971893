import type { CaseEvent, CaseEventOf } from '#domain/case-events.ts'
import { isDone, type CommandKind, type Done } from '../load/history.ts'
import { gatesOpenedByDrafts, paidMessage, undoneBy } from '../stand/orders.ts'
import type { Facts } from './facts.ts'
import { groupBy } from './group-by.ts'
import { placeOf } from './place-of.ts'
import type { Violation } from './violation.ts'

/**
 * I1 for commands: one that was acknowledged as applied happened once, one that was refused not at all, and a case
 * that stands still begins nothing, nor does AI or the other system begin what goes on by hand. I7: one row of the
 * audit for each command to a case.
 */
export function checkControl(done: Done[], facts: Facts): Violation[] {
  const events = groupBy(facts.events, ({ caseId }) => caseId)
  return [
    ...checkCommands(done, facts),
    ...checkPilotCommands(done, facts),
    ...[...events].flatMap(([caseId, all]) => [...checkStandstill(caseId, all), ...checkByHand(caseId, all)]),
  ]
}

/** The two that carry their key in their reason. */
const named: ReadonlySet<CommandKind> = new Set(['pause', 'go-by-hand'])

function checkCommands(done: Done[], facts: Facts): Violation[] {
  const told = toldByReason(facts)
  const audited = new Map(facts.audited.map((row) => [row.object_id, row.n]))
  return done.filter(isDone('command')).flatMap(({ operation, outcome }): Violation[] => {
    const { kind, key, caseId, stepId } = operation
    if (!named.has(kind)) return []
    const happened = told.get(`${caseId} ${key}`) ?? []
    const times = happened.length
    const rows = audited.get(key) ?? 0
    const violations: Violation[] = []
    const name = `${kind} of ${caseId}`
    if (times > 1) violations.push({ invariant: 'I1', what: `${name} happened ${times} times` })
    const other = happened.find((event) => event.type === 'went-by-hand' && event.onlyStep !== stepId)
    if (other !== undefined) {
      violations.push({ invariant: 'I1', what: `${name} was meant for ${stepId}, and ${wordsOf(other)}` })
    }
    if (outcome.end === 'ok' && outcome.status === 'applied' && times === 0) {
      violations.push({ invariant: 'I1', what: `${name} was acknowledged and never happened` })
    }
    if (outcome.end === 'ok' && outcome.status === 'unchanged' && times > 0) {
      violations.push({ invariant: 'I1', what: `${name} was so already, and happened all the same` })
    }
    if (outcome.end === 'fail' && times > 0) {
      violations.push({ invariant: 'I1', what: `${name} was refused (${outcome.code}) and happened` })
    }
    if (rows > 1 || rows < times) {
      violations.push({ invariant: 'I7', what: `${name} has ${rows} rows in the audit` })
    }
    return violations
  })
}

function checkPilotCommands(done: Done[], facts: Facts): Violation[] {
  const batches = groupBy(
    facts.batches.filter(({ reason }) => reason !== ''),
    ({ reason }) => reason,
  )
  const lost = done.filter(isDone('command-pilot')).flatMap(({ operation, outcome }): Violation[] => {
    const { kind, key } = operation
    const times = new Set(batches.get(key)?.map((row) => row.batch_id)).size
    if (times > 1) return [{ invariant: 'I1', what: `${kind} of a pilot was ordered ${times} times` }]
    return outcome.end === 'fail' && times > 0
      ? [{ invariant: 'I1', what: `${kind} of a pilot was refused (${outcome.code}) and ordered` }]
      : []
  })
  const told = toldByReason(facts)
  const commands = facts.batches.filter(({ kind }) => kind !== 'move')
  const untold = commands.flatMap((row): Violation[] => {
    const times = told.get(`${row.case_id} ${row.reason}`)?.length ?? 0
    const name = `${row.kind} of a pilot, at ${row.case_id}`
    if (times > 1) return [{ invariant: 'I1', what: `${name}, happened ${times} times` }]
    const isNamed = row.reason !== ''
    return isNamed && row.status === 'succeeded' && times === 0
      ? [{ invariant: 'I1', what: `${name}, succeeded and never happened` }]
      : []
  })
  return [...lost, ...untold]
}

/** What a case was told for a reason. */
function toldByReason({ events }: Facts): Map<string, CaseEvent[]> {
  return groupBy(
    events.filter((event) => event.type === 'case-paused' || event.type === 'went-by-hand'),
    ({ caseId, reason }) => `${caseId} ${reason}`,
  )
}

type Turn = CaseEventOf<'case-paused'> | CaseEventOf<'case-resumed'>

function checkStandstill(caseId: string, events: CaseEvent[]): Violation[] {
  const turns = events
    .filter((event): event is Turn => event.type === 'case-paused' || event.type === 'case-resumed')
    .toSorted((a, b) => placeOf(a) - placeOf(b))
  return turns.flatMap((turn, index): Violation[] => {
    const isPause = turn.type === 'case-paused'
    if (isPause !== (index % 2 === 0)) {
      return [{ invariant: 'I6', what: `${caseId} was ${isPause ? 'paused' : 'resumed'} twice in a row` }]
    }
    const until = turns[index + 1]
    if (!isPause || until === undefined) return []
    return events
      .filter((event) => begins(event) && event.at > turn.at && event.at < until.at)
      .map((event) => ({
        invariant: 'I4',
        what: `${caseId} stood still from ${turn.at} to ${until.at}, and then ${wordsOf(event)} at ${event.at}`,
      }))
  })
}

type ByHandTurn = CaseEventOf<'went-by-hand'> | CaseEventOf<'came-back'>

const undoing = new Set(undoneBy.values())

/**
 * A step whose turn comes while it goes on by hand is not begun by AI, nor by the other system, before it comes back.
 * What undoes a step is no such step: the system does that whoever did the rest.
 */
function checkByHand(caseId: string, events: CaseEvent[]): Violation[] {
  const turns = events
    .filter((event): event is ByHandTurn => event.type === 'went-by-hand' || event.type === 'came-back')
    .toSorted((a, b) => placeOf(a) - placeOf(b))
  const spans = turns.flatMap((turn, index) => {
    if (turn.type !== 'went-by-hand') return []
    const until = turns.slice(index + 1).find((later) => later.onlyStep === turn.onlyStep)
    return [{ of: turn.onlyStep, from: turn.at, until: until?.at ?? null }]
  })
  const isWithin = (at: string, { from, until }: (typeof spans)[number]): boolean =>
    at > from && (until === null || at < until)
  const enteredAt = new Map(
    events.flatMap((event) => (event.type === 'step-entered' ? [[event.execId, event.at] as const] : [])),
  )
  return events.flatMap((event): Violation[] => {
    if (event.type !== 'draft-stored' && event.type !== 'call-answered') return []
    if (undoing.has(event.stepId)) return []
    const entered = enteredAt.get(event.execId) ?? ''
    const broken = spans.find(
      (span) =>
        (span.of === null || span.of === event.stepId) && isWithin(entered, span) && isWithin(event.at, span),
    )
    return broken === undefined
      ? []
      : [
          {
            invariant: 'I4',
            what: `${caseId} had ${event.execId} by hand from ${broken.from} to ${broken.until}, and then ${event.type} at ${event.at}`,
          },
        ]
  })
}

/** What a case that stands still must not do. A draft that was under way may open the gate that reads it. */
function begins(event: CaseEvent): boolean {
  if (event.type === 'step-entered') return !gatesOpenedByDrafts.has(event.stepId)
  return event.type === 'exception-entered' && event.stepId === paidMessage && event.cause === 'timed-out'
}

function wordsOf(event: CaseEvent): string {
  return 'stepId' in event ? `${event.type} ${event.stepId}` : event.type
}
