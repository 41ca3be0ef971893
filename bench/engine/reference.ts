import type { CasePlan, PlanStep } from '#domain/plan.ts'
import { currentSemantics } from '#domain/plan.ts'

/** What an activity costs: nothing but five milliseconds of waiting. */
export const workMs = 5

/** The reference process: five drafts and two gates, with deadlines, in a row. */
export const referenceSteps = [
  { id: 'read', gate: false },
  { id: 'check-facts', gate: true },
  { id: 'price', gate: false },
  { id: 'draft', gate: false },
  { id: 'check-draft', gate: true },
  { id: 'file', gate: false },
  { id: 'answer', gate: false },
] as const

export const referencePlan: CasePlan = {
  ir: 1,
  semantics: currentSemantics,
  mapId: 'reference',
  version: 1,
  hash: 'reference'.padEnd(64, '0'),
  start: 'read',
  steps: Object.fromEntries([...referenceSteps.map(planStep), ['done', end()]]),
  vars: {},
}

function planStep({ id, gate }: (typeof referenceSteps)[number], index: number): [string, PlanStep] {
  const base = {
    title: id,
    lane: null,
    next: referenceSteps[index + 1]?.id ?? 'done',
    inputs: ['request'],
    outputs: [`field${index}`],
    maxVisits: 5,
    onError: [],
  }
  const step: PlanStep = gate
    ? {
        ...base,
        kind: 'review',
        outputs: [`field${index - 1}`],
        reviews: referenceSteps[index - 1]?.id ?? '',
        sendBackTo: referenceSteps[index - 1]?.id ?? '',
        need: 1,
        fourEyes: true,
        reasons: ['Facts are wrong'],
        sla: true,
      }
    : { ...base, kind: 'ai', attempts: 3, firstPauseMs: 1_000, timeoutMs: 30_000 }
  return [id, step]
}

function end(): PlanStep {
  return {
    kind: 'end',
    title: 'Done',
    lane: null,
    next: null,
    inputs: [],
    outputs: [],
    maxVisits: 5,
    onError: [],
    outcome: 'Done',
  }
}
