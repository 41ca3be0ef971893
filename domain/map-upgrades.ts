import type { CaseSnapshot, MoveRefusal } from './case-messages.ts'
import { checkExpression, type VarTypes } from './expressions.ts'
import { stepsAhead } from './plan-ahead.ts'
import type { CasePlan, PlanStep } from './plan.ts'

/** What of a running case decides whether it can go on in another version. */
export type MovableCase = Pick<CaseSnapshot, 'at' | 'status' | 'inRegion' | 'undoing' | 'fields'>

type Move = {
  from: CasePlan
  to: CasePlan
  /** The new step for each old one that is called otherwise now. */
  stepIds: Readonly<Record<string, string>>
}

/**
 * Why a case cannot go on in another version of its map; null when it can, at the next safe point: see
 * `isSafePoint` of the snapshot.
 */
export function whyNotMove(snapshot: MovableCase, { from, to, stepIds }: Move): MoveRefusal | null {
  if (snapshot.undoing || snapshot.status === 'closing') return { code: 'Compensating' }
  const inside = snapshot.at.find((path) => path.includes('/'))
  if (snapshot.inRegion || snapshot.at.length > 1 || inside !== undefined) {
    return { code: 'InRegion', stepId: inside ?? snapshot.at[0] ?? '' }
  }
  const heads: string[] = []
  for (const path of snapshot.at) {
    const stepId = stepIds[path] ?? path
    const before = from.steps[path]
    const after = to.steps[stepId]
    const named = before === undefined ? {} : { title: before.title }
    if (after === undefined) return { code: 'StepRemoved', stepId: path, ...named }
    if (before !== undefined && before.kind !== after.kind) {
      return { code: 'KindChanged', stepId: path, ...named, from: before.kind, to: after.kind }
    }
    // The other branches, or the other entries, would never have been walked.
    if (standsInRegion(to, stepId)) return { code: 'InRegion', stepId: path }
    heads.push(stepId)
  }
  const known = new Set(snapshot.fields)
  // What it lacks already where it is, it lacks no more by moving.
  const lacking = missingFields(from, snapshot.at, known)
  const missing = [...missingFields(to, heads, known)].find((name) => !lacking.has(name))
  // The case keeps only those values that its own conditions read.
  const field = missing ?? Object.keys(to.vars).find((name) => !(name in from.vars) && known.has(name))
  return field === undefined ? null : { code: 'VariableMissing', field }
}

/** Fields that steps ahead read, that the case does not have, and that no step ahead writes. */
function missingFields(plan: CasePlan, at: string[], known: ReadonlySet<string>): Set<string> {
  const heads = at.length === 0 ? [plan.start] : at
  const ahead = [...stepsAhead(plan, heads).values()]
  const written = new Set(ahead.flatMap((step) => step.outputs))
  for (const step of ahead) if (step.kind === 'for-each') written.add(step.item)
  const read = ahead.flatMap((step) => readBy(step, plan.vars))
  return new Set(read.filter((name) => !known.has(name) && !written.has(name)))
}

/** Between a fork or a list and the join that closes it. */
function standsInRegion(plan: CasePlan, stepId: string): boolean {
  return Object.values(plan.steps).some((step) => {
    switch (step.kind) {
      case 'fork':
        return stepsAhead(
          plan,
          step.branches.map(({ to }) => to),
          step.join,
        ).has(stepId)
      case 'for-each':
        return stepsAhead(plan, [step.each], step.join).has(stepId)
      case 'ai':
      case 'manual':
      case 'review':
      case 'decision':
      case 'join':
      case 'wait':
      case 'call':
      case 'sub-process':
      case 'end':
        return false
    }
  })
}

function readBy(step: PlanStep, vars: VarTypes): string[] {
  switch (step.kind) {
    case 'decision':
      return step.rules.flatMap(({ when }) => {
        const checked = checkExpression(when, vars)
        return checked.ok ? checked.variables : []
      })
    case 'sub-process':
      return [...step.inputs, ...step.gives.map(({ from }) => from)]
    case 'for-each':
    case 'ai':
    case 'manual':
    case 'review':
    case 'fork':
    case 'join':
    case 'wait':
    case 'call':
    case 'end':
      return step.inputs
  }
}

/** Entries of a step mapping that lead from or to a step that is not there, or make two steps one. */
export function stepNameFaults(
  stepIds: Readonly<Record<string, string>>,
  { newPlan, oldPlans }: { newPlan: CasePlan; oldPlans: readonly CasePlan[] },
): { from: string; message: string; mend: string }[] {
  const known = Object.keys(newPlan.steps).join(', ')
  const seen = new Set<string>()
  return Object.entries(stepIds).flatMap(([from, to]) => {
    const isTwice = seen.has(to)
    seen.add(to)
    if (!oldPlans.some((plan) => plan.steps[from] !== undefined)) {
      return [{ from, message: 'is no step of the versions that cases are in', mend: 'leave it out' }]
    }
    if (newPlan.steps[to] === undefined) {
      return [
        { from, message: `leads to "${to}", which the new version does not have`, mend: `use ${known}` },
      ]
    }
    const isKept = stepIds[to] === undefined && oldPlans.some(({ steps }) => from in steps && to in steps)
    if (isKept) {
      return [
        {
          from,
          message: `leads to "${to}", which is another step already`,
          mend: 'leave it out, or give the step an id of its own',
        },
      ]
    }
    return isTwice
      ? [{ from, message: `leads to "${to}", as another step does`, mend: 'give each step its own' }]
      : []
  })
}

/** Why a case cannot move, for a person. */
export function moveRefusalWords(refusal: MoveRefusal): string {
  switch (refusal.code) {
    case 'StepRemoved':
      return `The new version has no step "${refusal.title ?? refusal.stepId}", where the case is.`
    case 'KindChanged':
      return `"${refusal.title ?? refusal.stepId}" is of the kind ${refusal.to} there, and ${refusal.from} here.`
    case 'InRegion':
      return 'It is between a fork, a list or a contained map and its end, here or there: it can move afterwards.'
    case 'VariableMissing':
      return `What comes reads "${refusal.field}", which the case does not know and nothing ahead gives.`
    case 'Compensating':
      return 'It is being stopped, and what it did is being undone.'
  }
}
