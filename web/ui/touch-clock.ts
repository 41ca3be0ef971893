/** Two inputs at most this far apart belong to one stretch of work (longer: the person was away). */
export const longestGapMs = 120_000

/** Adds up active time from moments of input; pure, so that it is given every moment. */
export type TouchClock = {
  /** Something was typed, clicked, moved or scrolled. */
  note: (at: number) => void
  /** The tab was hidden or work was paused: time until the next input does not count. */
  leave: (at: number) => void
  /** Active milliseconds until `at`. */
  total: (at: number) => number
}

export function createTouchClock(startedAt: number): TouchClock {
  let counted = 0
  let last: number | null = startedAt

  function stretchUntil(at: number): number {
    const gap = last === null ? 0 : at - last
    return gap > 0 && gap <= longestGapMs ? gap : 0
  }

  return {
    note(at) {
      counted += stretchUntil(at)
      last = at
    },
    leave(at) {
      counted += stretchUntil(at)
      last = null
    },
    total: (at) => counted + stretchUntil(at),
  }
}
