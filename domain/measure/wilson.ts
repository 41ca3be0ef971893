import { normalQuantile, zFor } from './normal.ts'

export type Count = { count: number; of: number }
export type Interval = { low: number; high: number }

/** Wilson score interval of a share, two-sided; null when nothing was counted. */
export function wilson(share: Count, confidence = 0.95): Interval | null {
  return share.of === 0 ? null : wilsonAt(share, zFor(confidence))
}

/** Both one-sided Wilson bounds, each at the given confidence; null when nothing was counted. */
export function wilsonOneSided(share: Count, confidence = 0.95): Interval | null {
  return share.of === 0 ? null : wilsonAt(share, normalQuantile(confidence))
}

/** Newcombe's interval (method 10) of the difference of two shares, first minus second. */
export function newcombe(first: Count, second: Count, confidence = 0.95): Interval | null {
  return first.of === 0 || second.of === 0 ? null : newcombeAt(first, second, zFor(confidence))
}

/** Both one-sided bounds of the difference of two shares, each at the given confidence. */
export function newcombeOneSided(first: Count, second: Count, confidence = 0.95): Interval | null {
  return first.of === 0 || second.of === 0 ? null : newcombeAt(first, second, normalQuantile(confidence))
}

function wilsonAt({ count, of: n }: Count, z: number): Interval {
  const share = count / n
  const shrink = 1 + (z * z) / n
  const centre = (share + (z * z) / (2 * n)) / shrink
  const reach = (z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n))) / shrink
  // At 0 and n the bound is exactly 0 or 1; rounding leaves 1e-18 there.
  return {
    low: count === 0 ? 0 : centre - reach,
    high: count === n ? 1 : centre + reach,
  }
}

function newcombeAt(first: Count, second: Count, z: number): Interval {
  const one = wilsonAt(first, z)
  const two = wilsonAt(second, z)
  const p1 = first.count / first.of
  const p2 = second.count / second.of
  return {
    low: p1 - p2 - Math.hypot(p1 - one.low, two.high - p2),
    high: p1 - p2 + Math.hypot(one.high - p1, p2 - two.low),
  }
}
