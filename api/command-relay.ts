import type { CaseCommand } from '#domain/case-messages.ts'
import { moveRefusalWords } from '#domain/map-upgrades.ts'
import { isProblem, type Problem, type ProblemCode } from '#domain/problems.ts'
import { retryOutcome } from '#domain/retry-outcome.ts'
import { eventsOf } from '#store/case-events.ts'
import { appendFacts } from '#store/case-work.ts'
import {
  hasMoved,
  laterMove,
  noteRow,
  takeRows,
  tellOfBatches,
  wasSoBefore,
  type BatchRow,
  type RowState,
} from '#store/command-batches.ts'
import type { Db } from '#store/db.ts'
import type { Versions } from '#store/processes.ts'
import { actorOf } from '#store/views/access.ts'
import { loadTask } from '#store/views/task.ts'
import { decideTask } from './decide-task.ts'
import type { Engine, Told } from './engine.ts'
import { problemOfRefusal } from './refusals.ts'
import { problemWords } from './respond.ts'
import { uuidOf } from './stable-id.ts'
import { tellCommand } from './tell-command.ts'

export type CommandRelayDeps = {
  db: Db
  engine: Engine
  versionOf: Versions
  onError: (message: string, error: unknown) => void
}

/** Told at a time: as many as leave the engine room for people's decisions. */
const atOnce = 8
/** Longer than any answer takes: only a relay that died leaves a row alone for so long. */
const leaseSeconds = 40
const daySeconds = 86_400

/** Tells some cases what a command for many says; gives how many rows were dealt with. Several may run at once. */
export async function relayCommands(deps: CommandRelayDeps): Promise<number> {
  const taken = await takeRows(deps.db, { most: atOnce, leaseSeconds })
  await Promise.all(
    taken.map(async (row) => {
      try {
        await noteRow(deps.db, row, await settle(deps, row))
      } catch (error) {
        deps.onError(`case ${row.caseId} was not told yet by batch ${row.batchId}`, error)
        await noteRow(deps.db, row, later(row, 'It is tried again after a fault.'))
      }
    }),
  )
  await tellOfBatches(deps.db, [...new Set(taken.map((row) => row.pilotId))])
  return taken.length
}

async function settle(deps: CommandRelayDeps, row: BatchRow): Promise<RowState> {
  switch (row.kind) {
    case 'pause':
      return control(deps, row, { kind: 'pause' })
    case 'resume':
      return control(deps, row, { kind: 'resume' })
    case 'go-by-hand':
      return control(deps, row, { kind: 'go-by-hand', stepId: row.stepId })
    case 'come-back':
      return control(deps, row, { kind: 'come-back', stepId: row.stepId })
    case 'retry':
      return row.status === 'trying' ? outcomeOfRetry(deps, row) : retry(deps, row)
    case 'move':
      return move(deps, row)
  }
}

async function control(deps: CommandRelayDeps, row: BatchRow, command: CaseCommand): Promise<RowState> {
  // What was sent before it ended, and not answered, the engine still knows the outcome of.
  if (row.ended && row.attempts === 1) return hasEnded(row)
  if (await wasSoBefore(deps.db, row)) return skipped('It was so on its own before, and stays so.')
  const { caseId, by, reason } = row
  const args = { commandId: idOf(row), by, reason, ...command }
  const told = await tellCommand(deps, addressOf(row), args)
  if (told.kind !== 'done') return untold(row, told)
  await appendFacts(deps.db, caseId, told.result.facts)
  return told.result.status === 'unchanged' ? skipped('It was so already.') : { status: 'succeeded' }
}

/** Refusals that may be others in a moment. */
const again: ReadonlySet<ProblemCode> = new Set(['EngineUnavailable', 'DatabaseUnavailable', 'TaskStale'])
/** The case is past it, or it was never to be tried again. */
const elsewhere: ReadonlySet<ProblemCode> = new Set(['CaseClosing', 'ActionNotAllowed'])

/** Lets what waits at the desk be tried again, as the person who ordered it. What comes of it is another question. */
async function retry(deps: CommandRelayDeps, row: BatchRow): Promise<RowState> {
  const actor = await actorOf(deps.db, row.by.id)
  const task = await loadTask(deps.db, row.taskId)
  if (actor === null || task === null) return { status: 'failed', why: 'The task is not there any more.' }
  const reply = await decideTask({ ...deps, now: () => new Date() }, actor, {
    taskId: row.taskId,
    body: {
      decisionId: decisionOf(row, task.version),
      taskVersion: task.version,
      shownHash: task.shown_hash,
      action: 'retry',
      values: null,
      reason: null,
      note: null,
      touchMs: null,
    },
  })
  if (!isProblem(reply)) {
    return reply.status === 'checking'
      ? later(row, 'The case has not answered yet.')
      : { status: 'trying', why: 'Being tried again.', afterSeconds: 0.5 }
  }
  if (again.has(reply.code)) return later(row, problemWords(reply))
  if (reply.code === 'TaskAlreadyDecided') return skipped(`${reply.by} decided it first: ${reply.action}.`)
  if (elsewhere.has(reply.code)) return skipped(problemWords(reply))
  return { status: 'failed', why: problemWords(reply) }
}

async function outcomeOfRetry({ db }: CommandRelayDeps, row: BatchRow): Promise<RowState> {
  const events = await eventsOf(db, row.caseId)
  const own = events.find(
    (event) =>
      event.type === 'task-decided' &&
      event.taskId === row.taskId &&
      event.decisionId === decisionOf(row, event.version),
  )
  const outcome =
    own?.type === 'task-decided' ? retryOutcome(events, own.decisionId) : ({ kind: 'trying' } as const)
  switch (outcome.kind) {
    case 'done':
      return { status: 'succeeded' }
    case 'failed':
      return { status: 'failed', why: outcome.why }
    case 'trying':
      return { status: 'trying', why: 'Being tried again.', afterSeconds: pauseAfter(row, 15) }
  }
}

async function move(deps: CommandRelayDeps, row: BatchRow): Promise<RowState> {
  // Its own word counts: it may be on to yet another version, or have ended, before it is looked at.
  if (await hasMoved(deps.db, { caseId: row.caseId, moveId: idOf(row) })) return { status: 'succeeded' }
  if (row.caseVersion === row.toVersion) return skipped('It is in that version already.')
  if (row.ended) return hasEnded(row)
  const another = await laterMove(deps.db, row)
  if (another === 'settled') return skipped('A move that was ordered later took its place.')
  if (another === 'open') {
    const status = row.status === 'trying' ? 'trying' : 'waiting'
    return { status, why: 'A move that was ordered later comes first.', afterSeconds: pauseAfter(row, 15) }
  }
  const version = row.toVersion === null ? null : await deps.versionOf(deps.db, row.processId, row.toVersion)
  if (version === null) return { status: 'failed', why: 'That version is not published.' }
  const { by, stepIds } = row
  const told = await deps.engine.move(addressOf(row), { moveId: idOf(row), by, plan: version.plan, stepIds })
  if (told.kind === 'done') {
    return { status: 'trying', why: 'On its way to the new version.', afterSeconds: pauseAfter(row, 15) }
  }
  // It may be on its way: whoever looks again asks it under the same id.
  if (told.kind === 'unanswered') return untold({ ...row, status: 'trying' }, told)
  if (told.kind !== 'refused') return untold(row, told)
  const problem = problemOfRefusal(told)
  const passing = whatPasses(problem)
  if (passing === null) return refusal(problem)
  return row.ageSeconds > daySeconds
    ? { status: 'failed', why: 'It came to no safe point within a day.' }
    : { status: 'waiting', why: passing, afterSeconds: pauseAfter(row, 30) }
}

/** What keeps a case from moving now and will not for ever, in words. */
function whatPasses(problem: Problem): string | null {
  if (problem.code === 'NotAtSafePoint') return `Waits for a safe point${placeWords(problem.at)}.`
  return problem.code === 'CannotMove' && problem.why.code === 'InRegion'
    ? moveRefusalWords(problem.why)
    : null
}

function placeWords(at: string[]): string {
  return at.length === 0 ? '' : `, now at ${at.join(', ')}`
}

function untold(row: BatchRow, told: Exclude<Told<unknown>, { kind: 'done' }>): RowState {
  switch (told.kind) {
    case 'refused':
      return refusal(problemOfRefusal(told))
    case 'gone':
      // Not ended as far as one knows: it did in this moment, which the next look will show, or has not begun yet.
      return row.ended ? hasEnded(row) : later(row, 'The engine does not run it yet.')
    case 'unsent':
      return later(row, 'The engine does not answer.')
    case 'unanswered':
      return later(row, 'The case has not answered yet.')
  }
}

function refusal(problem: Problem): RowState {
  if (problem.code === 'CaseClosing') return skipped('The case is ending.')
  return {
    status: 'failed',
    why: problem.code === 'CannotMove' ? moveRefusalWords(problem.why) : problemWords(problem),
  }
}

function hasEnded({ outcome }: BatchRow): RowState {
  return skipped(outcome === null ? 'The case has ended.' : `The case has ended: ${outcome}`)
}

function skipped(why: string): RowState {
  return { status: 'skipped', why }
}

/** Tried again, for a day. */
function later(row: BatchRow, why: string): RowState {
  if (row.ageSeconds > daySeconds) return { status: 'failed', why }
  return { status: row.status, why, afterSeconds: pauseAfter(row, 30) }
}

function pauseAfter({ attempts }: BatchRow, longestSeconds: number): number {
  return Math.min(longestSeconds, 0.5 * 1.5 ** Math.min(attempts, 20))
}

function addressOf({ pilotId, caseId }: BatchRow): { pilotId: string; caseId: string } {
  return { pilotId, caseId }
}

function idOf({ batchId, caseId }: BatchRow): string {
  return `${batchId}:${caseId}`
}

function decisionOf({ batchId, taskId }: BatchRow, version: number): string {
  return uuidOf(batchId, taskId, version)
}
