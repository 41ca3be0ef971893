import { CancelledFailure } from '@temporalio/workflow'
import type { StepFailure, TaskAction } from '#domain/case-messages.ts'
import type { PlanStep } from '#domain/plan.ts'
import { flush, type Calls } from './calls.ts'
import {
  applyEdit,
  enter,
  isByHand,
  ofVisit,
  tell,
  tellAbandoned,
  tellFinished,
  type CaseRun,
  type Token,
  type Visit,
} from './case-run.ts'
import { beginStop } from './decisions.ts'
import { continueElsewhere, noteHistory, shouldCut } from './history.ts'
import { whileStandingStill } from './pause.ts'
import { ItemFailed, atForEach, atFork, type Walked } from './regions.ts'
import {
  atEnd,
  atJoin,
  atManual,
  atReview,
  atRule,
  businessCodes,
  cannotComplete,
  completed,
  go,
  notOffered,
  problem,
  type Exit,
  type Problem,
  type Settled,
} from './steps.ts'
import { atSubProcess } from './sub-process.ts'
import { ask, plainQuestion, type Scene } from './task.ts'
import { atWait } from './waits.ts'
import { atWork } from './work.ts'

/** A case that has passed so many steps goes to a person each time: something is turning in circles. */
const stepRunsPerCase = 2_000
const factsPerActivity = 100

/** Walks one token from step to step until an end, or until it comes to the join that closes its region. */
export async function walk(
  { run, calls, token }: { run: CaseRun; calls: Calls; token: Token },
  until: string | null,
): Promise<Walked> {
  for (let then: string | null = null; ;) {
    if (token.at === until) return { kind: 'joined' }
    if (run.stopping) throw new CancelledFailure('the case was stopped')
    if (run.facts.length > factsPerActivity) await flush(run, calls)
    // What people were asked before the history was cut, they are asked in the next one too.
    const isAsked = token.resumed !== null && run.semantics >= 3
    if (run.pausedAt !== null && !isAsked) await whileStandingStill(run)
    const ready = token.resumed === null ? (token.opened?.visit ?? null) : token.visit
    const kind = token.scope.plan.steps[token.at]?.kind
    noteHistory(run)
    if (ready === null && then === null && (kind === 'review' || kind === 'manual') && shouldCut(run)) {
      await continueElsewhere(run, null)
    }
    const visit: Visit = ready ?? enter(run, token.scope, { stepId: token.at, then })
    token.visit = visit
    const scene: Scene = { run, calls, token, visit }
    const move = firstMove(token, visit)
    // What goes on at once waits for one promise less, from semantics 4 on.
    const limit = move === 'work' ? limitReached(run, token, visit) : null
    const tried = limit ?? (run.semantics >= 4 ? await moves[move](scene) : null)
    const exit = isExit(tried) ? tried : await settle(scene, move, tried)
    token.visit = null
    if (exit.kind === 'end') return exit
    token.at = exit.to
    then = exit.then
  }
}

type Work = Found | Promise<Found>

/**
 * What a case does at a step of each kind. Every promise more costs a stack trace in the sandbox, so nothing here
 * waits that need not.
 */
function workAt(scene: Scene): Work {
  const { run, token, visit } = scene
  const step = token.scope.plan.steps[visit.stepId]
  switch (step?.kind) {
    case 'ai':
    case 'call':
      return isByHand(run, token) ? { kind: 'by-hand' } : atWork(scene, step)
    case 'manual':
      return atManual(scene, step)
    case 'review':
      return atReview(scene, step)
    case 'decision':
      return atRule(scene, step)
    case 'fork':
      return atFork(scene, step, walk)
    case 'join':
      return atJoin(scene, step)
    case 'for-each':
      return atForEach(scene, step, walk)
    case 'wait':
      return atWait(scene, step)
    case 'sub-process':
      return atSubProcess(scene, step, walk)
    case 'end':
      return atEnd(scene, step)
    case undefined:
      return problem('data', `The plan has no step "${visit.stepId}".`)
  }
}

type Move = 'work' | 'by-hand' | 'desk'

type Found = Exit | Problem | Settled

function isExit(found: Found | null): found is Exit {
  return found?.kind === 'go' || found?.kind === 'end'
}

/** One visit, from what was tried first: tries until it is done, leaves on a branch, or a person settles it. */
async function settle(first: Scene, tries: Move, tried: Found | null): Promise<Exit> {
  const { run } = first
  let scene = first
  let move = tries
  let found = tried
  for (;;) {
    found ??= await moves[move](scene)
    switch (found.kind) {
      case 'go':
      case 'end':
        return found
      case 'again':
        scene.visit.failure = null
        scene.visit.then = null
        scene.visit.retries += 1
        move = 'work'
        break
      case 'by-hand':
        move = 'by-hand'
        break
      case 'problem': {
        scene.visit.failure = found.failure
        const branch = branchFor(scene, found.failure)
        if (branch !== null) return branch
        if (scene.visit.done === true) scene = visitAnew(scene, found.failure)
        move = isWorkOfAi(stepAt(scene), found.failure) ? 'by-hand' : enterDesk(scene, found.failure)
      }
    }
    found = null
    if (run.stopping) throw new CancelledFailure('the case was stopped')
    if (run.pausedAt !== null && move === 'work') await whileStandingStill(run)
  }
}

/** The work was done before it could be called off, and stays done: what a person settles is another visit. */
function visitAnew(scene: Scene, failure: StepFailure): Scene {
  const { run, token } = scene
  const { stepId, then } = scene.visit
  const visit: Visit = { ...enter(run, token.scope, { stepId, then }), failure }
  token.visit = visit
  return { ...scene, visit }
}

const moves = { work: workAt, 'by-hand': byHand, desk }

function stepAt({ token, visit }: Pick<Scene, 'token' | 'visit'>): PlanStep | undefined {
  return token.scope.plan.steps[visit.stepId]
}

function firstMove({ resumed }: Token, visit: Visit): Move {
  if (resumed?.kind === 'exception') return 'desk'
  return resumed?.kind === 'by-hand' || (resumed === null && visit.then !== null) ? 'by-hand' : 'work'
}

function limitReached(run: CaseRun, token: Token, visit: Visit): Problem | null {
  if (token.resumed !== null) return null
  const limit = stepAt({ token, visit })?.maxVisits ?? 0
  if (limit > 0 && visit.visit > limit) {
    return problem('loop-limit', `The case came here ${visit.visit} times; ${limit} are planned.`)
  }
  return run.stepRuns > stepRunsPerCase
    ? problem('loop-limit', `The case has passed more than ${stepRunsPerCase} steps.`)
    : null
}

const causesOfAi = new Set(['ai-unavailable', 'ai-invalid', 'ai-declined', 'timed-out'])

/** What a model could not do, a person can. */
function isWorkOfAi(step: PlanStep | undefined, { cause }: StepFailure): boolean {
  return step?.kind === 'ai' && causesOfAi.has(cause)
}

/** The named branch for a cause, else the one for any. */
function branchFor(scene: Scene, failure: StepFailure): Exit | null {
  const { run, token, visit } = scene
  const step = stepAt(scene)
  // From the second time on, a branch that leads in circles is not taken again.
  const circles = failure.cause === 'loop-limit' && visit.visit !== (step?.maxVisits ?? 0) + 1
  if (step === undefined || circles) return null
  const branch =
    step.onError.find(({ cause }) => cause === failure.cause) ??
    step.onError.find(({ cause }) => cause === 'any')
  if (branch === undefined) return null
  tellException(scene, failure, `${token.scope.prefix}${branch.to}`)
  tellAbandoned(run, token, visit)
  return { kind: 'go', to: branch.to, then: null }
}

function tellException(
  { run, token, visit }: Pick<Scene, 'run' | 'token' | 'visit'>,
  failure: StepFailure,
  to: string | null,
): void {
  tell(run, {
    type: 'exception-entered',
    ...ofVisit(token, visit),
    cause: failure.cause,
    message: failure.message,
    to,
  })
}

/** A person does what a step should have given. */
async function byHand(scene: Scene): Promise<Exit | Problem | Settled> {
  const { token, visit } = scene
  const step = stepAt(scene)
  if (step === undefined) return workAt(scene)
  const answer = await ask(scene, {
    ...plainQuestion('by-hand', step.outputs),
    reasons: businessCodes(step),
  })
  if (answer.kind !== 'decided') return answer
  const { decision, task } = answer
  switch (decision.action) {
    case 'retry':
      return { kind: 'again' }
    case 'cannot-complete':
      return cannotComplete(step, decision)
    case 'approve':
    case 'edit':
    case 'send-back':
    case 'reject':
    case 'by-hand':
    case 'fix-and-retry':
    case 'skip':
    case 'stop':
      return notOffered(task, decision)
    case 'complete': {
      const exit = completed(scene, step, decision, visit.then ?? step.next)
      if (exit.kind === 'go') token.sendBack = null
      return exit
    }
  }
}

function enterDesk(scene: Scene, failure: StepFailure): Move {
  if (scene.token.scope.whenItemFails !== null) {
    tellAbandoned(scene.run, scene.token, scene.visit)
    throw new ItemFailed(failure)
  }
  tellException(scene, failure, null)
  return 'desk'
}

/** Whatever was not planned for comes to a person, who decides how the case goes on. */
async function desk(scene: Scene): Promise<Exit | Problem | Settled> {
  const { run, token, visit } = scene
  const step = stepAt(scene)
  const answer = await ask(scene, {
    ...plainQuestion('exception', step?.outputs ?? []),
    options: deskOptions(step),
  })
  if (answer.kind !== 'decided') return answer
  const { decision, task } = answer
  tell(run, { type: 'exception-closed', ...ofVisit(token, visit), how: decision.action })
  switch (decision.action) {
    case 'stop':
      beginStop(run, {
        outcome: `Stopped by ${decision.by.name}: ${decision.reason ?? ''}`,
        compensate: run.semantics >= 2,
      })
      run.stopIds.push(decision.decisionId)
      throw new CancelledFailure('the case was stopped')
    case 'skip': {
      const exit = go(visit.then ?? wayOn(step))
      if (exit.kind === 'problem') return exit
      applyEdit(token.scope, decision, step?.outputs ?? [])
      tellFinished(run, token, visit, 'skipped')
      return exit
    }
    case 'by-hand': {
      if (step?.kind !== 'review') return { kind: 'by-hand' }
      const exit = go(step.reviews, step.next)
      tellAbandoned(run, token, visit)
      return exit
    }
    case 'fix-and-retry':
      applyEdit(token.scope, decision, null)
      return { kind: 'again' }
    case 'retry':
      return { kind: 'again' }
    case 'approve':
    case 'edit':
    case 'send-back':
    case 'reject':
    case 'complete':
    case 'cannot-complete':
      return notOffered(task, decision)
  }
}

/** Where a case goes on when a step is skipped. */
function wayOn(step: PlanStep | undefined): string | null {
  switch (step?.kind) {
    case 'decision':
      return step.otherwise
    case 'fork':
    case 'for-each':
      return step.join
    case 'ai':
    case 'manual':
    case 'review':
    case 'join':
    case 'wait':
    case 'call':
    case 'sub-process':
    case 'end':
      return step.next
    case undefined:
      return null
  }
}

/** A gate is never skipped, and a rule cannot be done by hand. */
function deskOptions(step: PlanStep | undefined): TaskAction[] {
  switch (step?.kind) {
    case 'ai':
    case 'manual':
    case 'call':
      return ['fix-and-retry', 'retry', 'skip', 'by-hand', 'stop']
    case 'decision':
    case 'wait':
    case 'for-each':
    case 'sub-process':
      return ['fix-and-retry', 'retry', 'skip', 'stop']
    case 'review':
      return ['fix-and-retry', 'retry', 'by-hand', 'stop']
    case 'fork':
    case 'join':
    case 'end':
    case undefined:
      return ['retry', 'stop']
  }
}
