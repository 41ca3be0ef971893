import type { FieldRefs } from '#domain/case-messages.ts'
import type { PlanStepOf } from '#domain/plan.ts'
import { newToken, tellEntered, tellFinished, type Scope } from './case-run.ts'
import { tellLeft, type Walk } from './regions.ts'
import { go, problem, type Exit, type Problem } from './steps.ts'
import type { Scene } from './task.ts'

/** No published map lies deeper: they can only contain what was published before. */
const deepest = 50

/** Walks another map inside the case, with fields of its own; it ends with the case, and hands back what was asked. */
export async function atSubProcess(
  { run, calls, token, visit }: Scene,
  step: PlanStepOf<'sub-process'>,
  walk: Walk,
): Promise<Exit | Problem> {
  const plan = run.plan.subs?.[step.sub]
  if (plan === undefined) return problem('data', `The plan does not hold "${step.sub}".`)
  const outer = token.scope
  if (outer.prefix.split('/').length > deepest) {
    return problem('data', `The maps inside each other are more than ${deepest} deep.`)
  }
  tellEntered(run, token, visit)
  const inner: Scope = {
    plan,
    sub: step.sub,
    prefix: `${outer.prefix}${visit.stepId}${outer.item}/`,
    item: '',
    fields: {},
    values: {},
    authors: {},
    drafts: {},
    whenItemFails: outer.whenItemFails,
    taken: outer.taken,
  }
  for (const { from, to } of step.gives) hand({ from: outer, name: from }, { to: inner, as: to })
  const child = newToken(inner, plan.start)
  run.tokens = [...run.tokens.filter((other) => other !== token), child]
  try {
    await walk({ run, calls, token: child }, null)
  } catch (error) {
    tellLeft(run, child)
    throw error
  } finally {
    run.tokens = [...run.tokens.filter((other) => other !== child), token]
  }
  for (const { from, to } of step.takes) hand({ from: inner, name: from }, { to: outer, as: to })
  tellFinished(run, token, visit, 'system')
  return go(step.next)
}

/** Hands a field over under another name, with whoever wrote it. */
function hand({ from, name }: { from: Scope; name: string }, { to, as }: { to: Scope; as: string }): void {
  const ref: FieldRefs[string] | undefined = from.fields[name]
  if (ref === undefined) return
  to.fields[as] = { ...ref, at: ref.at ?? name }
  to.authors[as] = from.authors[name] ?? []
  if (as in to.plan.vars) to.values[as] = from.values[name] ?? null
}
