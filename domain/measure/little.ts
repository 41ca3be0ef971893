/** A stay of a case in the process; `to` null while it is open. Instants in UTC ms. */
export type Stay = { from: number; to: number | null }
export type TimeWindow = { from: number; to: number }

export type LittleFigures = {
  averageOpen: number
  exits: number
  exitsPerDay: number
  meanCycleMs: number | null
  /** Average open cases / (exit rate x mean cycle): 1 in a steady flow; null without an exit. */
  ratio: number | null
}

/** Fewest exits for which the ratio says anything. */
const MIN_EXITS_FOR_LITTLE = 10

const DAY_MS = 86_400_000

/** Little's law over the half-open window: are the endings there, is the flow steady? */
export function little(stays: Iterable<Stay>, window: TimeWindow): LittleFigures {
  const span = window.to - window.from
  let openMs = 0
  let exits = 0
  let cycleMs = 0
  for (const { from, to } of stays) {
    openMs += Math.max(0, Math.min(to ?? Infinity, window.to) - Math.max(from, window.from))
    if (to !== null && window.from <= to && to < window.to) {
      exits += 1
      cycleMs += to - from
    }
  }
  const averageOpen = openMs / span
  return {
    averageOpen,
    exits,
    exitsPerDay: (exits / span) * DAY_MS,
    meanCycleMs: exits === 0 ? null : cycleMs / exits,
    ratio: cycleMs === 0 ? null : openMs / cycleMs,
  }
}

/** True when cases pile up or endings are missing. */
export function isLittleSuspicious(figures: LittleFigures): boolean {
  if (figures.ratio === null || figures.exits < MIN_EXITS_FOR_LITTLE) return false
  return figures.ratio < 0.8 || figures.ratio > 1.25
}
