import { bucketValueMs, type BucketCounts } from './histogram.ts'
import { zFor } from './normal.ts'

/** A case's time so far; `ended` false while it is open (censored at that time). */
export type Observed = { time: number; ended: boolean }

export type SurvivalPoint = {
  time: number
  atRisk: number
  ended: number
  /** Share of cases that take longer than `time`, with its log-log interval. */
  share: number
  standardError: number
  low: number | null
  high: number | null
}

/** A quantile of the time to the end; null where the curve does not fall far enough yet. */
export type SurvivalQuantile = { value: number | null; low: number | null; high: number | null }

/** The Kaplan-Meier curve, a point per time at which a case ended. */
export function kaplanMeier(observed: readonly Observed[], confidence = 0.95): SurvivalPoint[] {
  const times = new Map<number, { ended: number; censored: number }>()
  for (const { time, ended } of observed) {
    const tally = times.get(time) ?? { ended: 0, censored: 0 }
    if (ended) tally.ended += 1
    else tally.censored += 1
    times.set(time, tally)
  }
  return curve(times, confidence)
}

/** The same from histograms of finished and still open cases, times in milliseconds (1% wide). */
export function kaplanMeierFromBuckets(
  buckets: { ended: BucketCounts; censored: BucketCounts },
  confidence = 0.95,
): SurvivalPoint[] {
  const times = new Map<number, { ended: number; censored: number }>()
  for (const bucket of new Set([...buckets.ended.keys(), ...buckets.censored.keys()])) {
    times.set(bucketValueMs(bucket), {
      ended: buckets.ended.get(bucket) ?? 0,
      censored: buckets.censored.get(bucket) ?? 0,
    })
  }
  return curve(times, confidence)
}

/** Time by which the share p of cases has ended; the midpoint where the curve rests exactly on 1 - p. */
export function survivalQuantile(points: readonly SurvivalPoint[], p: number): SurvivalQuantile {
  const remaining = 1 - p
  return {
    value: crossing(points, remaining, (point) => point.share),
    low: crossing(points, remaining, (point) => point.low),
    high: crossing(points, remaining, (point) => point.high),
  }
}

/** The point in force at a time; null before the first end, when the share is 1. */
export function survivalAt(points: readonly SurvivalPoint[], time: number): SurvivalPoint | null {
  return points.findLast((point) => point.time <= time) ?? null
}

function curve(
  times: ReadonlyMap<number, { ended: number; censored: number }>,
  confidence: number,
): SurvivalPoint[] {
  const z = zFor(confidence)
  const points: SurvivalPoint[] = []
  let atRisk = [...times.values()].reduce((sum, tally) => sum + tally.ended + tally.censored, 0)
  let share = 1
  let greenwood = 0
  for (const [time, { ended, censored }] of [...times].toSorted(([a], [b]) => a - b)) {
    if (ended > 0) {
      share *= 1 - ended / atRisk
      greenwood += ended / (atRisk * (atRisk - ended))
      points.push({ time, atRisk, ended, share, ...spread({ share, greenwood, z }) })
    }
    atRisk -= ended + censored
  }
  return points
}

/** Log-log limits; at a share of 0 there are none. */
function spread(at: { share: number; greenwood: number; z: number }): {
  standardError: number
  low: number | null
  high: number | null
} {
  if (at.share <= 0) return { standardError: 0, low: null, high: null }
  const deviation = Math.sqrt(at.greenwood)
  const reach = (at.z * deviation) / -Math.log(at.share)
  return {
    standardError: at.share * deviation,
    low: at.share ** Math.exp(reach),
    high: at.share ** Math.exp(-reach),
  }
}

function crossing(
  points: readonly SurvivalPoint[],
  remaining: number,
  read: (point: SurvivalPoint) => number | null,
): number | null {
  const tolerance = 1e-9
  const index = points.findIndex((point) => (read(point) ?? -1) <= remaining + tolerance)
  const point = points[index]
  if (point === undefined) return null
  // A curve of limits simply ends where the share reaches 0: that is no crossing of its own.
  const reached = read(point)
  if (reached === null) return null
  const next = points[index + 1]
  return Math.abs(reached - remaining) <= tolerance && next ? (point.time + next.time) / 2 : point.time
}
