/** Instants as the clock on the wall of the process shows them: every time of a case's page is of one zone. */
export type Clock = {
  /** "16:05" */
  time: (iso: string) => string
  /** "Thu" */
  weekday: (iso: string) => string
  /** "Thursday 19 November", before it "Today, " on the day itself. */
  day: (iso: string) => string
  /** "Thu 19 Nov, 16:05" */
  moment: (iso: string) => string
}

export function clockOf(zone: string, now: () => Date = () => new Date()): Clock {
  const as = (how: Intl.DateTimeFormatOptions): ((at: Date) => string) => {
    const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...how })
    return (at) => format.format(at)
  }
  const date = as({ dateStyle: 'short' })
  const longDay = as({ weekday: 'long', day: 'numeric', month: 'long' })
  const shortDay = as({ weekday: 'short', day: 'numeric', month: 'short' })
  const weekday = as({ weekday: 'short' })
  const time = as({ hour: '2-digit', minute: '2-digit' })
  return {
    time: (iso) => time(new Date(iso)),
    weekday: (iso) => weekday(new Date(iso)),
    day: (iso) => {
      const at = new Date(iso)
      return date(at) === date(now()) ? `Today, ${longDay(at)}` : longDay(at)
    },
    moment: (iso) => `${shortDay(new Date(iso))}, ${time(new Date(iso))}`,
  }
}

/** Null where the reader's own clock shows the same zone. */
export function zoneWords(zone: string): string | null {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone === zone ? null : `Times of ${zone}`
}
