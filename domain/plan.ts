import type { CaseValues, VarType, VarTypes } from './expressions.ts'

/**
 * The compiled control flow of one published map version, pinned in the input of every case.
 * Zod-free: the workflow sandbox imports it. Prompts, forms and guidance stay in the map version row.
 */
export type CasePlan = {
  ir: 1
  semantics: number
  mapId: string
  version: number
  /** sha256 of the canonical JSON of everything else. */
  hash: string
  start: string
  steps: Record<string, PlanStep>
  vars: VarTypes
}

type PlanBase = {
  title: string
  lane: string | null
  next: string | null
  inputs: string[]
  outputs: string[]
  maxVisits: number
  onError: { cause: string; to: string }[]
}

export type PlanStep =
  | (PlanBase & { kind: 'ai'; attempts: number; firstPauseMs: number; timeoutMs: number })
  | (PlanBase & { kind: 'manual'; sla: boolean })
  | (PlanBase & {
      kind: 'review'
      reviews: string
      sendBackTo: string
      need: number
      fourEyes: boolean
      reasons: string[]
      sla: boolean
    })
  | (PlanBase & { kind: 'decision'; rules: { when: string; to: string; label: string }[]; otherwise: string })
  | (PlanBase & { kind: 'end'; outcome: string })

export type PlanStepOf<Kind extends PlanStep['kind']> = Extract<PlanStep, { kind: Kind }>

/** What this build of the interpreter means by a plan; a case keeps the number it started with. */
export const currentSemantics = 1

export type { CaseValues, VarType, VarTypes }

/** A stored JSON object of field values; history holds only this reference. */
export type DocRef = { id: string; sha256: string; bytes: number }
