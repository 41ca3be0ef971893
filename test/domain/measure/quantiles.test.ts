import { expect, test } from 'vitest'
import { z } from 'zod'
import { ascending, MIN_CASES, quantile, quantileInterval, quantileRanks } from '#domain/measure/quantiles.ts'
import { describeWithReference, reference } from './reference-data.ts'

test('of nothing there is no quantile', () => {
  expect(quantile([], 0.5)).toBeNull()
})

test('twenty cases put the median between the sixth and the fifteenth', () => {
  const days = Array.from({ length: 20 }, (_, i) => i + 1)

  expect(quantileInterval(days, 0.5)).toEqual({ low: 6, high: 15 })
})

test('the ranks stay honest for a hundred thousand cases', () => {
  const ranks = quantileRanks(100_000, 0.9)

  expect(ranks?.coverage).toBeGreaterThanOrEqual(0.95)
  expect(ranks?.coverage).toBeLessThan(0.951)
  expect((ranks?.highRank ?? 0) - (ranks?.lowRank ?? 0)).toBeCloseTo(2 * 1.96 * Math.sqrt(9000), -1)
})

describeWithReference('quantiles against the reference', () => {
  const { quantile_type7 } = reference(
    'measurement_ground_truth_dev.json',
    z.object({ quantile_type7: z.array(z.object({ x: z.array(z.number()), p: z.number(), q: z.number() })) }),
  )
  const ranks = reference(
    'stats_ground_truth_py.json',
    z.object({
      quantile_ci_ranks_1based: z.record(
        z.string(),
        z.tuple([z.number(), z.number(), z.number()]).nullable(),
      ),
      min_n_for_95_quantile_ci: z.record(z.string(), z.number()),
    }),
  )

  test('type 7', () => {
    for (const { x, p, q } of quantile_type7) expect(quantile(ascending(x), p)).toBeCloseTo(q, 12)
    expect(quantile_type7.length).toBeGreaterThan(30)
  })

  test.each(Object.entries(ranks.quantile_ci_ranks_1based))('ranks for %s', (label, expected) => {
    const [, n, p] = /n=(\d+),p=([\d.]+)/.exec(label) ?? []

    const found = quantileRanks(Number(n), Number(p))

    if (expected === null) expect(found).toBeNull()
    else {
      expect([found?.lowRank, found?.highRank]).toEqual(expected.slice(0, 2))
      expect(found?.coverage).toBeCloseTo(expected[2], 9)
    }
  })

  test('fewest cases for an interval', () => {
    for (const [p, n] of Object.entries(ranks.min_n_for_95_quantile_ci)) {
      expect(quantileRanks(n, Number(p))).not.toBeNull()
      expect(quantileRanks(n - 1, Number(p))).toBeNull()
    }
    expect(MIN_CASES.median).toBe(ranks.min_n_for_95_quantile_ci['0.5'])
    expect(MIN_CASES.p90).toBe(ranks.min_n_for_95_quantile_ci['0.9'])
  })
})
