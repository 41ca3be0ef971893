import { expect, test } from 'vitest'
import { z } from 'zod'
import { logFigures, type Spread } from '#domain/measure/log-figures.ts'
import { pairedCases } from '#domain/measure/step-runs.ts'
import { describeWithReference, reference } from './reference-data.ts'
import { readCsvText, readReferenceLog } from './reference-log.ts'

test('a log without cases has no figures', () => {
  expect(logFigures([])).toBeNull()
})

test('a log with one stamp per row knows nothing of hands-on time', () => {
  const { rows } = readCsvText('case,activity,time\n1,A,2026-01-05T09:00:00Z\n1,B,2026-01-05T10:00:00Z\n')

  const figures = logFigures(pairedCases(rows))

  expect(figures?.caseDuration.median).toBe(3_600_000)
  expect(figures?.touch).toBeNull()
  expect(figures?.flowEfficiency).toBeNull()
})

describeWithReference('figures of the reference logs', () => {
  const Distribution = z.object({
    n: z.number(),
    min: z.number(),
    mean: z.number(),
    median: z.number(),
    p90: z.number(),
    p95: z.number(),
    max: z.number(),
    sd: z.number(),
  })
  const Counts = z.record(z.string(), z.number())
  const Truth = z.object({
    cases: z.number(),
    events: z.number(),
    activities: z.number(),
    variants: z.number(),
    first: z.string(),
    last: z.string(),
    events_per_case: Distribution,
    case_duration_s: Distribution,
    zero_duration_cases: z.number(),
    rework_cases: z.number(),
    selfloop_cases: z.number(),
    top_variants: z.array(z.object({ cases: z.number(), trace: z.array(z.string()) })),
    start_activities: Counts,
    end_activities: Counts,
    completed_per_month: Counts,
    littles_law: z.object({ lambda_per_day: z.number(), W_mean_s: z.number(), L_avg_wip: z.number() }),
    per_activity: z.record(
      z.string(),
      z.object({
        events: z.number(),
        cases: z.number(),
        rework_cases: z.number(),
        rework: z.number(),
        selfloops: z.number(),
        loops: z.number(),
        service_s: Distribution.nullish(),
        wait_s: Distribution.nullish(),
      }),
    ),
    top_edges: z.array(
      z.object({
        src: z.string(),
        dst: z.string(),
        count: z.number(),
        median_s: z.number(),
        mean_s: z.number(),
      }),
    ),
    touch_s: Distribution.optional(),
    active_union_s: Distribution.optional(),
    flow_efficiency: Distribution.optional(),
  })
  const { logs } = reference('ground_truth_dev.json', z.object({ logs: z.record(z.string(), Truth) }))

  /** Durations agree to a millisecond, plain numbers to 1e-6. */
  function expectSpread(
    found: Spread | null | undefined,
    truth: z.infer<typeof Distribution>,
    unit: number,
  ): void {
    const tolerance = unit === 1000 ? 0.001 : 1e-6
    expect(found?.n).toBe(truth.n)
    for (const key of ['min', 'mean', 'median', 'p90', 'p95', 'max', 'sd'] as const) {
      expect(Math.abs((found?.[key] ?? Number.NaN) / unit - truth[key]), key).toBeLessThanOrEqual(tolerance)
    }
  }

  test.each(Object.entries(logs))('%s', (file, truth) => {
    const read = readReferenceLog(file)

    const figures = logFigures(pairedCases(read.rows))

    expect(read.rejected).toEqual([])
    if (figures === null) throw new Error('the log has cases')
    expect(figures.cases).toBe(truth.cases)
    expect(figures.events).toBe(truth.events)
    expect(figures.activities.size).toBe(truth.activities)
    expect(figures.variants.length).toBe(truth.variants)
    expect(figures.firstMs).toBe(Date.parse(truth.first))
    expect(figures.lastMs).toBe(Date.parse(truth.last))
    expectSpread(figures.eventsPerCase, truth.events_per_case, 1)
    expectSpread(figures.caseDuration, truth.case_duration_s, 1000)
    expect(figures.zeroDurationCases).toBe(truth.zero_duration_cases)
    expect(figures.reworkCases).toBe(truth.rework_cases)
    expect(figures.selfLoopCases).toBe(truth.selfloop_cases)
    expect(Object.fromEntries(figures.startActivities)).toEqual(truth.start_activities)
    expect(Object.fromEntries(figures.endActivities)).toEqual(truth.end_activities)
    expect(Object.fromEntries(figures.completedPerMonth)).toEqual(truth.completed_per_month)
    expect(figures.little.averageOpen).toBeCloseTo(truth.littles_law.L_avg_wip, 4)
    expect(figures.little.ratio).toBeCloseTo(1, 9)
    for (const variant of truth.top_variants) {
      expect(figures.variants).toContainEqual({ activities: variant.trace, cases: variant.cases })
    }
    for (const [name, expected] of Object.entries(truth.per_activity)) {
      const found = figures.activities.get(name)
      expect(
        [found?.events, found?.cases, found?.reworkCases, found?.rework, found?.selfLoops, found?.loops],
        name,
      ).toEqual([
        expected.events,
        expected.cases,
        expected.rework_cases,
        expected.rework,
        expected.selfloops,
        expected.loops,
      ])
      if (expected.service_s) expectSpread(found?.service, expected.service_s, 1000)
      else expect(found?.service).toBeNull()
      if (expected.wait_s) expectSpread(found?.wait, expected.wait_s, 1000)
      else expect(found?.wait).toBeNull()
    }
    for (const edge of truth.top_edges) {
      const found = figures.edges.find(({ from, to }) => from === edge.src && to === edge.dst)
      expect(found?.count).toBe(edge.count)
      expect(Math.abs((found?.medianMs ?? Number.NaN) / 1000 - edge.median_s)).toBeLessThanOrEqual(0.001)
      expect(Math.abs((found?.meanMs ?? Number.NaN) / 1000 - edge.mean_s)).toBeLessThanOrEqual(0.001)
    }
    if (truth.touch_s) expectSpread(figures.touch, truth.touch_s, 1000)
    else expect(figures.touch).toBeNull()
    if (truth.active_union_s) expectSpread(figures.activeUnion, truth.active_union_s, 1000)
    if (truth.flow_efficiency) expectSpread(figures.flowEfficiency, truth.flow_efficiency, 1)
  })

  test('what the guesses ask about', () => {
    expect(readReferenceLog('insurance_claims_train.csv.gz').questions).toEqual([])
    expect(readReferenceLog('patients.csv.gz').mapping).toMatchObject({
      case: 'patient',
      activity: 'handling',
      start: null,
      end: 'time',
      resource: 'employee',
      lifecycle: 'registration_type',
      instanceId: 'handling_id',
    })
    expect(readReferenceLog('loanapp_simplified_train.csv.gz').questions).toEqual([
      'The times in "start_time" carry no time zone: which zone are they in?',
    ])
    expect(readReferenceLog('loanapp_simplified_train.csv.gz').mapping.enabled).toBe('enabled_time')
  })
})
