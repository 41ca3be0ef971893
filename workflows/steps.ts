import type { DecideArgs, OpenTask, StepFailure } from '#domain/case-messages.ts'
import { evaluateExpression } from '#domain/expressions.ts'
import type { PlanStep, PlanStepOf } from '#domain/plan.ts'
import { applyEdit, noteUndoable, ofVisit, tell, tellFinished } from './case-run.ts'
import { editDraft } from './decisions.ts'
import { ask, plainQuestion, type Question, type Scene } from './task.ts'

/** How a visit ends. With `then`, the next step is done by hand and leads there. */
export type Exit = { kind: 'go'; to: string; then: string | null } | { kind: 'end'; outcome: string }

export type Problem = { kind: 'problem'; failure: StepFailure }

/** A person has settled how the step goes on. */
export type Settled = { kind: 'again' } | { kind: 'by-hand' }

export function problem(cause: string, message: string): Problem {
  return { kind: 'problem', failure: { cause, message, raw: null } }
}

export function go(to: string | null, then: string | null = null): Exit | Problem {
  return to === null || to === ''
    ? problem('data', 'The plan does not say what comes next.')
    : { kind: 'go', to, then }
}

export async function atManual(scene: Scene, step: PlanStepOf<'manual'>): Promise<Exit | Problem | Settled> {
  const answer = await ask(scene, {
    ...plainQuestion('manual', step.outputs),
    reasons: businessCodes(step),
    leavesWhenLate: leavesWhenLate(step),
  })
  if (answer.kind !== 'decided') return answer
  const { decision } = answer
  if (decision.action === 'cannot-complete') return cannotComplete(step, decision)
  return completed(scene, step, decision, step.next)
}

/** The fields are written by a person: the visit is done. */
export function completed(
  { run, token, visit }: Scene,
  step: PlanStep,
  decision: DecideArgs,
  next: string | null,
): Exit | Problem {
  const exit = go(next)
  if (exit.kind === 'problem') return exit
  const { scope } = token
  for (const name of decision.editedFields) {
    if (step.outputs.includes(name)) scope.authors[name] = []
  }
  applyEdit(scope, decision, step.outputs)
  if (decision.editRef !== null) scope.drafts[visit.stepId] = { ref: decision.editRef, by: 'person' }
  tellFinished(run, token, visit, 'person')
  noteUndoable(run, token, visit)
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

/** What a gate asks; `authors` may not approve when four eyes are wanted. */
export function reviewQuestion(
  { run }: Pick<Scene, 'run'>,
  step: PlanStepOf<'review'>,
  authors: string[],
): Question {
  return {
    ...plainQuestion('review', step.outputs),
    excluded: step.fourEyes ? [...new Set([run.input.startedBy.id, ...authors])] : [],
    need: step.need,
    reasons: step.reasons,
    leavesWhenLate: leavesWhenLate(step),
  }
}

export async function atReview(scene: Scene, step: PlanStepOf<'review'>): Promise<Exit | Problem | Settled> {
  const { run, token, visit } = scene
  const authors = step.outputs.flatMap((name) => token.scope.authors[name] ?? [])
  const answer = await ask(scene, reviewQuestion(scene, step, authors))
  if (answer.kind !== 'decided') return answer
  const { decision, task } = answer
  const sentBy = {
    from: visit.stepId,
    reason: decision.reason ?? '',
    note: decision.note,
    by: decision.by,
    draft: token.scope.drafts[step.reviews]?.ref ?? null,
  }
  switch (decision.action) {
    case 'send-back': {
      const exit = go(step.sendBackTo)
      if (exit.kind === 'problem') return exit
      token.sendBack = sentBy
      tell(run, {
        type: 'sent-back',
        ...ofVisit(token, visit),
        to: `${token.scope.prefix}${step.sendBackTo}`,
        reason: sentBy.reason,
        note: sentBy.note,
        by: decision.by,
      })
      tellFinished(run, token, visit, 'person')
      return exit
    }
    case 'reject':
    case 'by-hand': {
      const exit = go(step.next)
      if (exit.kind === 'problem') return exit
      token.sendBack = sentBy
      tellFinished(run, token, visit, 'person')
      return go(step.reviews, step.next)
    }
    case 'approve':
    case 'edit': {
      const exit = go(step.next)
      if (exit.kind === 'problem') return exit
      if (decision.action === 'edit') editDraft(token.scope, task, decision)
      token.sendBack = null
      tellFinished(run, token, visit, 'person')
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

export function atRule({ run, token, visit }: Scene, step: PlanStepOf<'decision'>): Exit | Problem {
  const { plan, values } = token.scope
  for (const rule of step.rules) {
    const found = evaluateExpression(rule.when, plan.vars, values)
    if (!found.ok) return problem('expression', `"${rule.label}" could not be decided: ${found.message}.`)
    if (found.value) return take({ run, token, visit }, { to: rule.to, label: rule.label, on: 'when' })
  }
  return take({ run, token, visit }, { to: step.otherwise, label: 'otherwise', on: 'otherwise' })
}

function take(
  { run, token, visit }: Pick<Scene, 'run' | 'token' | 'visit'>,
  branch: { to: string; label: string; on: string },
): Exit | Problem {
  const exit = go(branch.to)
  if (exit.kind === 'problem') return exit
  tellFinished(run, token, visit, 'rule')
  tellBranch({ run, token, visit }, branch)
  return exit
}

export function tellBranch(
  { run, token, visit }: Pick<Scene, 'run' | 'token' | 'visit'>,
  { to, label, on }: { to: string; label: string; on: string },
): void {
  tell(run, {
    type: 'branch-taken',
    ...ofVisit(token, visit),
    to: `${token.scope.prefix}${to}`,
    label,
    on,
  })
}

/** Where branches come together there is nothing to do. */
export function atJoin({ run, token, visit }: Scene, step: PlanStepOf<'join'>): Exit | Problem {
  const exit = go(step.next)
  if (exit.kind === 'problem') return exit
  tellFinished(run, token, visit, 'rule')
  return exit
}

/** What the case's own end is remembered by, `closeCase` stores. */
export function atEnd({ run, token, visit }: Scene, step: PlanStepOf<'end'>): Exit | Problem {
  if (token.scope.prefix !== '') tellFinished(run, token, visit, 'rule')
  return { kind: 'end', outcome: step.outcome }
}
