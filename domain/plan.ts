import type { CasePlan, PlanStep, SubPlan } from './plan-schema.ts'

/**
 * What the workflow sandbox may know of a plan: its types, declared in plan-schema.ts, and no zod. Prompts,
 * forms and guidance stay in the map version row.
 */
export type { CasePlan, PlanStep, SubPlan }
export type PlanStepOf<Kind extends PlanStep['kind']> = Extract<PlanStep, { kind: Kind }>

/**
 * What this build of the interpreter means by a plan; a case keeps the number it started with.
 * 1: one activity opens each gate. 2: a draft opens the gate that reads it; forks, lists, waits, calls,
 * maps inside maps, undoing. 3: votes, and what owners tell a case to do, are told with the id under which
 * they came; a case that is stopped says of every place what it left, before it undoes anything; a task
 * stays open in the next history of a case that stands still, and is due as much later as it stood still.
 * 4: fewer promises, so that what several places of a case do at one instant may come in another order; a visit
 * that goes on under another name in another version is told under both; a message that nobody needed is told.
 * 5: a step that is called what another one was called before numbers its visits after those.
 */
export const currentSemantics = 5

/** A stored JSON object of field values; history holds only this reference. */
export type DocRef = {
  id: string
  sha256: string
  bytes: number
  /** The name under which the value stands in the document, when it is not the field's own. */
  at?: string
}
