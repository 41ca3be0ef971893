/** A stretch of time during which a zone keeps one offset from UTC; all in UTC ms. */
export type OffsetSpan = { from: number; to: number; offsetMs: number }

/** Wall clock of one IANA zone. It remembers what it looked up, so keep one per job. */
export type ZoneClock = {
  zone: string
  offsetAt: (instant: number) => number
  /** Stretches of constant offset that cover [from, to). */
  spans: (from: number, to: number) => OffsetSpan[]
  /**
   * The instant of a wall-clock reading (given as if it were UTC). A reading that comes twice in autumn means the
   * first; one that spring leaves out means as much after the change.
   */
  instantOf: (wallClock: number) => number
}

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

export function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

export function zoneClock(zone: string): ZoneClock {
  const read = offsetReader(zone)
  const days = new Map<number, OffsetSpan[]>()

  const spansOfUtcDay = (day: number): OffsetSpan[] => {
    const known = days.get(day)
    if (known) return known
    const found = daySpans(day * DAY_MS, read)
    days.set(day, found)
    return found
  }

  const offsetAt = (instant: number): number => {
    const found = spansOfUtcDay(Math.floor(instant / DAY_MS))
    const first = found[0]
    if (first === undefined) throw new Error(`no offset for ${zone} at ${instant}`)
    return (found.findLast((span) => span.from <= instant) ?? first).offsetMs
  }

  return {
    zone,
    offsetAt,
    spans: (from, to) => {
      const found: OffsetSpan[] = []
      for (let day = Math.floor(from / DAY_MS); day * DAY_MS < to; day += 1) {
        for (const span of spansOfUtcDay(day)) {
          const last = found.at(-1)
          if (last && last.offsetMs === span.offsetMs) last.to = span.to
          else found.push({ ...span })
        }
      }
      return found
    },
    instantOf: (wallClock) => {
      const before = offsetAt(wallClock - DAY_MS)
      const after = offsetAt(wallClock + DAY_MS)
      const early = wallClock - before
      if (before === after || offsetAt(early) === before) return early
      const late = wallClock - after
      return offsetAt(late) === after ? late : early
    },
  }
}

/** No zone has changed its clock twice within one UTC day, so one change is looked for. */
function daySpans(from: number, read: (instant: number) => number): OffsetSpan[] {
  const to = from + DAY_MS
  const before = read(from)
  const after = read(to)
  if (before === after) return [{ from, to, offsetMs: before }]
  let low = from
  let high = to
  while (high - low > MINUTE_MS) {
    const middle = low + Math.floor((high - low) / 2 / MINUTE_MS) * MINUTE_MS
    if (read(middle) === before) low = middle
    else high = middle
  }
  if (high === to) return [{ from, to, offsetMs: before }]
  return [
    { from, to: high, offsetMs: before },
    { from: high, to, offsetMs: after },
  ]
}

function offsetReader(zone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  return (instant) => {
    const wholeSecond = Math.floor(instant / 1000) * 1000
    const parts = new Map(format.formatToParts(wholeSecond).map((part) => [part.type, Number(part.value)]))
    const read = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0
    const wallClock = Date.UTC(
      read('year'),
      read('month') - 1,
      read('day'),
      read('hour'),
      read('minute'),
      read('second'),
    )
    return wallClock - wholeSecond
  }
}
