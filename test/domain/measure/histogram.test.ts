import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  bucketOf,
  bucketValueMs,
  type BucketCounts,
  countDurations,
  mergeCounts,
  quantileOfCounts,
  totalCount,
  ZERO_BUCKET,
} from '#domain/measure/histogram.ts'
import { ascending, quantile } from '#domain/measure/quantiles.ts'

const sorted = (counts: BucketCounts) => [...counts].toSorted(([a], [b]) => a - b)
const durationsMs = fc.array(fc.integer({ min: 0, max: 20 * 365 * 86_400_000 }), {
  minLength: 1,
  maxLength: 200,
})

test('a zero-length case has a bucket of its own, worth exactly 0', () => {
  expect(bucketOf(0)).toBe(ZERO_BUCKET)
  expect(bucketValueMs(ZERO_BUCKET)).toBe(0)
  expect(bucketOf(1)).toBe(ZERO_BUCKET + 1)
  expect(quantileOfCounts(countDurations([0, 0, 0]), 0.5)).toBe(0)
})

test('an empty histogram has no quantile', () => {
  expect(quantileOfCounts(new Map(), 0.5)).toBeNull()
})

test('a bucket stands for everything in it to within 1%', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e12 }), (ms) => {
      expect(Math.abs(bucketValueMs(bucketOf(ms)) / ms - 1)).toBeLessThanOrEqual(0.01)
    }),
  )
})

test('every quantile is within 1% of the exact one', () => {
  fc.assert(
    fc.property(durationsMs, fc.double({ min: 0, max: 1, noNaN: true }), (durations, p) => {
      const exact = quantile(ascending(durations), p) ?? 0

      const approximate = quantileOfCounts(countDurations(durations), p) ?? -1

      expect(Math.abs(approximate - exact)).toBeLessThanOrEqual(exact * 0.01 + 1e-6)
    }),
  )
})

test('merging does not depend on order or grouping', () => {
  fc.assert(
    fc.property(fc.array(durationsMs, { minLength: 1, maxLength: 6 }), (groups) => {
      const whole = countDurations(groups.flat())

      const forwards = mergeCounts(...groups.map(countDurations))
      const backwards = groups.reduceRight<BucketCounts>(
        (merged, group) => mergeCounts(merged, countDurations(group)),
        new Map<number, number>(),
      )

      expect(sorted(forwards)).toEqual(sorted(whole))
      expect(sorted(backwards)).toEqual(sorted(whole))
    }),
  )
})

test('a correction takes a duration out again', () => {
  const counts = countDurations([1000, 60_000])
  const correction = new Map([[bucketOf(60_000), -1]])

  const corrected = mergeCounts(counts, correction)

  expect(totalCount(corrected)).toBe(1)
  expect(corrected).toEqual(countDurations([1000]))
})
