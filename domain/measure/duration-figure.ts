import type { DurationFigure } from './baseline.ts'
import { countDurations } from './histogram.ts'
import { ascending, mean, MIN_CASES, quantile, quantileInterval } from './quantiles.ts'

/** Median, p90 and mean with rank intervals; null each where there are too few values for it. */
export function durationFigure(durationsMs: Iterable<number>): DurationFigure {
  const sorted = ascending(durationsMs)
  const hasMedian = sorted.length >= MIN_CASES.median
  const hasP90 = sorted.length >= MIN_CASES.p90
  const median = quantileInterval(sorted, 0.5)
  const p90 = quantileInterval(sorted, 0.9)
  return {
    n: sorted.length,
    medianMs: hasMedian ? quantile(sorted, 0.5) : null,
    medianLowMs: median?.low ?? null,
    medianHighMs: median?.high ?? null,
    p90Ms: hasP90 ? quantile(sorted, 0.9) : null,
    p90LowMs: p90?.low ?? null,
    p90HighMs: p90?.high ?? null,
    meanMs: hasMedian ? mean(sorted) : null,
    buckets: [...countDurations(sorted)].toSorted(([a], [b]) => a - b),
  }
}
