import type { CasePlan, PlanStep } from '#domain/plan.ts'
import { currentSemantics } from '#domain/plan.ts'
import type { VarTypes } from '#domain/expressions.ts'

type Options<Kind extends PlanStep['kind']> = Partial<Extract<PlanStep, { kind: Kind }>>

const base = {
  lane: null,
  next: null,
  inputs: [],
  outputs: [],
  maxVisits: 5,
  onError: [],
}

export function ai(options: Options<'ai'> = {}): PlanStep {
  return {
    ...base,
    title: 'Draft',
    outputs: ['letter'],
    kind: 'ai',
    attempts: 1,
    firstPauseMs: 1,
    timeoutMs: 5_000,
    ...options,
  }
}

export function manual(options: Options<'manual'> = {}): PlanStep {
  return { ...base, title: 'Check', kind: 'manual', sla: false, ...options }
}

export function review(reviews: string, options: Options<'review'> = {}): PlanStep {
  return {
    ...base,
    title: 'Review',
    outputs: ['letter'],
    kind: 'review',
    reviews,
    sendBackTo: reviews,
    need: 1,
    fourEyes: false,
    reasons: ['Facts are wrong', 'Tone'],
    sla: false,
    ...options,
  }
}

export function decision(
  rules: { when: string; to: string }[],
  otherwise: string,
  options: Options<'decision'> = {},
): PlanStep {
  return {
    ...base,
    title: 'Decide',
    kind: 'decision',
    rules: rules.map((rule) => ({ ...rule, label: rule.when })),
    otherwise,
    ...options,
  }
}

export function fork(branches: string[], joinAt: string, options: Options<'fork'> = {}): PlanStep {
  return {
    ...base,
    title: 'At the same time',
    kind: 'fork',
    branches: branches.map((to) => ({ to, label: to })),
    join: joinAt,
    ...options,
  }
}

export function join(next: string, options: Options<'join'> = {}): PlanStep {
  return { ...base, title: 'Together', kind: 'join', waitsFor: 'all', next, ...options }
}

export function forEach(each: string, joinAt: string, options: Options<'for-each'> = {}): PlanStep {
  return {
    ...base,
    title: 'For each',
    kind: 'for-each',
    inputs: ['lines'],
    list: 'lines',
    item: 'line',
    each,
    join: joinAt,
    maxItems: 100,
    maxParallel: 5,
    whenItemFails: 'collect',
    gather: [],
    doneCount: null,
    failedCount: null,
    ...options,
  }
}

export function wait(next: string, options: Options<'wait'> = {}): PlanStep {
  return { ...base, title: 'Wait', kind: 'wait', message: null, next, ...options }
}

export function call(options: Options<'call'> = {}): PlanStep {
  return {
    ...base,
    title: 'Ask',
    outputs: ['answer'],
    kind: 'call',
    attempts: 1,
    firstPauseMs: 1,
    timeoutMs: 5_000,
    repeatable: true,
    ...options,
  }
}

export function subProcess(sub: string, options: Options<'sub-process'> = {}): PlanStep {
  return { ...base, title: 'Other process', kind: 'sub-process', sub, gives: [], takes: [], ...options }
}

export function end(outcome = 'Sent'): PlanStep {
  return { ...base, title: outcome, kind: 'end', outcome }
}

/** A plan whose first step is the one named first. */
export function aPlan(steps: Record<string, PlanStep>, vars: VarTypes = {}): CasePlan {
  return {
    ir: 1,
    semantics: currentSemantics,
    mapId: 'map-1',
    version: 1,
    hash: 'h'.repeat(64),
    start: Object.keys(steps)[0] ?? '',
    steps,
    vars,
  }
}

/** A draft that a person reviews: the smallest process worth running. */
export function draftAndReview(options: { ai?: Options<'ai'>; review?: Options<'review'> } = {}): CasePlan {
  return aPlan({
    draft: ai({ next: 'check', ...options.ai }),
    check: review('draft', { next: 'done', ...options.review }),
    done: end(),
  })
}
