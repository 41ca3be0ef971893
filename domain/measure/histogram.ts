import { quantile } from './quantiles.ts'

/**
 * Durations counted in buckets 2% wide: bucket b holds (1.02^(b-1), 1.02^b] seconds, so that its middle is
 * within 1% of everything in it. A duration under a millisecond has a bucket of its own whose value is 0.
 * Counts add up in any order; a correction is a negative count.
 */
export type BucketCounts = ReadonlyMap<number, number>

const GROWTH = 1.02
const LOG_GROWTH = Math.log(GROWTH)
const MIDDLE = 2 / (1 + GROWTH)

/** One below the bucket of a single millisecond. */
export const ZERO_BUCKET = Math.ceil(Math.log(0.001) / LOG_GROWTH) - 1

export function bucketOf(durationMs: number): number {
  if (!(durationMs >= 1)) return ZERO_BUCKET
  return Math.ceil(Math.log(durationMs / 1000) / LOG_GROWTH)
}

/** The duration that stands for a bucket, at most 1% from any duration counted in it. */
export function bucketValueMs(bucket: number): number {
  return bucket <= ZERO_BUCKET ? 0 : 1000 * GROWTH ** bucket * MIDDLE
}

/** So many buckets make one wide bucket, 20 % wide: enough for a small line. */
const WIDE = 9

export function wideBucketOf(durationMs: number): number {
  return Math.floor(bucketOf(durationMs) / WIDE)
}

/** The bucket in the middle of a wide one. */
export function middleOfWide(wide: number): number {
  return wide * WIDE + (WIDE - 1) / 2
}

export function countDurations(durationsMs: Iterable<number>): BucketCounts {
  const counts = new Map<number, number>()
  for (const duration of durationsMs) {
    const bucket = bucketOf(duration)
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1)
  }
  return counts
}

export function mergeCounts(...histograms: readonly BucketCounts[]): BucketCounts {
  const merged = new Map<number, number>()
  for (const counts of histograms) {
    for (const [bucket, count] of counts) merged.set(bucket, (merged.get(bucket) ?? 0) + count)
  }
  for (const [bucket, count] of merged) if (count === 0) merged.delete(bucket)
  return merged
}

export function totalCount(counts: BucketCounts): number {
  let total = 0
  for (const count of counts.values()) total += count
  return total
}

/** Type-7 quantile within 1% of the exact one; null when nothing is counted. */
export function quantileOfCounts(counts: BucketCounts, p: number): number | null {
  const total = totalCount(counts)
  if (total <= 0) return null
  const h = (total - 1) * p
  const below = Math.floor(h)
  const neighbours = valuesAtRanks(counts, [below, Math.min(below + 1, total - 1)])
  return quantile(neighbours, h - below)
}

/** Values at ascending 0-based ranks. */
function valuesAtRanks(counts: BucketCounts, ranks: readonly number[]): number[] {
  const buckets = [...counts].toSorted(([a], [b]) => a - b)
  return ranks.map((rank) => {
    let seen = 0
    for (const [bucket, count] of buckets) {
      seen += count
      if (seen > rank) return bucketValueMs(bucket)
    }
    throw new Error(`no value at rank ${rank} of ${seen}`)
  })
}
