import { bucketValueMs, type BucketCounts } from './histogram.ts'

/** ρ² that makes the sequence tightest around `tunedFor` observations (arXiv 2103.06476). */
export function sequenceRhoSquared(tunedFor: number, alpha = 0.05): number {
  return (-2 * Math.log(alpha) + Math.log(1 - 2 * Math.log(alpha))) / tunedFor
}

/** Half width of an interval that holds at every look at once, however often one looks. */
export function sequenceHalfWidth(at: {
  standardError: number
  n: number
  tunedFor: number
  alpha?: number
}): number {
  const alpha = at.alpha ?? 0.05
  const scaled = at.n * sequenceRhoSquared(at.tunedFor, alpha)
  const factor = ((2 * (scaled + 1)) / (at.n * scaled)) * Math.log(Math.sqrt(scaled + 1) / alpha)
  return at.standardError * Math.sqrt(at.n) * Math.sqrt(factor)
}

/** Always-valid interval of the time ratio pilot / manual from means and variances of ln time; null under 2 per arm. */
export function timeRatioSequence(arms: {
  manual: LogMoments
  pilot: LogMoments
  tunedFor: number
  alpha?: number
}): { ratio: number; low: number; high: number } | null {
  const { manual, pilot } = arms
  if (manual.n < 2 || pilot.n < 2) return null
  const difference = pilot.mean - manual.mean
  const standardError = Math.sqrt(pilot.variance / pilot.n + manual.variance / manual.n)
  const width = sequenceHalfWidth({
    standardError,
    n: manual.n + pilot.n,
    tunedFor: arms.tunedFor,
    ...(arms.alpha === undefined ? {} : { alpha: arms.alpha }),
  })
  return {
    ratio: Math.exp(difference),
    low: Math.exp(difference - width),
    high: Math.exp(difference + width),
  }
}

export type LogMoments = { n: number; mean: number; variance: number }

/** Mean and variance of ln time from the sums that the rollups keep. */
export function logMoments(sums: { n: number; sum: number; sumOfSquares: number }): LogMoments {
  const { n, sum, sumOfSquares } = sums
  const mean = n === 0 ? 0 : sum / n
  return { n, mean, variance: n < 2 ? 0 : Math.max(0, (sumOfSquares - n * mean * mean) / (n - 1)) }
}

/** The same from counted buckets; durations are floored at one second before the logarithm. */
export function logMomentsOfCounts(counts: BucketCounts): LogMoments {
  let n = 0
  let sum = 0
  let sumOfSquares = 0
  for (const [bucket, count] of counts) {
    const value = Math.log(Math.max(1, bucketValueMs(bucket) / 1000))
    n += count
    sum += count * value
    sumOfSquares += count * value * value
  }
  return logMoments({ n, sum, sumOfSquares })
}
