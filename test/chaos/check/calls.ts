import { callsOnce } from '../stand/orders.ts'
import type { ReceiverCall } from '../stand/receiver.ts'
import type { Facts } from './facts.ts'
import { groupBy } from './group-by.ts'
import type { Violation } from './violation.ts'

/**
 * I5: each execution of a call has one key, and asks for one thing under it, no more often than attempts are
 * recorded. What must not be done twice is done once at most; what is told as answered was answered.
 */
export function checkCalls(calls: ReceiverCall[], facts: Facts): Violation[] {
  const violations: Violation[] = []
  const broken = (what: string): void => void violations.push({ invariant: 'I5', what })
  const runs = new Map(facts.stepRuns.map((run) => [`${run.case_id}:${run.exec_id}`, run]))
  const mine = new Set(facts.cases.map(({ id }) => id))
  const byKey = groupBy(
    calls.filter(({ key }) => key === '' || mine.has(caseOf(key))),
    ({ key }) => key,
  )
  for (const [key, heard] of byKey) {
    const run = runs.get(key)
    if (run === undefined) {
      broken(`${heard.length} calls under the key "${key}", which no step has`)
      continue
    }
    if (heard.length > run.attempt) broken(`${key}: ${heard.length} calls, ${run.attempt} attempts recorded`)
    const asked = new Set(heard.map(({ asks }) => asks))
    if (asked.size > 1) broken(`${key} asked for ${asked.size} things: ${[...asked].join(', ')}`)
    if (heard.some(({ isTrusted }) => !isTrusted)) broken(`${key} went without the secret of its connection`)
    const done = heard.filter(({ isDone }) => isDone).length
    if (callsOnce.has(run.step_id) && done > 1) {
      broken(`${key} must not be done twice, and may have been done ${done} times`)
    }
  }
  const answered = new Set(calls.flatMap(({ key, isAnswered }) => (isAnswered ? [visitOf(key)] : [])))
  for (const event of facts.events) {
    if (event.type !== 'call-answered') continue
    if (!answered.has(`${event.caseId}:${event.execId}`)) {
      broken(`${event.caseId}:${event.execId} is told as answered, and was not`)
    }
  }
  return violations
}

function caseOf(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf(':')))
}

/** A person who lets a step be tried again gives it another execution of the same visit. */
function visitOf(key: string): string {
  return key.replace(/\.r\d+$/, '')
}
