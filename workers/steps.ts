import type { StepHandlers, StepOf } from '#domain/process-map.ts'

/** The work that a worker does when a case comes to a step. */
export type StepWork =
  | { kind: 'draft'; step: StepOf<'ai'> }
  | { kind: 'list'; step: StepOf<'for-each'> }
  | { kind: 'wait'; step: StepOf<'wait'> }
  | { kind: 'call'; step: StepOf<'call'> }
  | { kind: 'none' }

/** People and rules do the rest: for them the case opens a task, or decides by itself. */
export const stepWork: StepHandlers<StepWork> = {
  ai: (step) => ({ kind: 'draft', step }),
  manual: () => ({ kind: 'none' }),
  review: () => ({ kind: 'none' }),
  decision: () => ({ kind: 'none' }),
  fork: () => ({ kind: 'none' }),
  join: () => ({ kind: 'none' }),
  'for-each': (step) => ({ kind: 'list', step }),
  wait: (step) => ({ kind: 'wait', step }),
  call: (step) => ({ kind: 'call', step }),
  'sub-process': () => ({ kind: 'none' }),
  end: () => ({ kind: 'none' }),
}
