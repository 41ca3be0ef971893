import type { Figure } from '#domain/views/common.ts'
import type { Home } from '#domain/views/session.ts'

export function aFigure(over: Partial<Figure> = {}): Figure {
  return {
    unit: 'ms',
    value: 3.4 * 86_400_000,
    n: 53,
    needs: 15,
    baseline: { value: 6 * 86_400_000, n: 102 },
    difference: -2.6 * 86_400_000,
    low: -3.4 * 86_400_000,
    high: -1.7 * 86_400_000,
    state: 'better',
    how: 'Median from start to end, calendar days, all finished cases',
    ...over,
  }
}

export function aHome(over: Partial<Home> = {}): Home {
  return {
    needsYou: {
      sentence:
        'Corrigan Foods is 25 minutes over time: no rule fits its invoice. Four more are due before noon, about 20 minutes of work.',
      taskId: 'task-corrigan',
      caseTitle: 'Corrigan Foods',
      waiting: 8,
      late: 1,
    },
    pilots: [
      {
        pilotId: 'pilot-onboarding',
        processName: 'Client onboarding',
        sample: true,
        day: 23,
        days: 90,
        running: 12,
        finished: 41,
        waiting: 9,
        cycleMedian: aFigure(),
        throughput: aFigure({
          unit: 'per-week',
          value: 12.5,
          baseline: { value: 8.5, n: 102 },
          difference: 4,
          low: 0.2,
          high: 9.4,
        }),
        lastEventAt: '2026-11-23T09:49:00.000Z',
      },
      {
        pilotId: 'pilot-invoices',
        processName: 'Supplier invoice exceptions',
        sample: true,
        day: 9,
        days: 90,
        running: 5,
        finished: 6,
        waiting: 2,
        cycleMedian: aFigure({ value: null, n: 6, state: 'too-few', difference: null }),
        throughput: aFigure({
          unit: 'per-week',
          value: 4.1,
          baseline: null,
          difference: null,
          state: 'no-baseline',
        }),
        lastEventAt: null,
      },
    ],
    ticks: [
      { key: 'pick', label: 'Pick a process', done: true, href: '/pilots' },
      { key: 'map', label: 'Map it', done: true, href: '/pilots' },
      { key: 'baseline', label: 'Record a baseline', done: true, href: '/processes/onboarding/baseline' },
      { key: 'try', label: 'Try it on 3 past cases', done: false, href: '/pilots/pilot-onboarding/start' },
      { key: 'live', label: 'Run the first live case', done: false, href: '/pilots/pilot-onboarding/start' },
    ],
    samples: [
      { key: 'onboarding', name: 'Client onboarding', present: true },
      { key: 'invoices', name: 'Supplier invoice exceptions', present: false },
    ],
    ...over,
  }
}
