import type { Undoable } from '#domain/case-messages.ts'
import { told, workRequest } from './calls.ts'
import {
  enter,
  newToken,
  ofVisit,
  tell,
  tellEntered,
  tellFinished,
  type CaseRun,
  type Scope,
} from './case-run.ts'
import { notOffered } from './steps.ts'
import { ask, plainQuestion, type Scene } from './task.ts'
import { retrySuffix, working } from './work.ts'
import type { Calls } from './calls.ts'

/** Takes back what was done, the last first, each once. What cannot be undone, a person settles. */
export async function undoSteps(run: CaseRun, calls: Calls): Promise<void> {
  run.undoing = true
  for (let undoable = run.undoable.pop(); undoable !== undefined; undoable = run.undoable.pop()) {
    await undoOne(run, calls, undoable)
  }
  run.undoing = false
}

async function undoOne(run: CaseRun, calls: Calls, undoable: Undoable): Promise<void> {
  const scope = scopeOf(run, undoable)
  const token = newToken(scope, undoable.stepId)
  run.tokens = [token]
  const visit = enter(run, scope, { stepId: undoable.stepId, then: null })
  token.visit = visit
  const scene: Scene = { run, calls, token, visit }
  for (;;) {
    const failed = await attempt(scene, undoable)
    if (failed === null) return
    visit.failure = failed
    const way = await settle(scene, undoable)
    if (way === 'left') return
    visit.failure = null
    visit.retries += 1
  }
}

type Failed = NonNullable<Scene['visit']['failure']>

async function attempt(scene: Scene, undoable: Undoable): Promise<Failed | null> {
  const { run, calls, token, visit } = scene
  const step = token.scope.plan.steps[visit.stepId]
  if (step?.kind === 'call') {
    const result = await working(scene, async () => {
      const request = workRequest(run, token, visit, {
        suffix: retrySuffix(visit.retries),
        inputs: step.inputs,
        outputs: step.outputs,
        attempts: step.attempts,
      })
      const done = await calls.runStep({ activityId: request.execId, summary: step.title }, step, {
        ...request,
        undoes: undoable.execId,
      })
      told(run, request.facts)
      visit.entered = true
      return done
    })
    if ('kind' in result) return result.kind === 'problem' ? result.failure : unknown
    if (result.status === 'failed') return result.failure
    visit.done = true
    tellUndone(scene, undoable, { how: 'system', note: null })
    return null
  }
  if (step?.kind !== 'manual') {
    return { cause: 'data', message: `The plan has no step "${visit.stepId}" that undoes.`, raw: null }
  }
  const answer = await ask(scene, plainQuestion('manual', step.outputs))
  if (answer.kind !== 'decided') return answer.kind === 'problem' ? answer.failure : unknown
  const { decision } = answer
  if (decision.action === 'cannot-complete') {
    const message = [decision.reason, decision.note].filter((text) => text !== null && text !== '').join(': ')
    return { cause: 'business:cannot-complete', message, raw: null }
  }
  tellFinished(run, token, visit, 'person')
  tellUndone(scene, undoable, { how: 'person', note: decision.note })
  return null
}

const unknown: Failed = { cause: 'data', message: 'It was called off.', raw: null }

/** The exception desk, while undoing: try again, or leave it as it is. */
async function settle(scene: Scene, undoable: Undoable): Promise<'again' | 'left'> {
  const { run, token, visit } = scene
  tellEntered(run, token, visit)
  const answer = await ask(scene, { ...plainQuestion('exception', []), options: ['retry', 'stop'] })
  if (answer.kind !== 'decided') return 'again'
  const { decision, task } = answer
  tell(run, { type: 'exception-closed', ...ofVisit(token, visit), how: decision.action })
  switch (decision.action) {
    case 'retry':
      return 'again'
    case 'stop':
      tellFinished(run, token, visit, 'skipped')
      tellUndone(scene, undoable, { how: null, note: decision.reason })
      return 'left'
    case 'approve':
    case 'edit':
    case 'send-back':
    case 'reject':
    case 'by-hand':
    case 'complete':
    case 'cannot-complete':
    case 'fix-and-retry':
    case 'skip':
      return notOffered(task, decision)
  }
}

function tellUndone(
  { run, token, visit }: Scene,
  { execId }: Undoable,
  { how, note }: { how: 'person' | 'system' | null; note: string | null },
): void {
  tell(run, { type: 'step-undone', ...ofVisit(token, visit), undoes: execId, how, note })
}

function scopeOf(run: CaseRun, { sub, prefix, item, fields }: Undoable): Scope {
  const plan = sub === null ? run.plan : run.plan.subs?.[sub]
  if (plan === undefined) throw new Error(`case ${run.input.caseId} has no contained map ${sub}`)
  return {
    plan,
    sub,
    prefix,
    item,
    fields: { ...fields },
    values: {},
    authors: {},
    drafts: {},
    whenItemFails: null,
    taken: run.root.scope.taken,
  }
}
