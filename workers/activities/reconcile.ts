import { setTimeout as sleep } from 'node:timers/promises'
import type { CloseCaseRequest, OpenTaskRequest } from '#domain/case-messages.ts'
import { driftOf, driftWords, type Drift, type StoredState } from '#domain/drift.ts'
import type { ReconcileReport, ReconcileRequest } from '#domain/reconcile-messages.ts'
import type { CaseToCheck } from '#store/reconcile.ts'
import type { EngineCase, EnginePort } from '../engine-port.ts'
import type { ReconcilePort } from '../reconcile-port.ts'

export type ReconcileDeps = {
  engine: EnginePort
  port: ReconcilePort
  openTask: (request: OpenTaskRequest) => Promise<unknown>
  closeCase: (request: CloseCaseRequest) => Promise<void>
  warn: (message: string) => void
}

const casesPerRound = 500
const atOnce = 8
/** Of those that are only looked at because it is their turn: people's work goes before. */
const inTurnAtOnce = 2
/** A round ends before the next one is due. */
const roundMs = 25_000
/** What differs now and still does after this long, while nothing moved, is not just being written. */
const lookAgainMs = 2_000

type Finding = 'fine' | 'differs' | 'repaired' | 'stalled' | 'wentOn' | 'unmended' | 'skipped'

/** Says that the round is alive, and hears when it is to end early: what is left comes in the next. */
export type Pulse = { beat: () => void; signal: AbortSignal }

/** Compares open cases with what the engine knows of them, and brings the database to it. */
export async function reconcile(
  deps: ReconcileDeps,
  { scope }: ReconcileRequest,
  { beat, signal }: Pulse,
): Promise<ReconcileReport> {
  const { port } = deps
  const startedAt = Date.now()
  const report: ReconcileReport = {
    checked: 0,
    repaired: 0,
    stalled: 0,
    wentOn: 0,
    unmended: 0,
    settled: 0,
    skipped: 0,
  }
  const until = scope === 'all' ? Infinity : startedAt + roundMs
  const looked = new Set<string>()
  const look = async (cases: CaseToCheck[], most: number): Promise<void> => {
    const fresh = cases.filter(({ caseId }) => !looked.has(caseId))
    for (const { caseId } of fresh) looked.add(caseId)
    await lookAt(deps, fresh, { report, beat, signal, until, most })
  }

  report.settled = await port.settleAttempts()
  if (scope === 'due') await look(await port.casesThatStand(), atOnce)
  let cursor = scope === 'due' ? await port.roundCursor() : ''
  for (;;) {
    const page = await port.openCasesAfter(cursor, casesPerRound)
    const { stalled } = report
    await look(page, scope === 'due' ? inTurnAtOnce : atOnce)
    const isLast = page.length < casesPerRound
    cursor = isLast ? '' : (page.at(-1)?.caseId ?? '')
    // Where histories are gone, as after a restore, the others are looked at without waiting for their turn.
    const isWave = report.stalled > stalled && Date.now() < until
    if (isLast || (scope === 'due' && !isWave)) break
  }
  await port.noteRound({ cursor, tookMs: Date.now() - startedAt, report })
  return report
}

type Round = Pulse & { report: ReconcileReport; until: number; most: number }

async function lookAt(deps: ReconcileDeps, cases: CaseToCheck[], round: Round): Promise<void> {
  const differing: CaseToCheck[] = []
  await forEach(cases, round, async (one) => {
    const finding = await checkCase(deps, one, { isSecondLook: false })
    if (finding === 'differs') differing.push(one)
    else count(round.report, finding)
  })
  if (differing.length === 0) return
  await sleep(lookAgainMs, undefined, { signal: round.signal }).catch(() => undefined)
  await forEach(differing, round, async (one) =>
    count(round.report, await checkCase(deps, one, { isSecondLook: true })),
  )
}

function count(report: ReconcileReport, finding: Finding): void {
  report.checked += 1
  if (finding !== 'fine' && finding !== 'differs') report[finding] += 1
}

async function forEach(
  cases: CaseToCheck[],
  { beat, signal, until, report, most }: Round,
  work: (one: CaseToCheck) => Promise<void>,
): Promise<void> {
  const left = [...cases]
  const takeOne = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) {
      beat()
      if (signal.aborted || Date.now() > until) report.skipped += 1
      else await work(one)
    }
  }
  await Promise.all(Array.from({ length: most }, takeOne))
}

async function checkCase(
  deps: ReconcileDeps,
  one: CaseToCheck,
  look: { isSecondLook: boolean },
): Promise<Finding> {
  try {
    const known = await deps.engine.describe(one)
    switch (known.kind) {
      case 'unknown':
        return await unknownThere(deps, one)
      case 'closed':
        return await closedThere(deps, one, known)
      case 'running':
        return await runningThere(deps, one, { known, ...look })
    }
  } catch (error) {
    // One case that cannot be looked at does not keep the others from it.
    deps.warn(`case ${one.caseId} could not be compared: ${String(error)}`)
    return 'skipped'
  }
}

/** The engine has no history of a case: it was never started, or the engine lost its state. */
async function unknownThere({ port }: ReconcileDeps, one: CaseToCheck): Promise<Finding> {
  if (one.isOrdered) return 'fine'
  if (!one.hasBegun) {
    await port.orderStartAgain(one)
    return 'repaired'
  }
  if (one.stall === 'lost') return 'fine'
  await port.noteStall(one, { why: 'lost', since: new Date().toISOString() })
  return 'stalled'
}

/** The case is over and the database was not told how. */
async function closedThere(
  { engine, port, closeCase }: ReconcileDeps,
  one: CaseToCheck,
  known: EngineCase & { kind: 'closed' },
): Promise<Finding> {
  const { caseId, pilotId } = one
  const recorded = await engine.recorded(one)
  await port.repairFromFacts(caseId, { facts: [], events: recorded.events })
  await closeCase(
    recorded.close ?? {
      caseId,
      pilotId,
      status: 'cancelled',
      outcome: outcomeOf(known.how, recorded.reason),
      stepId: null,
      at: known.at,
      facts: [],
    },
  )
  await port.noteRepair(one, { kind: 'closed', detail: { how: known.how } })
  return 'repaired'
}

function outcomeOf(how: (EngineCase & { kind: 'closed' })['how'], reason: string | null): string {
  const why = reason === null || reason === '' ? '' : `: ${reason}`
  switch (how) {
    case 'completed':
      return 'Ended in the engine, which no longer knows how'
    case 'cancelled':
      return 'Cancelled in the engine, from outside'
    case 'terminated':
      return `Ended in the engine by an administrator${why}`
    case 'failed':
      return 'The engine gave this case up after a fault'
    case 'timed-out':
      return 'The engine gave this case up: its time was over'
  }
}

type Running = { known: EngineCase & { kind: 'running' }; isSecondLook: boolean }

async function runningThere(
  deps: ReconcileDeps,
  one: CaseToCheck,
  { known, isSecondLook }: Running,
): Promise<Finding> {
  const { port } = deps
  const { failing } = known
  if (failing !== null) {
    if (one.stall === 'failing') return 'fine'
    const first = failing.what === 'step' ? await deps.engine.firstFailure(one) : null
    const since = first ?? failing.since
    await port.noteStall(one, { why: 'failing', since })
    return 'stalled'
  }
  if (one.stalledSince !== null) {
    await port.noteGoesOn({ ...one, stalledSince: one.stalledSince })
    return 'wentOn'
  }
  if (known.isBusy) return 'fine'
  const stored = await port.storedState(one.caseId)
  if (stored === null) return 'fine'
  const seen = seenOf(known.mark, stored)
  if (one.seen?.seen === seen) {
    if (one.seen.agrees) return 'fine'
    if (!isSecondLook) return 'unmended'
  }
  const found = await driftNow(deps, one, { known, stored })
  if (found === null) return 'skipped'
  if (found.length === 0) {
    await port.noteCheck({ caseId: one.caseId, seen, differs: null })
    return 'fine'
  }
  return isSecondLook ? await repair(deps, one, { known, drift: found }) : 'differs'
}

function seenOf(mark: string, stored: StoredState): string {
  const tasks = stored.openTasks.map(({ taskId, version }) => `${taskId}v${version}`).join(',')
  return [mark, stored.status, stored.stepId, stored.facts, stored.lastFact, tasks].join('|')
}

/** What differs, if nothing moved while both sides were asked; null when something did. */
async function driftNow(
  { engine }: ReconcileDeps,
  one: CaseToCheck,
  { known, stored }: { known: Running['known']; stored: StoredState },
): Promise<Drift[] | null> {
  const snapshot = await engine.snapshot(one)
  if (snapshot === null || snapshot.status === 'closing') return null
  const after = await engine.describe(one)
  if (after.kind !== 'running' || after.mark !== known.mark) return null
  return driftOf(stored, snapshot)
}

async function repair(
  deps: ReconcileDeps,
  one: CaseToCheck,
  { known, drift }: { known: Running['known']; drift: Drift[] },
): Promise<Finding> {
  const { engine, port } = deps
  const { caseId } = one
  const snapshot = await engine.snapshot(one)
  if (snapshot === null) return 'skipped'
  const isGap = drift.some(({ kind }) => kind === 'facts-missing')
  const recorded = isGap ? (await engine.recorded(one)).events : []
  const missing = new Set(drift.flatMap((found) => (found.kind === 'task-missing' ? [found.taskId] : [])))
  await port.repairFromFacts(caseId, { facts: snapshot.facts, events: recorded })
  for (const request of snapshot.opening) if (missing.has(request.task.taskId)) await deps.openTask(request)
  await port.repairFromFacts(caseId, { facts: [], events: [] })

  const stored = await port.storedState(caseId)
  if (stored === null) return 'skipped'
  const left = await driftNow(deps, one, { known, stored })
  if (left === null) return 'skipped'
  const differs = left.length === 0 ? null : driftWords(left)
  await port.noteCheck({ caseId, seen: seenOf(known.mark, stored), differs })
  await port.noteRepair(one, {
    kind: differs === null ? 'repaired' : 'unmended',
    detail: { found: driftWords(drift), left: differs ?? 'nothing' },
  })
  if (differs === null) return 'repaired'
  deps.warn(`case ${caseId} differs from the engine and cannot be mended here: ${differs}`)
  return 'unmended'
}
