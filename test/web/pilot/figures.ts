import type { Figure } from '#domain/views/common.ts'
import type { Canvas, StepFigures } from '#domain/views/pilots.ts'

export const hour = 3_600_000

export function aFigure(change: Partial<Figure> = {}): Figure {
  return {
    unit: 'ms',
    value: 4 * hour,
    n: 50,
    needs: 6,
    baseline: { value: 6 * hour, n: 102 },
    difference: -2 * hour,
    low: -3 * hour,
    high: -hour,
    state: 'better',
    how: 'Median',
    ...change,
  }
}

export function someSteps(ids: string[]): StepFigures[] {
  return ids.map((stepId) => ({
    stepId,
    waiting: 2,
    entered: 50,
    finished: 48,
    repeated: 5,
    late: 1,
    atDesk: 0,
    called: 0,
    callsFailed: 0,
    itemsFailed: 0,
    undone: 0,
    stuck: 0,
    lead: aFigure(),
    wait: aFigure(),
    touch: aFigure(),
    machine: aFigure(),
    drafts: null,
    weekly: [],
    taken: [],
  }))
}

export function aCanvas(change: Partial<Canvas> = {}): Canvas {
  const share = aFigure({
    unit: 'share',
    value: 0.22,
    baseline: { value: 0.38, n: 102 },
    difference: -0.16,
    low: -0.3,
    high: 0.01,
    state: 'cannot-tell',
    needs: 50,
    n: 41,
  })
  return {
    pilotId: 'p',
    mapVersion: 4,
    asOf: '2026-11-20T10:00:00.000Z',
    started: 53,
    finished: 41,
    running: 12,
    cancelled: 0,
    stuck: 0,
    throughput: aFigure({
      unit: 'per-week',
      value: 12.5,
      baseline: { value: 8.5, n: 102 },
      difference: 4,
      low: 0.2,
      high: 9.4,
    }),
    cycleMedian: aFigure(),
    cycleP90: aFigure(),
    touch: aFigure(),
    reworkOrException: share,
    rework: share,
    exception: share,
    bottleneck: null,
    steps: [],
    ...change,
  }
}
