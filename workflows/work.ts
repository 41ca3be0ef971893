import { CancellationScope, isCancellation } from '@temporalio/workflow'
import type { GateToOpen, RunStepResult } from '#domain/case-messages.ts'
import type { PlanStepOf } from '#domain/plan.ts'
import { failureOf, told, visitRequest, workRequest } from './calls.ts'
import {
  applyOutput,
  enter,
  execIdOf,
  noteUndoable,
  tellAbandoned,
  unenter,
  type OpenedGate,
  type Token,
} from './case-run.ts'
import { noteHistory } from './history.ts'
import { go, reviewQuestion, type Exit, type Problem, type Settled } from './steps.ts'
import { deadlinesOf, freshTask, type Scene } from './task.ts'
import { readNames, refreshShown, shownWith } from './task-shown.ts'

/** Work that a worker does outside the case: a draft, or a request to another system. */
export async function atWork(
  scene: Scene,
  step: PlanStepOf<'ai'> | PlanStepOf<'call'>,
): Promise<Exit | Problem | Settled> {
  const { run, calls, token, visit } = scene
  const gate = step.kind === 'ai' ? prepareGate(scene, step) : null
  const request = workRequest(run, token, visit, {
    suffix: retrySuffix(visit.retries),
    inputs: step.inputs,
    outputs: step.outputs,
    attempts: step.attempts,
  })
  const opens =
    run.semantics >= 2 && step.kind === 'ai' ? { opens: gate === null ? null : toOpen(scene, gate) } : {}
  const result = await working(scene, () =>
    calls
      .runStep({ activityId: request.execId, summary: step.title }, step, { ...request, ...opens })
      .then((done) => {
        told(run, request.facts)
        visit.entered = true
        return done
      }),
  )
  if ('kind' in result) {
    dropGate(scene, gate)
    return result
  }
  if (result.status !== 'done') {
    dropGate(scene, gate)
    if (result.status === 'failed') return { kind: 'problem', failure: result.failure }
    throw new Error(`${execIdOf(token.scope, visit)} was no list and no wait: ${result.status}`)
  }
  const { scope } = token
  applyOutput(scope, { ref: result.output, fields: result.fields, values: result.values }, step.outputs)
  visit.done = true
  if (step.kind === 'ai') scope.drafts[visit.stepId] = { ref: result.output, by: 'ai' }
  noteUndoable(run, token, visit)
  settleGate(scene, gate, result)
  return calledAwayLate(scene) ?? go(step.next)
}

/** The work was done before it could be called off: it counts, and so does what a person said meanwhile. */
export function calledAwayLate({ run, token }: Scene): Problem | null {
  const { interrupt, opened } = token
  token.interrupt = null
  if (interrupt?.kind !== 'problem') return null
  if (opened !== null) {
    token.opened = null
    tellAbandoned(run, token, opened.visit)
    forget(run, opened)
  }
  return interrupt
}

export function retrySuffix(retries: number): string {
  return retries > 0 ? `.r${retries}` : ''
}

/**
 * Does what an activity does, unless it fails for good or the case is called away from the step. Every promise here
 * is one for each step of each case: `then` makes one where `await` makes two.
 */
export function working<Result>(
  scene: Scene,
  work: () => Promise<Result>,
): Promise<Result | Problem | Settled> {
  const { token } = scene
  const scope = workScope(scene)
  token.cancelWork = () => scope.cancel()
  return scope.run(work).then(
    (result) => {
      token.cancelWork = null
      return result
    },
    (error: unknown) => {
      token.cancelWork = null
      return calledOff(token, error)
    },
  )
}

/** From semantics 4 on, a place has one scope for all its work, until it is called off. */
function workScope({ run, token }: Scene): CancellationScope {
  const before = token.workScope
  if (run.semantics >= 4 && before?.parent === CancellationScope.current() && !before.consideredCancelled) {
    return before
  }
  token.workScope = new CancellationScope()
  return token.workScope
}

function calledOff(token: Token, error: unknown): Problem | Settled {
  const { interrupt } = token
  if (isCancellation(error) && interrupt !== null) {
    token.interrupt = null
    return interrupt
  }
  const failure = failureOf(error)
  if (failure === null) throw error
  token.interrupt = null
  return { kind: 'problem', failure }
}

type PreparedGate = Omit<OpenedGate, 'deadlines'>

/**
 * The gate that only reads this draft is opened by the draft itself, in the same transaction: one activity less
 * for each gate. The task is known here before, so that no decision can come too early.
 */
function prepareGate({ run, calls, token }: Scene, step: PlanStepOf<'ai'>): PreparedGate | null {
  const { scope } = token
  const gate = step.next === null ? undefined : scope.plan.steps[step.next]
  if (run.semantics < 2 || step.next === null || gate?.kind !== 'review') return null
  noteHistory(run)
  if (gate.reviews !== token.at || run.isLong) return null
  const visit = enter(run, scope, { stepId: step.next, then: null })
  if (gate.maxVisits > 0 && visit.visit > gate.maxVisits) {
    unenter(run, scope, visit)
    return null
  }
  const task = freshTask({ run, calls, token, visit }, reviewQuestion({ run }, gate, []), '')
  run.openTasks[task.taskId] = task
  run.asking[task.taskId] = { token, visit }
  run.opening[task.taskId] = true
  return { visit, task }
}

function toOpen({ run, token }: Scene, { visit, task }: PreparedGate): GateToOpen {
  return {
    ...visitRequest(run, token, visit),
    ...shownWith(token, visit, task),
    execId: execIdOf(token.scope, visit),
    task: { ...task },
    reopened: false,
    reads: readNames(token, task.stepId),
  }
}

function dropGate({ run, token }: Scene, gate: PreparedGate | null): void {
  if (gate === null) return
  unenter(run, token.scope, gate.visit)
  forget(run, gate)
}

function forget(run: Scene['run'], { task }: Pick<PreparedGate, 'task'>): void {
  delete run.opening[task.taskId]
  delete run.openTasks[task.taskId]
  delete run.asking[task.taskId]
}

function settleGate(
  scene: Scene,
  gate: PreparedGate | null,
  { opened }: Extract<RunStepResult, { status: 'done' }>,
): void {
  if (gate === null) return
  // A worker of an older build has drafted, and opened nothing.
  if (opened === undefined) {
    dropGate(scene, gate)
    return
  }
  const { run, token } = scene
  const { visit, task } = gate
  visit.enabledAt = Date.parse(opened.openedAt)
  visit.entered = true
  task.openedAt = visit.enabledAt
  refreshShown(token, visit, task)
  token.opened = { visit, task, deadlines: deadlinesOf(task, opened) }
  delete run.opening[task.taskId]
}
