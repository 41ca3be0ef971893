import { expect, test } from 'vitest'
import { z } from 'zod'
import { normalCdf, normalQuantile, zFor } from '#domain/measure/normal.ts'
import { describeWithReference, reference } from './reference-data.ts'

test('the quantile undoes the distribution function far into both tails', () => {
  for (let at = -37; at <= 8; at += 0.25) {
    const p = normalCdf(at)

    const back = normalQuantile(p)

    if (at < 5) expect(back).toBeCloseTo(at, 9)
  }
})

test('a probability outside 0 to 1 is refused', () => {
  expect(() => normalQuantile(0)).toThrow('between 0 and 1')
  expect(() => normalQuantile(Number.NaN)).toThrow('between 0 and 1')
})

describeWithReference('normal distribution against the reference', () => {
  const Pairs = z.array(z.tuple([z.number(), z.number()]))
  const { normal } = reference(
    'measurement_ground_truth_dev.json',
    z.object({ normal: z.object({ cdf: Pairs, inv: Pairs }) }),
  )

  test.each(normal.cdf)('Φ(%f)', (at, expected) => {
    expect(Math.abs(normalCdf(at) / expected - 1)).toBeLessThan(1e-9)
  })

  test.each(normal.inv)('Φ⁻¹(%f)', (p, expected) => {
    expect(Math.abs(normalQuantile(p) - expected)).toBeLessThan(1e-9 * Math.max(1, Math.abs(expected)))
  })

  test('z of the levels the verdicts use', () => {
    expect(zFor(0.95)).toBeCloseTo(1.95996398454, 9)
    expect(zFor(0.999)).toBeCloseTo(3.290526731492, 9)
    expect(zFor(0.955)).toBeCloseTo(2.004654461765, 9)
  })
})
