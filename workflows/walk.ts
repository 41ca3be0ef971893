import { CancelledFailure } from '@temporalio/workflow'
import type { StepFailure, TaskAction } from '#domain/case-messages.ts'
import type { PlanStep } from '#domain/plan.ts'
import { failureOf, told, untold, type Calls } from './calls.ts'
import {
  applyEdit,
  enter,
  execIdOf,
  tell,
  tellAbandoned,
  tellFinished,
  type CaseRun,
  type Visit,
} from './case-run.ts'
import { continueElsewhere, historyIsLong } from './history.ts'
import {
  businessCodes,
  cannotComplete,
  completed,
  go,
  notOffered,
  problem,
  workAt,
  type Exit,
  type Problem,
  type Scene,
} from './steps.ts'
import { ask, plainQuestion } from './task.ts'

/** A case that has passed so many steps goes to a person each time: something is turning in circles. */
const stepRunsPerCase = 2_000
const factsPerActivity = 100

/** Walks the case from step to step until an end; gives its outcome. */
export async function walk(run: CaseRun, calls: Calls): Promise<string> {
  for (let then: string | null = null; ;) {
    if (run.closing) throw new CancelledFailure('the case was stopped')
    if (run.facts.length > factsPerActivity) await flush(run, calls)
    const resumed = run.resumed === null ? null : run.visit
    const kind = run.plan.steps[run.at]?.kind
    if (resumed === null && then === null && (kind === 'review' || kind === 'manual') && historyIsLong(run)) {
      await continueElsewhere(run, null)
    }
    const exit: Exit = await pass({ run, calls, visit: resumed ?? enter(run, { stepId: run.at, then }) })
    run.visit = null
    if (exit.kind === 'end') return exit.outcome
    run.at = exit.to
    then = exit.then
  }
}

async function flush(run: CaseRun, calls: Calls): Promise<void> {
  try {
    const facts = untold(run)
    const { caseId } = run.input
    await calls.flushFacts(
      { activityId: `facts@${run.seq}`, summary: 'Tell what happened' },
      { caseId, facts },
    )
    told(run, facts)
  } catch (error) {
    if (failureOf(error) === null) throw error
    // They stay, and go with the next activity.
  }
}

type Move = 'work' | 'by-hand' | 'desk'

/** One visit: tries the step until it is done, leaves on a branch, or a person settles it. */
async function pass(scene: Scene): Promise<Exit> {
  const { run, visit } = scene
  let move = firstMove(run, visit)
  let found: Exit | Problem | Settled | null = move === 'work' ? limitReached(run, visit) : null
  for (;;) {
    found ??= await moves[move](scene)
    switch (found.kind) {
      case 'go':
      case 'end':
        return found
      case 'again':
        visit.failure = null
        visit.then = null
        visit.retries += 1
        move = 'work'
        break
      case 'by-hand':
        move = 'by-hand'
        break
      case 'problem': {
        visit.failure = found.failure
        const branch = branchFor(scene, found.failure)
        if (branch !== null) return branch
        move = isWorkOfAi(run.plan.steps[visit.stepId], found.failure)
          ? 'by-hand'
          : enterDesk(scene, found.failure)
      }
    }
    found = null
    if (run.closing) throw new CancelledFailure('the case was stopped')
  }
}

const moves = { work: workAt, 'by-hand': byHand, desk }

function firstMove({ resumed }: CaseRun, visit: Visit): Move {
  if (resumed?.kind === 'exception') return 'desk'
  return resumed?.kind === 'by-hand' || (resumed === null && visit.then !== null) ? 'by-hand' : 'work'
}

function limitReached(run: CaseRun, visit: Visit): Problem | null {
  if (run.resumed !== null) return null
  const limit = run.plan.steps[visit.stepId]?.maxVisits ?? 0
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
function branchFor({ run, visit }: Scene, failure: StepFailure): Exit | null {
  const step = run.plan.steps[visit.stepId]
  // From the second time on, a branch that leads in circles is not taken again.
  const circles = failure.cause === 'loop-limit' && visit.visit !== (step?.maxVisits ?? 0) + 1
  if (step === undefined || circles) return null
  const branch =
    step.onError.find(({ cause }) => cause === failure.cause) ??
    step.onError.find(({ cause }) => cause === 'any')
  if (branch === undefined) return null
  tellException({ run, visit }, failure, branch.to)
  tellAbandoned(run, visit)
  return { kind: 'go', to: branch.to, then: null }
}

function tellException(
  { run, visit }: Pick<Scene, 'run' | 'visit'>,
  failure: StepFailure,
  to: string | null,
): void {
  tell(run, {
    type: 'exception-entered',
    stepId: visit.stepId,
    execId: execIdOf(visit),
    cause: failure.cause,
    message: failure.message,
    to,
  })
}

type Settled = { kind: 'again' } | { kind: 'by-hand' }

/** A person does what a step should have given. */
async function byHand(scene: Scene): Promise<Exit | Problem | Settled> {
  const { run, calls, visit } = scene
  const step = run.plan.steps[visit.stepId]
  if (step === undefined) return workAt(scene)
  const answer = await ask(run, calls, visit, {
    ...plainQuestion('by-hand', step.outputs),
    reasons: businessCodes(step),
  })
  if (answer.kind === 'problem') return answer
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
      if (exit.kind === 'go') run.sendBack = null
      return exit
    }
  }
}

function enterDesk(scene: Scene, failure: StepFailure): Move {
  tellException(scene, failure, null)
  return 'desk'
}

/** Whatever was not planned for comes to a person, who decides how the case goes on. */
async function desk(scene: Scene): Promise<Exit | Problem | Settled> {
  const { run, calls, visit } = scene
  const step = run.plan.steps[visit.stepId]
  const answer = await ask(run, calls, visit, {
    ...plainQuestion('exception', step?.outputs ?? []),
    options: deskOptions(step),
  })
  if (answer.kind === 'problem') return answer
  const { decision, task } = answer
  tell(run, {
    type: 'exception-closed',
    stepId: visit.stepId,
    execId: execIdOf(visit),
    how: decision.action,
  })
  switch (decision.action) {
    case 'stop':
      run.closing = true
      run.outcome = `Stopped by ${decision.by.name}: ${decision.reason ?? ''}`
      run.stopIds.push(decision.decisionId)
      throw new CancelledFailure('the case was stopped')
    case 'skip': {
      const exit = go(visit.then ?? (step?.kind === 'decision' ? step.otherwise : (step?.next ?? null)))
      if (exit.kind === 'problem') return exit
      applyEdit(run, decision, step?.outputs ?? [])
      tellFinished(run, visit, 'skipped')
      return exit
    }
    case 'by-hand': {
      if (step?.kind !== 'review') return { kind: 'by-hand' }
      const exit = go(step.reviews, step.next)
      tellAbandoned(run, visit)
      return exit
    }
    case 'fix-and-retry':
      applyEdit(run, decision, null)
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

/** A gate is never skipped, and a rule cannot be done by hand. */
function deskOptions(step: PlanStep | undefined): TaskAction[] {
  switch (step?.kind) {
    case 'ai':
    case 'manual':
      return ['fix-and-retry', 'retry', 'skip', 'by-hand', 'stop']
    case 'decision':
      return ['fix-and-retry', 'retry', 'skip', 'stop']
    case 'review':
      return ['fix-and-retry', 'retry', 'by-hand', 'stop']
    case 'end':
    case undefined:
      return ['retry', 'stop']
  }
}
