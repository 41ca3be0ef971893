import { ascending, mean, quantile } from './quantiles.ts'

/** Natural limits of a process behaviour chart, frozen on its first points. */
export type XmrLimits = { centre: number; meanRange: number; low: number; high: number; rangeLimit: number }
export type XmrSignal = {
  index: number
  kind: 'outside-limits' | 'run-of-eight' | 'three-of-four-near-limit'
}

/** Fewest and most points on which limits are frozen. */
export const XMR_POINTS = { least: 12, most: 24 } as const

/** Limits from means; null for fewer than two points. */
export function xmrLimits(values: readonly number[]): XmrLimits | null {
  const centre = mean(values)
  const meanRange = mean(movingRanges(values))
  if (centre === null || meanRange === null) return null
  return limits({ centre, meanRange, scale: 2.66, rangeScale: 3.268 })
}

/** Limits from medians, for series with outliers; null for fewer than two points. */
export function xmrMedianLimits(values: readonly number[]): XmrLimits | null {
  const centre = quantile(ascending(values), 0.5)
  const meanRange = quantile(ascending(movingRanges(values)), 0.5)
  if (centre === null || meanRange === null) return null
  return limits({ centre, meanRange, scale: 3.145, rangeScale: 3.865 })
}

/** Points where the process changed: one outside, eight on one side, three of four nearer a limit than the centre. */
export function xmrSignals(values: readonly number[], within: XmrLimits): XmrSignal[] {
  const sides = values.map((value) => Math.sign(value - within.centre))
  const nearLimit = values.map((value, i) =>
    Math.abs(value - within.centre) > (within.high - within.centre) / 2 ? (sides[i] ?? 0) : 0,
  )
  return values.flatMap((value, index) => {
    const found: XmrSignal[] = []
    if (value < within.low || value > within.high) found.push({ index, kind: 'outside-limits' })
    const side = sides[index]
    if (index >= 7 && side !== 0 && sides.slice(index - 7, index + 1).every((s) => s === side)) {
      found.push({ index, kind: 'run-of-eight' })
    }
    const lastFour = nearLimit.slice(Math.max(0, index - 3), index + 1)
    if (nearLimit[index] !== 0 && lastFour.filter((s) => s === nearLimit[index]).length >= 3) {
      found.push({ index, kind: 'three-of-four-near-limit' })
    }
    return found
  })
}

function movingRanges(values: readonly number[]): number[] {
  return values.slice(1).map((value, i) => Math.abs(value - (values[i] ?? value)))
}

function limits(of: { centre: number; meanRange: number; scale: number; rangeScale: number }): XmrLimits {
  return {
    centre: of.centre,
    meanRange: of.meanRange,
    low: of.centre - of.scale * of.meanRange,
    high: of.centre + of.scale * of.meanRange,
    rangeLimit: of.rangeScale * of.meanRange,
  }
}
