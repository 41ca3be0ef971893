import { isDone, type Done } from '../load/history.ts'
import { markerIn } from '../stand/letters.ts'
import type { ModelCall } from '../stand/model.ts'
import type { Facts } from './facts.ts'
import { groupBy } from './group-by.ts'
import type { Violation } from './violation.ts'

/** I3: an accepted start is one case, a refused one is none, and there is no case that nobody started. */
export function checkStarts(done: Done[], facts: Facts): Violation[] {
  const violations: Violation[] = []
  const broken = (what: string): void => void violations.push({ invariant: 'I3', what })
  const cases = groupBy(facts.cases, ({ title }) => markerIn(title) ?? title)
  const starts = groupBy(done.filter(isDone('start')), ({ operation }) => operation.marker)
  for (const [marker, sent] of starts) {
    const found = cases.get(marker) ?? []
    const told = new Set(sent.flatMap(({ outcome }) => (outcome.end === 'ok' ? [outcome.caseId] : [])))
    if (told.size > 1) broken(`${marker} was answered as ${told.size} cases`)
    if (found.length > 1) broken(`${marker} is ${found.length} cases`)
    if (told.size > 0 && !found.some(({ id }) => told.has(id)))
      broken(`${marker} was accepted and is no case`)
    if (sent.every(({ outcome }) => outcome.end === 'fail') && found.length > 0) {
      broken(`${marker} was refused and is a case`)
    }
  }
  for (const marker of cases.keys()) if (!starts.has(marker)) broken(`nobody started ${marker}`)
  return violations
}

/**
 * A stop that was acknowledged ends its case as stopped, and none is stopped when everybody who asked was refused.
 * One request is one row of the audit, however often it is sent. Not checked before everything has ended.
 */
export function checkStops(done: Done[], facts: Facts): Violation[] {
  const stops = groupBy(done.filter(isDone('stop')), ({ operation }) => operation.caseId)
  const atDesk = new Set(
    facts.events.flatMap((event) =>
      event.type === 'task-decided' && event.action === 'stop' ? [event.caseId] : [],
    ),
  )
  const audited = new Map(
    facts.audited.flatMap((row) => (row.action === 'stop-case' ? [[row.object_id, row.n]] : [])),
  )
  return facts.cases.flatMap(({ id, status }): Violation[] => {
    const asked = stops.get(id) ?? []
    const isAcknowledged = asked.some(({ outcome }) => outcome.end === 'ok')
    const isRefused = asked.every(({ outcome }) => outcome.end === 'fail')
    const requests = new Set(asked.map(({ operation }) => operation.key)).size
    const rows = audited.get(id) ?? 0
    const violations: Violation[] = []
    if (isAcknowledged && status !== 'cancelled') {
      violations.push({ invariant: 'I1', what: `stopping ${id} was acknowledged, and it is ${status}` })
    }
    if (isRefused && status === 'cancelled' && !atDesk.has(id)) {
      violations.push({ invariant: 'I1', what: `${id} is stopped, and whoever asked for it was refused` })
    }
    if (rows > requests || (isAcknowledged && rows === 0)) {
      violations.push({
        invariant: 'I7',
        what: `${id}: ${requests} requests to stop, ${rows} rows in the audit`,
      })
    }
    return violations
  })
}

/**
 * I5: no more calls of the model than attempts are recorded, apart from the second call that mends a reply; and one
 * draft for each step that tells of one.
 */
export function checkDrafts(calls: ModelCall[], facts: Facts): Violation[] {
  const violations: Violation[] = []
  const markers = new Map(facts.cases.map((found) => [found.id, markerIn(found.title) ?? '']))
  const attempts = new Map<string, number>()
  for (const run of facts.stepRuns) {
    const key = `${markers.get(run.case_id)} at ${run.step_id}`
    attempts.set(key, (attempts.get(key) ?? 0) + run.attempt)
  }
  const mine = new Set(markers.values())
  const called = groupBy(
    calls.filter(({ marker }) => mine.has(marker)),
    ({ marker, stepId }) => `${marker} at ${stepId}`,
  )
  for (const [key, made] of called) {
    const allowed = (attempts.get(key) ?? 0) + made.filter((call) => call.asksForMending).length
    if (made.length > allowed) {
      violations.push({
        invariant: 'I5',
        what: `${key}: ${made.length} calls of the model, ${allowed} accounted for`,
      })
    }
  }
  const stored = facts.events.filter((event) => event.type === 'draft-stored')
  for (const [key, twice] of groupBy(stored, ({ caseId, documentId }) => `${caseId} ${documentId}`)) {
    if (twice.length > 1)
      violations.push({ invariant: 'I5', what: `draft ${key} was stored ${twice.length} times` })
  }
  const drafts = new Map(facts.drafts.map(({ case_id: id, n }) => [id, n]))
  for (const { id } of facts.cases) {
    const told = stored.filter(({ caseId }) => caseId === id).length
    if ((drafts.get(id) ?? 0) !== told) {
      violations.push({
        invariant: 'I5',
        what: `case ${id} keeps ${drafts.get(id) ?? 0} drafts and tells of ${told}`,
      })
    }
  }
  return violations
}

const clockToleranceMs = 1_000

/** I6: nothing happens to a case before it began or after it ended. Gaps are looked for by the product's own check. */
export function checkTimes(facts: Facts): Violation[] {
  const events = groupBy(facts.events, ({ caseId }) => caseId)
  return facts.cases.flatMap(({ id, started_at: startedAt, ended_at: endedAt }): Violation[] => {
    const first = Date.parse(startedAt) - clockToleranceMs
    const last = endedAt === null ? Number.POSITIVE_INFINITY : Date.parse(endedAt) + clockToleranceMs
    const outside = (events.get(id) ?? []).filter(({ at }) => Date.parse(at) < first || Date.parse(at) > last)
    return outside.map(({ type, at }) => ({
      invariant: 'I6',
      what: `case ${id}: ${type} at ${at} is outside its life`,
    }))
  })
}
