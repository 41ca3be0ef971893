import { expect, test } from 'vitest'
import { z } from 'zod'
import { newcombe, newcombeOneSided, wilson, wilsonOneSided } from '#domain/measure/wilson.ts'
import { describeWithReference, isClose, reference } from './reference-data.ts'

test('a share of nothing has no interval', () => {
  expect(wilson({ count: 0, of: 0 })).toBeNull()
  expect(newcombe({ count: 0, of: 0 }, { count: 1, of: 2 })).toBeNull()
})

test('none of n reaches down to exactly 0, all of n up to exactly 1', () => {
  expect(wilson({ count: 0, of: 59 })?.low).toBe(0)
  expect(wilson({ count: 59, of: 59 })?.high).toBe(1)
})

describeWithReference('shares against the reference', () => {
  const Pair = z.tuple([z.number(), z.number()])
  const R = reference(
    'stats_ground_truth_R.json',
    z.object({
      proportions: z.array(z.object({ x: z.number(), n: z.number(), wilson95: Pair })),
      newcombe: z.array(
        z.object({ x1: z.number(), n1: z.number(), x2: z.number(), n2: z.number(), ci95: Pair }),
      ),
    }),
  )
  const python = reference(
    'stats_ground_truth_py.json',
    z.object({
      wilson_one_sided_95: z.array(
        z.object({ x: z.number(), n: z.number(), lower: z.number(), upper: z.number() }),
      ),
      newcombe_statsmodels: z.array(Pair),
    }),
  )
  const guardrails = reference(
    'measurement_ground_truth_dev.json',
    z.object({
      guardrail_proportion: z.array(
        z.object({
          pilot: Pair,
          manual: Pair,
          lower99: z.number(),
          lower95: z.number(),
          upper95: z.number(),
        }),
      ),
    }),
  ).guardrail_proportion

  test.each(R.proportions)('$x of $n, two-sided', ({ x, n, wilson95 }) => {
    const found = wilson({ count: x, of: n })

    expect(isClose(found?.low ?? null, wilson95[0], 1e-9)).toBe(true)
    expect(isClose(found?.high ?? null, wilson95[1], 1e-9)).toBe(true)
  })

  test.each(python.wilson_one_sided_95)('$x of $n, one-sided', ({ x, n, lower, upper }) => {
    const found = wilsonOneSided({ count: x, of: n })

    expect(isClose(found?.low ?? null, lower, 1e-9)).toBe(true)
    expect(isClose(found?.high ?? null, upper, 1e-9)).toBe(true)
  })

  test('differences of two shares', () => {
    for (const [i, { x1, n1, x2, n2, ci95 }] of R.newcombe.entries()) {
      const found = newcombe({ count: x1, of: n1 }, { count: x2, of: n2 })
      expect(isClose(found?.low ?? null, ci95[0], 1e-6)).toBe(true)
      expect(isClose(found?.high ?? null, ci95[1], 1e-6)).toBe(true)
      expect(isClose(found?.low ?? null, python.newcombe_statsmodels[i]?.[0] ?? null, 1e-9)).toBe(true)
      expect(isClose(found?.high ?? null, python.newcombe_statsmodels[i]?.[1] ?? null, 1e-9)).toBe(true)
    }
    expect(R.newcombe).toHaveLength(2)
  })

  test.each(guardrails)('guardrail bounds of $pilot against $manual', (entry) => {
    const pilot = { count: entry.pilot[0], of: entry.pilot[1] }
    const manual = { count: entry.manual[0], of: entry.manual[1] }

    const at95 = newcombeOneSided(pilot, manual, 0.95)
    const at99 = newcombeOneSided(pilot, manual, 0.99)

    expect(isClose(at99?.low ?? null, entry.lower99, 1e-9)).toBe(true)
    expect(isClose(at95?.low ?? null, entry.lower95, 1e-9)).toBe(true)
    expect(isClose(at95?.high ?? null, entry.upper95, 1e-9)).toBe(true)
  })
})
