import type { DecideArgs, OpenTask, StepFailure } from '#domain/case-messages.ts'
import { evaluateExpression } from '#domain/expressions.ts'
import type { PlanStep, PlanStepOf } from '#domain/plan.ts'
import { failureOf, told, untold, visitRequest, type Calls } from './calls.ts'
import {
  applyEdit,
  execIdOf,
  pick,
  sendBackFor,
  tell,
  tellFinished,
  type CaseRun,
  type Visit,
} from './case-run.ts'
import { editDraft } from './decisions.ts'
import { ask, plainQuestion } from './task.ts'

/** One case at one step. */
export type Scene = { run: CaseRun; calls: Calls; visit: Visit }

/** How a visit ends. With `then`, the next step is done by hand and leads there. */
export type Exit = { kind: 'go'; to: string; then: string | null } | { kind: 'end'; outcome: string }

export type Problem = { kind: 'problem'; failure: StepFailure }

type Work = Exit | Problem | Promise<Exit | Problem>

type PlanHandlers = {
  [Kind in PlanStep['kind']]: (scene: Scene, step: PlanStepOf<Kind>) => Work
}

/** What a case does at a step of each kind. */
const handlers: PlanHandlers = {
  ai: atDraft,
  manual: atManual,
  review: atReview,
  decision: atRule,
  end: atEnd,
}

/** Every promise more costs a stack trace in the sandbox, so nothing here waits that need not. */
export function workAt(scene: Scene): Work {
  const step = scene.run.plan.steps[scene.visit.stepId]
  switch (step?.kind) {
    case 'ai':
      return handlers.ai(scene, step)
    case 'manual':
      return handlers.manual(scene, step)
    case 'review':
      return handlers.review(scene, step)
    case 'decision':
      return handlers.decision(scene, step)
    case 'end':
      return handlers.end(scene, step)
    case undefined:
      return problem('data', `The plan has no step "${scene.visit.stepId}".`)
  }
}

export function problem(cause: string, message: string): Problem {
  return { kind: 'problem', failure: { cause, message, raw: null } }
}

export function go(to: string | null, then: string | null = null): Exit | Problem {
  return to === null || to === ''
    ? problem('data', 'The plan does not say what comes next.')
    : { kind: 'go', to, then }
}

async function atDraft({ run, calls, visit }: Scene, step: PlanStepOf<'ai'>): Promise<Exit | Problem> {
  const execId = `${execIdOf(visit)}${visit.retries > 0 ? `.r${visit.retries}` : ''}`
  try {
    const facts = untold(run)
    const result = await calls.runStep({ activityId: execId, summary: step.title }, step, {
      ...visitRequest(run, visit),
      execId,
      inputs: pick(run.fields, step.inputs),
      sendBack: sendBackFor(run, visit.stepId),
      attempts: step.attempts,
      conditionFields: step.outputs.filter((name) => name in run.plan.vars),
      facts,
    })
    told(run, facts)
    visit.entered = true
    if (result.status === 'failed') return { kind: 'problem', failure: result.failure }
    for (const name of result.fields) {
      if (!step.outputs.includes(name)) continue
      run.fields[name] = result.output
      run.authors[name] = []
      if (name in run.plan.vars) run.values[name] = result.values[name] ?? null
    }
    run.drafts[visit.stepId] = { ref: result.output, by: 'ai' }
    return go(step.next)
  } catch (error) {
    const failure = failureOf(error)
    if (failure === null) throw error
    return { kind: 'problem', failure }
  }
}

async function atManual(scene: Scene, step: PlanStepOf<'manual'>): Promise<Exit | Problem> {
  const { run, calls, visit } = scene
  const codes = businessCodes(step)
  const answer = await ask(run, calls, visit, {
    ...plainQuestion('manual', step.outputs),
    reasons: codes,
    leavesWhenLate: leavesWhenLate(step),
  })
  if (answer.kind === 'problem') return answer
  const { decision } = answer
  if (decision.action === 'cannot-complete') return cannotComplete(step, decision)
  return completed(scene, step, decision, step.next)
}

/** The fields are written by a person: the visit is done. */
export function completed(
  { run, visit }: Scene,
  step: PlanStep,
  decision: DecideArgs,
  next: string | null,
): Exit | Problem {
  const exit = go(next)
  if (exit.kind === 'problem') return exit
  for (const name of decision.editedFields) {
    if (step.outputs.includes(name)) run.authors[name] = []
  }
  applyEdit(run, decision, step.outputs)
  if (decision.editRef !== null) run.drafts[visit.stepId] = { ref: decision.editRef, by: 'person' }
  tellFinished(run, visit, 'person')
  return exit
}

/** A person says why the step cannot be done; named reasons have a branch of their own. */
export function cannotComplete(step: PlanStep, decision: DecideArgs): Problem {
  const code = (decision.reason ?? '').replace(/^business:/, '')
  const known = businessCodes(step).includes(code)
  const message = [decision.reason, decision.note].filter((text) => text !== null && text !== '').join(': ')
  return problem(known ? `business:${code}` : 'business:cannot-complete', message)
}

export function businessCodes(step: PlanStep): string[] {
  return step.onError.flatMap(({ cause }) => (cause.startsWith('business:') ? [cause.slice(9)] : []))
}

function leavesWhenLate(step: PlanStep): boolean {
  return step.onError.some(({ cause }) => cause === 'sla-breached')
}

async function atReview(scene: Scene, step: PlanStepOf<'review'>): Promise<Exit | Problem> {
  const { run, calls, visit } = scene
  const authors = step.outputs.flatMap((name) => run.authors[name] ?? [])
  const answer = await ask(run, calls, visit, {
    ...plainQuestion('review', step.outputs),
    excluded: step.fourEyes ? [...new Set([run.input.startedBy.id, ...authors])] : [],
    need: step.need,
    reasons: step.reasons,
    leavesWhenLate: leavesWhenLate(step),
  })
  if (answer.kind === 'problem') return answer
  const { decision, task } = answer
  const sentBy = {
    from: visit.stepId,
    reason: decision.reason ?? '',
    note: decision.note,
    by: decision.by,
    draft: run.drafts[step.reviews]?.ref ?? null,
  }
  switch (decision.action) {
    case 'send-back': {
      const exit = go(step.sendBackTo)
      if (exit.kind === 'problem') return exit
      run.sendBack = sentBy
      tell(run, {
        type: 'sent-back',
        stepId: visit.stepId,
        execId: execIdOf(visit),
        to: step.sendBackTo,
        reason: sentBy.reason,
        note: sentBy.note,
        by: decision.by,
      })
      tellFinished(run, visit, 'person')
      return exit
    }
    case 'reject':
    case 'by-hand': {
      const exit = go(step.next)
      if (exit.kind === 'problem') return exit
      run.sendBack = sentBy
      tellFinished(run, visit, 'person')
      return go(step.reviews, step.next)
    }
    case 'approve':
    case 'edit': {
      const exit = go(step.next)
      if (exit.kind === 'problem') return exit
      if (decision.action === 'edit') editDraft(run, task, decision)
      run.sendBack = null
      tellFinished(run, visit, 'person')
      return exit
    }
    case 'complete':
    case 'cannot-complete':
    case 'fix-and-retry':
    case 'retry':
    case 'skip':
    case 'stop':
      return notOffered(task, decision)
  }
}

/** Only what a task offers passes the check of a decision. */
export function notOffered({ taskId, options }: OpenTask, { action }: DecideArgs): never {
  throw new Error(`task ${taskId} offers ${options.join(', ')} and was decided with ${action}`)
}

function atRule({ run, visit }: Scene, step: PlanStepOf<'decision'>): Exit | Problem {
  for (const rule of step.rules) {
    const found = evaluateExpression(rule.when, run.plan.vars, run.values)
    if (!found.ok) return problem('expression', `"${rule.label}" could not be decided: ${found.message}.`)
    if (found.value) return take({ run, visit }, { to: rule.to, label: rule.label, on: 'when' })
  }
  return take({ run, visit }, { to: step.otherwise, label: 'otherwise', on: 'otherwise' })
}

function take(
  { run, visit }: Pick<Scene, 'run' | 'visit'>,
  branch: { to: string; label: string; on: string },
): Exit | Problem {
  const exit = go(branch.to)
  if (exit.kind === 'problem') return exit
  tellFinished(run, visit, 'rule')
  tell(run, { type: 'branch-taken', stepId: visit.stepId, execId: execIdOf(visit), ...branch })
  return exit
}

/** What the end itself is remembered by, `closeCase` stores. */
function atEnd(_: Scene, step: PlanStepOf<'end'>): Exit | Problem {
  return { kind: 'end', outcome: step.outcome }
}
