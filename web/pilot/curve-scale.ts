import type { Curve } from '#domain/views/pilots.ts'
import type { z } from 'zod'

export type CurvePoints = z.infer<typeof Curve>

const second = 1000
const ticks = [
  [second, '1 s'],
  [10 * second, '10 s'],
  [60 * second, '1 min'],
  [10 * 60 * second, '10 min'],
  [3600 * second, '1 h'],
  [8 * 3600 * second, '8 h'],
  [24 * 3600 * second, '1 d'],
  [7 * 24 * 3600 * second, '1 wk'],
  [30 * 24 * 3600 * second, '30 d'],
] as const

/** A logarithmic scale of time over all given curves, with the round times that fall on it. */
export function timeScale(
  curves: CurvePoints[],
  from: number,
  to: number,
): { at: (ms: number) => number; ticks: { x: number; words: string }[] } {
  const times = curves.flat().map((point) => Math.max(second, point.ms))
  const least = Math.log(Math.min(...times, 60 * second))
  const most = Math.max(Math.log(Math.max(...times, 60 * second)), least + 1)
  const at = (ms: number): number =>
    from + ((Math.log(Math.max(second, ms)) - least) / (most - least)) * (to - from)
  const on = ticks
    .map(([ms, words]) => ({ x: at(ms), words }))
    .filter(({ x }) => x >= from - 0.5 && x <= to + 0.5)
  // At least 46 px between words.
  const shown = on.filter(
    (tick, index) => index % Math.ceil((46 * on.length) / Math.max(46, to - from)) === 0 || tick === on[0],
  )
  return { at, ticks: shown }
}

/** The time within which the given share is done; null where the curve does not come so far. */
export function timeAtShare(curve: CurvePoints, share: number): number | null {
  return curve.find((point) => point.share >= share - 1e-9)?.ms ?? null
}

/** Steps: flat until the next finish, then up. */
export function stepsPath(
  curve: CurvePoints,
  x: (ms: number) => number,
  y: (share: number) => number,
  to: number,
): string {
  const [first, ...rest] = curve
  if (first === undefined) return ''
  let path = `M${x(first.ms).toFixed(1)} ${y(0).toFixed(1)}V${y(first.share).toFixed(1)}`
  for (const point of rest) path += `H${x(point.ms).toFixed(1)}V${y(point.share).toFixed(1)}`
  return `${path}H${to}`
}
