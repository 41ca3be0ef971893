import type { CaseEventOf } from '#domain/case-events.ts'
import { isDone, type Done, type Operation } from '../load/history.ts'
import type { Facts } from './facts.ts'
import { groupBy } from './group-by.ts'
import type { Violation } from './violation.ts'

type Decide = Extract<Operation, { does: 'decide' }>

/**
 * I1: what was acknowledged exists exactly once, and what was refused not at all. I2: one decision per version of a
 * task. I7: one row of the audit for each decision that was tried.
 */
export function checkDecisions(done: Done[], facts: Facts): Violation[] {
  const decided = facts.events.filter((event) => event.type === 'task-decided')
  return [
    ...checkAcknowledged(done.filter(isDone('decide')), { facts, decided }),
    ...checkUndone(done.filter(isDone('undo')), facts),
    ...checkOnePerVersion(decided),
    ...checkRows(facts, decided),
    ...facts.attempts.flatMap(({ decision_id: id, audit_rows: rows }): Violation[] =>
      rows === 1 ? [] : [{ invariant: 'I7', what: `decision ${id} has ${rows} rows in the audit` }],
    ),
  ]
}

type Told = { facts: Facts; decided: CaseEventOf<'task-decided'>[] }

function checkAcknowledged(all: Done<Decide>[], { facts, decided }: Told): Violation[] {
  const attempts = new Map(facts.attempts.map((attempt) => [attempt.decision_id, attempt]))
  const found = new Map<string, number>()
  for (const { decisionId } of decided) found.set(decisionId, (found.get(decisionId) ?? 0) + 1)
  const violations: Violation[] = []
  const broken = (what: string): void => void violations.push({ invariant: 'I1', what })

  for (const { operation, outcome } of all) {
    if (operation.mustFail && outcome.end === 'ok') {
      broken(
        `${operation.by} was let through with ${operation.action} on ${operation.taskId}, which is wrong`,
      )
    }
  }
  const meant = groupBy(
    all.filter(({ operation }) => !operation.mustFail),
    ({ operation }) => operation.decisionId,
  )
  for (const [decisionId, sent] of meant) {
    const ends = new Set(sent.map(({ outcome }) => outcome.end))
    const times = found.get(decisionId) ?? 0
    const attempt = attempts.get(decisionId)
    const isVote =
      attempt?.outcome === 'counted' ||
      sent.some(({ outcome }) => outcome.end === 'ok' && outcome.status === 'counted')
    const { action = '', taskId = '' } = sent[0]?.operation ?? {}
    const name = `decision ${decisionId} (${action} on ${taskId})`
    if (ends.has('ok') && ends.has('fail')) broken(`${name} was answered both ways`)
    if (ends.has('ok') && attempt === undefined) broken(`${name} was acknowledged and is unknown`)
    if (ends.has('ok') && !isVote && times !== 1)
      broken(`${name} was acknowledged and happened ${times} times`)
    if (times > 1) broken(`${name} happened ${times} times`)
    if (ends.size === 1 && ends.has('fail') && (times > 0 || isVote)) {
      const codes = sent.map(({ outcome }) => (outcome.end === 'fail' ? outcome.code : ''))
      broken(`${name} was refused (${codes.join(', ')}) and happened all the same`)
    }
  }
  return [...violations, ...checkVotes(all, facts)]
}

/** Each vote that was acknowledged is counted once for its person; nobody's are counted more often than they were given. */
function checkVotes(all: Done<Decide>[], facts: Facts): Violation[] {
  const counted = facts.events.filter((event) => event.type === 'vote-counted')
  const keyOf = (taskId: string, person: string): string => `${person} on ${taskId}`
  const votes = groupBy(counted, ({ taskId, by }) => keyOf(taskId, by.id))
  const tried = groupBy(facts.attempts, ({ task_id: taskId, actor }) => keyOf(taskId, actor))
  const acknowledged = groupBy(
    all.filter(({ outcome }) => outcome.end === 'ok' && outcome.status === 'counted'),
    ({ operation }) => keyOf(operation.taskId, operation.by),
  )
  const names = new Set([...votes.keys(), ...acknowledged.keys()])
  return [...names].flatMap((name): Violation[] => {
    const stored = votes.get(name)?.length ?? 0
    const told = new Set(acknowledged.get(name)?.map(({ operation }) => operation.decisionId)).size
    const most = tried.get(name)?.length ?? 0
    return stored >= told && stored <= most
      ? []
      : [
          {
            invariant: 'I1',
            what: `votes of ${name}: ${told} acknowledged, ${most} tried, ${stored} counted`,
          },
        ]
  })
}

function checkUndone(all: Done<Extract<Operation, { does: 'undo' }>>[], facts: Facts): Violation[] {
  const undone = groupBy(
    facts.events.filter((event) => event.type === 'task-undone'),
    ({ decisionId }) => decisionId,
  )
  const audited = new Map(facts.audited.map((row) => [row.object_id, row.n]))
  return all.flatMap(({ operation: { decisionId }, outcome }): Violation[] => {
    const times = undone.get(decisionId)?.length ?? 0
    const rows = audited.get(decisionId) ?? 0
    if (rows > 1 || rows < times) {
      const what = `decision ${decisionId} was taken back ${times} times, with ${rows} rows in the audit`
      return [{ invariant: 'I7', what }]
    }
    if (outcome.end === 'ok' && times !== 1) {
      return [
        { invariant: 'I1', what: `decision ${decisionId} was taken back ${times} times, acknowledged once` },
      ]
    }
    if (outcome.end === 'fail' && times > 0) {
      const what = `decision ${decisionId} was taken back although that was refused (${outcome.code})`
      return [{ invariant: 'I1', what }]
    }
    return []
  })
}

function checkOnePerVersion(decided: CaseEventOf<'task-decided'>[]): Violation[] {
  const versions = groupBy(decided, ({ taskId, version }) => `${taskId} v${version}`)
  return [...versions].flatMap(([version, events]): Violation[] =>
    events.length === 1 ? [] : [{ invariant: 'I2', what: `${version} was decided ${events.length} times` }],
  )
}

/** The table of decisions holds what the events tell, neither more nor less. */
function checkRows(facts: Facts, decided: CaseEventOf<'task-decided'>[]): Violation[] {
  const told = new Set(decided.map(({ decisionId }) => decisionId))
  const stored = new Set(facts.decisions.map((row) => row.decision_id))
  const undone = new Set(
    facts.events.flatMap((event) => (event.type === 'task-undone' ? [event.decisionId] : [])),
  )
  return [
    ...[...told].filter((id) => !stored.has(id)).map((id) => `decision ${id} was told and has no row`),
    ...[...stored].filter((id) => !told.has(id)).map((id) => `decision ${id} has a row and was never told`),
    ...facts.decisions
      .filter((row) => row.undone !== undone.has(row.decision_id))
      .map((row) => `decision ${row.decision_id} is not marked as it was told: taken back or not`),
  ].map((what): Violation => ({ invariant: 'I2', what }))
}
