import type { CaseSnapshot, MoveRefusal } from './case-messages.ts'
import type { CasePlan } from './plan.ts'

type Move = {
  from: CasePlan
  to: CasePlan
  /** The new step for each old one that is called otherwise now. */
  stepIds: Record<string, string>
}

/** Why a case cannot go on in another version of its map; null when it can, at the next safe point. */
export function whyNotMove(snapshot: CaseSnapshot, { from, to, stepIds }: Move): MoveRefusal | null {
  if (snapshot.undoing || snapshot.status === 'closing') return { code: 'Compensating' }
  const [at = ''] = snapshot.at
  if (snapshot.inRegion) return { code: 'InRegion', stepId: at }
  const before = from.steps[at]
  const after = to.steps[stepIds[at] ?? at]
  if (after === undefined) return { code: 'StepRemoved', stepId: at }
  if (before !== undefined && before.kind !== after.kind) {
    return { code: 'KindChanged', stepId: at, from: before.kind, to: after.kind }
  }
  const missing = Object.keys(to.vars).find((name) => !(name in from.vars) && snapshot.fields.includes(name))
  return missing === undefined ? null : { code: 'VariableMissing', field: missing }
}
