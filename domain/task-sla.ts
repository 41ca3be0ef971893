import type { TaskKind } from './case-messages.ts'
import { dispatch, stepById } from './graph.ts'
import type { ProcessMap, Sla, StepHandlers, StepId } from './process-map.ts'

/** What is promised for the exception desk as long as a map says nothing itself: half a working day. */
export const usualDeskSla: Sla = { workingMinutes: 240, escalations: [] }

const slas: StepHandlers<Sla | null> = {
  ai: () => null,
  manual: (step) => step.sla,
  review: (step) => step.sla,
  decision: () => null,
  fork: () => null,
  join: () => null,
  'for-each': () => null,
  wait: () => null,
  call: () => null,
  'sub-process': () => null,
  end: () => null,
}

/** What a map promises for tasks of a kind at one of its steps; null without a deadline. */
export function slaOf(map: ProcessMap, { stepId, kind }: { stepId: StepId; kind: TaskKind }): Sla | null {
  switch (kind) {
    case 'exception':
      return map.deskSla ?? usualDeskSla
    case 'by-hand':
      return null
    case 'review':
    case 'manual': {
      const step = stepById(map, stepId)
      return step === null ? null : dispatch(step, slas)
    }
  }
}

/** The tiers of an SLA in the order in which they come. */
export function tiersOf({ escalations }: Sla): Sla['escalations'] {
  return escalations.toSorted((a, b) => a.afterWorkingMinutes - b.afterWorkingMinutes)
}
