import { canonicalJson } from './canonical-json.ts'
import { checkExpression, type VarType, type VarTypes } from './expressions.ts'
import { dispatch, sendBackTargetOf } from './graph.ts'
import { currentSemantics, type CasePlan, type PlanStep } from './plan.ts'
import type { FieldType, ProcessMap, Step, StepHandlers } from './process-map.ts'

const varTypes: Record<FieldType, VarType> = {
  text: 'string',
  'long-text': 'string',
  choice: 'string',
  date: 'string',
  number: 'double',
  'yes-no': 'bool',
}

/** The types that conditions of this map may use. */
export function varTypesOf(map: ProcessMap): VarTypes {
  return Object.fromEntries(map.fields.map((field) => [field.name, varTypes[field.type]]))
}

/** Compiles a map that `checkMap` found without fault; `sha256` gives a hex digest. */
export function compilePlan(
  map: ProcessMap,
  { mapId, version, sha256 }: { mapId: string; version: number; sha256: (text: string) => string },
): CasePlan {
  const used = new Set<string>()
  const types = varTypesOf(map)
  for (const link of map.links) {
    if (link.on !== 'when') continue
    const checked = checkExpression(link.condition, types)
    if (!checked.ok) throw new Error(`condition of ${link.from} was not checked: ${checked.message}`)
    for (const name of checked.variables) used.add(name)
  }
  const body = {
    ir: 1 as const,
    semantics: currentSemantics,
    mapId,
    version,
    start: map.start,
    steps: Object.fromEntries(map.steps.map((step) => [step.id, compileStep(map, step)])),
    vars: Object.fromEntries(Object.entries(types).filter(([name]) => used.has(name))),
  }
  return { ...body, hash: sha256(canonicalJson(body)) }
}

function compileStep(map: ProcessMap, step: Step): PlanStep {
  const out = map.links.filter((link) => link.from === step.id)
  const base = {
    title: step.title,
    lane: step.lane,
    next: out.find((link) => link.on === 'next')?.to ?? null,
    inputs: step.inputs,
    maxVisits: step.maxVisits,
    onError: out.flatMap((link) => (link.on === 'exception' ? [{ cause: link.cause, to: link.to }] : [])),
  }
  const compilers: StepHandlers<PlanStep> = {
    ai: (ai) => ({
      ...base,
      kind: 'ai',
      outputs: ai.outputs,
      attempts: ai.retry.attempts,
      firstPauseMs: ai.retry.firstPauseSeconds * 1000,
      timeoutMs: ai.deadlineSeconds * 1000,
    }),
    manual: (manual) => ({ ...base, kind: 'manual', outputs: manual.outputs, sla: manual.sla !== null }),
    review: (review) => ({
      ...base,
      kind: 'review',
      outputs: outputsOf(map, review.reviews),
      reviews: review.reviews,
      sendBackTo: sendBackTargetOf(map, review),
      need: review.need,
      fourEyes: review.fourEyes,
      reasons: review.sendBackReasons,
      sla: review.sla !== null,
    }),
    decision: () => ({
      ...base,
      kind: 'decision',
      outputs: [],
      rules: out.flatMap((link) =>
        link.on === 'when' ? [{ when: link.condition, to: link.to, label: link.label }] : [],
      ),
      otherwise: out.find((link) => link.on === 'otherwise')?.to ?? '',
    }),
    end: (end) => ({ ...base, kind: 'end', outputs: [], outcome: end.outcome }),
  }
  return dispatch(step, compilers)
}

function outputsOf(map: ProcessMap, stepId: string): string[] {
  const step = map.steps.find((candidate) => candidate.id === stepId)
  return step !== undefined && (step.kind === 'ai' || step.kind === 'manual') ? step.outputs : []
}
