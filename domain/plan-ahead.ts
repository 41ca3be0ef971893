import type { CasePlan, PlanStep } from './plan.ts'

/** Everything that can still come by its id, the heads among it; with `until`, what comes before that. */
export function stepsAhead(
  plan: Pick<CasePlan, 'steps'>,
  heads: string[],
  until: string | null = null,
): Map<string, PlanStep> {
  const seen = new Map<string, PlanStep>()
  const open = [...heads]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const step = plan.steps[id]
    if (step === undefined || seen.has(id) || id === until) continue
    seen.set(id, step)
    open.push(...waysOn(step))
  }
  return seen
}

/** Where a step can lead; what undoes it is no way on. */
export function waysOn(step: PlanStep): string[] {
  const on = [...(step.next === null ? [] : [step.next]), ...step.onError.map(({ to }) => to)]
  switch (step.kind) {
    case 'decision':
      return [...on, step.otherwise, ...step.rules.map(({ to }) => to)]
    case 'fork':
      return [...on, step.join, ...step.branches.map(({ to }) => to)]
    case 'for-each':
      return [...on, step.each, step.join]
    case 'review':
      return [...on, step.sendBackTo, step.reviews]
    case 'ai':
    case 'manual':
    case 'join':
    case 'wait':
    case 'call':
    case 'sub-process':
    case 'end':
      return on
  }
}
