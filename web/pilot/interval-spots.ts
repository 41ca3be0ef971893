import type { Figure } from '#domain/views/common.ts'

/** Where the parts of an interval bar stand, in percent of its width; null while there is no interval. */
export function intervalSpots(
  figure: Pick<Figure, 'low' | 'high' | 'difference'>,
): { zero: number; low: number; high: number; point: number } | null {
  const { low, high, difference } = figure
  if (low === null || high === null || difference === null) return null
  const from = Math.min(low, 0, difference)
  const to = Math.max(high, 0, difference)
  const span = to - from || 1
  // A tenth of the width stays free on both sides, so that the words under the ends are not cut.
  const spot = (value: number): number => 10 + (80 * (value - from)) / span
  return { zero: spot(0), low: spot(low), high: spot(high), point: spot(difference) }
}
