import { expect, test } from 'vitest'
import { z } from 'zod'
import { countDurations } from '#domain/measure/histogram.ts'
import {
  kaplanMeier,
  kaplanMeierFromBuckets,
  survivalAt,
  survivalQuantile,
  type Observed,
} from '#domain/measure/kaplan-meier.ts'
import { caseSpan } from '#domain/measure/log-figures.ts'
import { pairedCases } from '#domain/measure/step-runs.ts'
import { describeWithReference, isClose, reference } from './reference-data.ts'
import { readReferenceLog } from './reference-log.ts'

test('as long as no case has ended, nothing is known', () => {
  const curve = kaplanMeier([{ time: 5, ended: false }])

  expect(curve).toEqual([])
  expect(survivalQuantile(curve, 0.5)).toEqual({ value: null, low: null, high: null })
})

test('the median is the midpoint where half is left for a while', () => {
  const curve = kaplanMeier([1, 2, 3, 4].map((time) => ({ time, ended: true })))

  expect(survivalQuantile(curve, 0.5).value).toBe(2.5)
})

test('histograms of finished and open cases give the same median to 1%', () => {
  const days = 86_400_000
  const observed = Array.from({ length: 400 }, (_, i) => ({
    time: (1 + ((i * 37) % 101) / 7) * days,
    ended: i % 3 !== 0,
  }))
  const times = (ended: boolean): number[] => observed.filter((o) => o.ended === ended).map((o) => o.time)

  const exact = survivalQuantile(kaplanMeier(observed), 0.5).value ?? 0
  const rolledUp = kaplanMeierFromBuckets({
    ended: countDurations(times(true)),
    censored: countDurations(times(false)),
  })

  expect(Math.abs((survivalQuantile(rolledUp, 0.5).value ?? 0) / exact - 1)).toBeLessThan(0.02)
})

describeWithReference('Kaplan-Meier against R', () => {
  const Maybe = z
    .union([z.number(), z.enum(['NA', 'NaN'])])
    .transform((v) => (typeof v === 'number' ? v : null))
  const Column = z.array(Maybe)
  const truth = reference(
    'stats_ground_truth_R.json',
    z.object({
      km_small: z.object({
        time: z.array(z.number()),
        event: z.array(z.number()),
        t: z.array(z.number()),
        n_risk: z.array(z.number()),
        surv: z.array(z.number()),
        se: Column,
        lower: Column,
        upper: Column,
        median: z.number(),
      }),
      km_traffic_fines: z.object({
        n: z.number(),
        completed: z.number(),
        open: z.number(),
        km_median: z.number(),
        km_ci95_loglog: z.tuple([z.number(), z.number()]),
        km_q: z.object({ p: z.array(z.number()), q: Column }),
        surv_at: z.object({
          t: z.array(z.number()),
          surv: z.array(z.number()),
          se: Column,
          lower: Column,
          upper: Column,
        }),
      }),
    }),
  )

  test('ten cases by hand', () => {
    const small = truth.km_small
    const observed = small.time.map((time, i): Observed => ({ time, ended: small.event[i] === 1 }))

    const curve = kaplanMeier(observed)

    expect(curve.map((point) => point.time)).toEqual(small.t)
    expect(curve.map((point) => point.atRisk)).toEqual(small.n_risk)
    for (const [i, point] of curve.entries()) {
      expect(isClose(point.share, small.surv[i] ?? null, 1e-6)).toBe(true)
      expect(isClose(point.low, small.lower[i] ?? null, 1e-6)).toBe(true)
      expect(isClose(point.high, small.upper[i] ?? null, 1e-6)).toBe(true)
      if (point.share > 0) expect(isClose(point.standardError, small.se[i] ?? null, 1e-6)).toBe(true)
    }
    expect(survivalQuantile(curve, 0.5).value).toBe(small.median)
  })

  test('fines known up to 2008, the open ones censored', () => {
    const fines = truth.km_traffic_fines
    const known = Date.parse('2008-01-01T00:00:00Z')
    const observed = pairedCases(readReferenceLog('traffic_fines.csv.gz').rows)
      .map(({ runs }) => caseSpan(runs))
      .filter(({ from }) => from < known)
      .map(({ from, to }): Observed => ({
        time: (Math.min(to, known) - from) / 86_400_000,
        ended: to <= known,
      }))

    const curve = kaplanMeier(observed)

    expect(observed).toHaveLength(fines.n)
    expect(observed.filter((o) => o.ended)).toHaveLength(fines.completed)
    expect(survivalQuantile(curve, 0.5)).toEqual({
      value: fines.km_median,
      low: fines.km_ci95_loglog[0],
      high: fines.km_ci95_loglog[1],
    })
    for (const [i, p] of fines.km_q.p.entries()) {
      expect(survivalQuantile(curve, p).value).toBe(fines.km_q.q[i])
    }
    for (const [i, time] of fines.surv_at.t.entries()) {
      const point = survivalAt(curve, time)
      expect(isClose(point?.share ?? null, fines.surv_at.surv[i] ?? null, 1e-6)).toBe(true)
      expect(isClose(point?.standardError ?? null, fines.surv_at.se[i] ?? null, 1e-6)).toBe(true)
      expect(isClose(point?.low ?? null, fines.surv_at.lower[i] ?? null, 1e-6)).toBe(true)
      expect(isClose(point?.high ?? null, fines.surv_at.upper[i] ?? null, 1e-6)).toBe(true)
    }
  })
})
