import type { BatchCounts, Line, MoveCounts } from '../load/history.ts'
import { addedLater } from '../stand/orders.ts'
import { isDone, type Done } from '../load/history.ts'
import type { Facts } from './facts.ts'
import { groupBy } from './group-by.ts'
import { placeOf } from './place-of.ts'
import type { Violation } from './violation.ts'

type Case = Facts['cases'][number]

/**
 * I1 for moves: what is told as moved moved once, what is not did not, in the order in which it was ordered; each case
 * ends in the one version that its moves lead to, and does what that version asks for, once. What is said to be moved,
 * refused and waiting adds up.
 */
export function checkMoves({
  done,
  lines,
  facts,
}: {
  done: Done[]
  lines: Line[]
  facts: Facts
}): Violation[] {
  const events = groupBy(facts.events, ({ caseId }) => caseId)
  const rows = groupBy(
    facts.batches.filter(({ kind }) => kind === 'move'),
    (row) => row.case_id,
  )
  return [
    ...checkOrders(done, facts),
    ...facts.cases.flatMap((found) =>
      checkCase(found, { events: events.get(found.id) ?? [], rows: rows.get(found.id) ?? [] }),
    ),
    ...checkSums(lines),
  ]
}

function checkOrders(done: Done[], facts: Facts): Violation[] {
  const batches = groupBy(
    facts.batches.filter(({ kind }) => kind === 'move'),
    ({ reason }) => reason,
  )
  const orders = done.filter(isDone('move'))
  const known = new Set(orders.map(({ operation }) => operation.key))
  const unordered = [...batches.keys()].filter((key) => !known.has(key))
  return [
    ...orders.flatMap(({ operation: { key, toVersion }, outcome }): Violation[] => {
      const all = batches.get(key) ?? []
      const times = new Set(all.map((row) => row.batch_id)).size
      const name = `a move to version ${toVersion}`
      if (times > 1) return [{ invariant: 'I1', what: `${name} was ordered ${times} times` }]
      if (outcome.end === 'fail' && times > 0) {
        return [{ invariant: 'I1', what: `${name} was refused (${outcome.code}) and ordered` }]
      }
      const other = all.find((row) => row.to_version !== toVersion)
      return other === undefined
        ? []
        : [{ invariant: 'I1', what: `${name} was ordered as one to ${other.to_version}` }]
    }),
    ...unordered.map((key): Violation => ({ invariant: 'I1', what: `nobody ordered the move ${key}` })),
  ]
}

function checkCase(
  found: Case,
  { events, rows }: { events: Facts['events']; rows: Facts['batches'] },
): Violation[] {
  const violations: Violation[] = []
  const broken = (what: string): void =>
    void violations.push({ invariant: 'I1', what: `${found.id} ${what}` })
  const moves = events
    .filter((event) => event.type === 'case-moved')
    .toSorted((a, b) => placeOf(a) - placeOf(b))
  for (const [index, move] of moves.entries()) {
    const before = moves[index - 1]
    if (before !== undefined && before.toVersion !== move.fromVersion) {
      broken(`moved to version ${before.toVersion}, and then from ${move.fromVersion}`)
    }
    if (move.fromVersion === move.toVersion) broken(`moved from version ${move.fromVersion} to the same`)
  }
  const last = moves.at(-1)
  if (last !== undefined && found.map_version !== last.toVersion) {
    broken(`is shown in version ${found.map_version} and moved to ${last.toVersion}`)
  }
  const told = rows.filter(({ status }) => status === 'succeeded').toSorted((a, b) => a.place - b.place)
  const [is, was] = [told.map((row) => row.to_version).join(), moves.map((move) => move.toVersion).join()]
  if (is !== was) broken(`is told as moved to [${is}] and moved to [${was}]`)
  const times = events.filter(
    (event) => event.type === 'step-finished' && addedLater.has(event.stepId),
  ).length
  const wanted = timesWanted(found, events)
  if (wanted !== null && times !== wanted) {
    broken(
      `in version ${found.map_version} finished ${[...addedLater].join(' or ')} ${times} times instead of ${wanted}`,
    )
  }
  return violations
}

/** How often a case that came to its end does the step that the first version did not have; null when none can say. */
function timesWanted({ status, map_version: version }: Case, events: Facts['events']): number | null {
  if (status !== 'done') return null
  const shipped = events.filter((event) => event.type === 'step-finished' && event.stepId === 'ship')
  if (shipped.length === 0) return 0
  const moved = events.find((event) => event.type === 'case-moved' && event.fromVersion === 1)
  const isOfFirst = version === 1 || (moved !== undefined && shipped.every(({ at }) => at < moved.at))
  return isOfFirst ? 0 : 1
}

function checkSums(lines: Line[]): Violation[] {
  const batches = groupBy(
    lines.filter((line) => line.line === 'batch'),
    ({ batchId }) => batchId,
  )
  const dry = lines.filter((line) => line.line === 'dry-run')
  return [
    ...dry.flatMap(({ counts }) => checkDryRun(counts)),
    ...[...batches].flatMap(([batchId, looks]) =>
      looks.flatMap(({ counts }, index) => checkBatch(batchId, counts, looks[index - 1]?.counts ?? counts)),
    ),
  ]
}

function checkDryRun({
  total,
  canMove,
  notNow,
  cannotMove,
  thereAlready,
  unknown,
  listed,
}: MoveCounts): Violation[] {
  const sum = canMove + notNow + cannotMove + thereAlready + unknown
  return sum === listed
    ? []
    : [{ invariant: 'I1', what: `a dry run lists ${listed} of ${total} cases and counts ${sum}` }]
}

function checkBatch(batchId: string, now: BatchCounts, before: BatchCounts): Violation[] {
  const sum = now.succeeded + now.failed + now.skipped + now.pending
  const isWhole = sum === now.total && now.trying + now.waiting <= now.pending
  // What is settled stays so.
  const isOnward =
    now.total === before.total &&
    now.succeeded >= before.succeeded &&
    now.failed >= before.failed &&
    now.skipped >= before.skipped
  return isWhole && isOnward
    ? []
    : [
        {
          invariant: 'I1',
          what: `batch ${batchId} says ${JSON.stringify(now)} after ${JSON.stringify(before)}`,
        },
      ]
}
