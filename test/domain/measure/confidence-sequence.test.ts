import { expect, test } from 'vitest'
import { z } from 'zod'
import {
  logMoments,
  sequenceHalfWidth,
  sequenceRhoSquared,
  timeRatioSequence,
} from '#domain/measure/confidence-sequence.ts'
import { describeWithReference, isClose, reference } from './reference-data.ts'

test('one case per arm gives no interval', () => {
  const one = { n: 1, mean: 5, variance: 0 }

  expect(timeRatioSequence({ manual: one, pilot: one, tunedFor: 100 })).toBeNull()
})

test('sums kept by the rollups give the mean and the sample variance', () => {
  const values = [1, 2, 4, 8]
  const sums = { n: 4, sum: 15, sumOfSquares: 85 }

  expect(logMoments(sums)).toEqual({
    n: 4,
    mean: 3.75,
    variance: values.reduce((s, v) => s + (v - 3.75) ** 2, 0) / 3,
  })
})

test('a clear halving excludes 1, and the interval is symmetric on the log scale', () => {
  const found = timeRatioSequence({
    manual: { n: 60, mean: Math.log(600), variance: 0.25 },
    pilot: { n: 60, mean: Math.log(300), variance: 0.25 },
    tunedFor: 120,
  })

  expect(found?.ratio).toBeCloseTo(0.5, 12)
  expect(found?.high).toBeLessThan(1)
  expect((found?.low ?? 0) * (found?.high ?? 0)).toBeCloseTo(0.25, 12)
})

describeWithReference('confidence sequence against the reference', () => {
  const { confidence_sequence } = reference(
    'stats_ground_truth_py.json',
    z.object({
      confidence_sequence: z.array(
        z.object({
          se: z.number(),
          n: z.number(),
          alpha: z.number(),
          n_star: z.number(),
          rho: z.number(),
          halfwidth: z.number(),
        }),
      ),
    }),
  )

  test.each(confidence_sequence)('n = $n, alpha = $alpha', (entry) => {
    const rho = Math.sqrt(sequenceRhoSquared(entry.n_star, entry.alpha))
    const width = sequenceHalfWidth({
      standardError: entry.se,
      n: entry.n,
      tunedFor: entry.n_star,
      alpha: entry.alpha,
    })

    expect(isClose(rho, entry.rho, 1e-9)).toBe(true)
    expect(isClose(width, entry.halfwidth, 1e-9)).toBe(true)
  })
})
