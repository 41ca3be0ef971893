import type { DrawnLink } from './drawn-links.ts'

/** Where a step stands among the lines (rows and lane lines, top to bottom) and columns. */
export type Spot = {
  line: number
  column: number
  row: number
  top: number
  middle: number
  /** Nothing stands between the step and the corridor above or below its line. */
  openAbove: boolean
  openBelow: boolean
}

export type Side = 'left' | 'right' | 'top' | 'bottom'

/**
 * A stretch of a link between its two ends: down a gap between columns (gap 0 lies left of column 0), or
 * along the corridor above a line. No step ever stands in a gap or a corridor, so no link crosses one.
 */
export type Leg = { in: 'gap'; gap: number } | { in: 'corridor'; line: number }

export type Route = { link: DrawnLink; leave: Side; enter: Side; legs: Leg[] }

const gap = (at: number): Leg => ({ in: 'gap', gap: at })
const corridor = (line: number): Leg => ({ in: 'corridor', line })

/** `straight` where nothing stands level between the two steps. */
export function routeOf(
  link: DrawnLink,
  from: Spot,
  to: Spot,
  { straight = false }: { straight?: boolean } = {},
): Route {
  const route = (leave: Side, enter: Side, legs: Leg[]): Route => ({ link, leave, enter, legs })
  const sameLine = from.line === to.line
  if (link.on === 'undo' && sameLine && from.column === to.column) return route('bottom', 'top', [])
  const backwards = link.on === 'sent-back' || to.column <= from.column
  if (sameLine && backwards && from.column !== to.column && from.openAbove && to.openAbove) {
    return route('top', 'top', [corridor(from.line)])
  }
  if (sameLine && backwards && from.column !== to.column && from.openBelow && to.openBelow) {
    return route('bottom', 'bottom', [corridor(from.line + 1)])
  }
  if (sameLine && (straight || to.column === from.column + 1) && link.on === 'path') {
    return route('right', 'left', from.middle === to.middle ? [] : [gap(to.column)])
  }
  if (from.row === to.row && to.line > from.line && from.openBelow) {
    const first = corridor(from.line + 1)
    return to.line === from.line + 1 && to.openAbove
      ? route('bottom', 'top', [first])
      : route('bottom', 'left', [first, gap(to.column)])
  }
  if (from.row === to.row && to.line < from.line && to.openBelow) {
    const last = corridor(to.line + 1)
    return from.line === to.line + 1 && from.openAbove
      ? route('top', 'bottom', [last])
      : route('right', 'bottom', [gap(from.column + 1), last])
  }
  return from.column + 1 === to.column && !sameLine
    ? route('right', 'left', [gap(to.column)])
    : route('right', 'left', [gap(from.column + 1), corridor(to.line), gap(to.column)])
}
