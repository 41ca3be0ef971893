import type { CasePlan, PlanStep } from './plan-schema.ts'

/**
 * What the workflow sandbox may know of a plan: its types, declared in plan-schema.ts, and no zod. Prompts,
 * forms and guidance stay in the map version row.
 */
export type { CasePlan, PlanStep }
export type PlanStepOf<Kind extends PlanStep['kind']> = Extract<PlanStep, { kind: Kind }>

/** What this build of the interpreter means by a plan; a case keeps the number it started with. */
export const currentSemantics = 1

/** A stored JSON object of field values; history holds only this reference. */
export type DocRef = { id: string; sha256: string; bytes: number }
