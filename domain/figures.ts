import { logMomentsOfCounts, timeRatioSequence } from './measure/confidence-sequence.ts'
import { bucketValueMs, quantileOfCounts, totalCount, type BucketCounts } from './measure/histogram.ts'
import type { DurationFigure, ShareFigure } from './measure/baseline.ts'
import { newcombe } from './measure/wilson.ts'
import type { Figure } from './views/common.ts'

/** How many cases a figure needs before it is shown as known. */
export const needs = { median: 6, p90: 29, share: 20, drafts: 20 } as const

export type DurationInput = {
  counts: BucketCounts
  /** The value to show, when it does not come from the counts alone. */
  value?: number | null
  quantile: 'median' | 'p90'
  baseline: DurationFigure | null
  /** How many pilot cases are expected by the day of decision. */
  expected: number
  how: string
}

/**
 * A duration beside its baseline. It is called better or worse only when the confidence sequence of the mean
 * difference of logarithms, which holds at every look, excludes no difference, and the shown value agrees.
 */
export function durationFigureOf(input: DurationInput): Figure {
  const n = totalCount(input.counts)
  const needed = needs[input.quantile]
  const share = input.quantile === 'median' ? 0.5 : 0.9
  const known =
    n >= needed ? (input.value === undefined ? quantileOfCounts(input.counts, share) : input.value) : null
  const { baseline } = input
  const mark = baseline === null ? null : input.quantile === 'median' ? baseline.medianMs : baseline.p90Ms
  const sequence = sequenceOf(input)
  const difference = known === null || mark === null ? null : known - mark
  const reach = difference === null || mark === null || sequence === null ? null : sequence
  return {
    unit: 'ms',
    value: known,
    n,
    needs: needed,
    baseline: baseline === null ? null : { value: mark, n: baseline.n },
    difference,
    low: reach === null || mark === null ? null : mark * (reach.low - 1),
    high: reach === null || mark === null ? null : mark * (reach.high - 1),
    state: stateOf({ n, needed, known, mark, difference, sequence }),
    how: input.how,
  }
}

type Judged = {
  n: number
  needed: number
  known: number | null
  mark: number | null
  difference: number | null
  sequence: { low: number; high: number } | null
}

function stateOf({ n, needed, known, mark, difference, sequence }: Judged): Figure['state'] {
  if (n < needed) return 'too-few'
  if (known === null) return 'unknown'
  if (mark === null || difference === null) return 'no-baseline'
  if (sequence === null) return 'cannot-tell'
  if (sequence.high < 1 && difference < 0) return 'better'
  if (sequence.low > 1 && difference > 0) return 'worse'
  return 'cannot-tell'
}

function sequenceOf(input: DurationInput): { low: number; high: number } | null {
  if (input.baseline === null) return null
  const manual = logMomentsOfCounts(new Map(input.baseline.buckets))
  const pilot = logMomentsOfCounts(inOrder(input.counts))
  return timeRatioSequence({ manual, pilot, tunedFor: Math.max(30, input.expected + manual.n) })
}

/** The same counts give the same figure to the last digit, in whatever order they were read. */
function inOrder(counts: BucketCounts): BucketCounts {
  return new Map([...counts].toSorted(([a], [b]) => a - b))
}

/** A share beside its baseline, where less is better; judged by Newcombe's interval of the difference. */
export function shareFigureOf(input: {
  count: number
  of: number
  baseline: Pick<ShareFigure, 'count' | 'of'> | null
  how: string
}): Figure {
  const { count, of, baseline } = input
  const isKnown = of >= needs.share
  const value = isKnown ? count / of : null
  const mark = baseline === null || baseline.of === 0 ? null : baseline.count / baseline.of
  const interval = isKnown && baseline !== null ? newcombe({ count, of }, baseline) : null
  const state = (): Figure['state'] => {
    if (!isKnown) return 'too-few'
    if (mark === null) return 'no-baseline'
    if (interval === null) return 'cannot-tell'
    if (interval.high < 0) return 'better'
    return interval.low > 0 ? 'worse' : 'cannot-tell'
  }
  return {
    unit: 'share',
    value,
    n: of,
    needs: needs.share,
    baseline: baseline === null ? null : { value: mark, n: baseline.of },
    difference: value === null || mark === null ? null : value - mark,
    low: interval?.low ?? null,
    high: interval?.high ?? null,
    state: state(),
    how: input.how,
  }
}

/** Finished cases per week. In the first week it is what was finished so far, compared with nothing. */
export function throughputFigureOf(input: {
  finished: number
  weeks: number
  baseline: { perWeek: number; cases: number } | null
  how: string
}): Figure {
  const { finished, weeks, baseline } = input
  // A pace needs a week to be one; until then only the count is known.
  const value = weeks >= 1 ? finished / weeks : null
  // Counts vary by their square root: an interval of the ratio of two rates.
  const reach =
    value !== null && finished > 0 && baseline !== null && baseline.cases > 0
      ? 1.96 * Math.sqrt(1 / finished + 1 / baseline.cases)
      : null
  const edge = (factor: number): number | null =>
    reach === null || baseline === null || value === null ? null : value * factor - baseline.perWeek
  const low = edge(Math.exp(-(reach ?? 0)))
  const high = edge(Math.exp(reach ?? 0))
  const state = (): Figure['state'] => {
    if (value === null) return 'unknown'
    if (baseline === null) return 'no-baseline'
    if (low === null || high === null) return 'cannot-tell'
    if (low > 0) return 'better'
    return high < 0 ? 'worse' : 'cannot-tell'
  }
  return {
    unit: 'per-week',
    value,
    n: finished,
    needs: 1,
    baseline: baseline === null ? null : { value: baseline.perWeek, n: baseline.cases },
    difference: value !== null && baseline !== null ? value - baseline.perWeek : null,
    low,
    high,
    state: state(),
    how: input.how,
  }
}

/** Cumulative shares of what is counted, at no more than so many points. */
export function cumulativeShares(counts: BucketCounts, most = 60): { ms: number; share: number }[] {
  const total = totalCount(counts)
  if (total === 0) return []
  let seen = 0
  const points = [...counts]
    .filter(([, count]) => count > 0)
    .toSorted(([a], [b]) => a - b)
    .map(([bucket, count]) => {
      seen += count
      return { ms: bucketValueMs(bucket), share: seen / total }
    })
  const stride = Math.ceil(points.length / most)
  return points.filter((_, index) => index % stride === 0 || index === points.length - 1)
}
