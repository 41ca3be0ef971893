import type { LocalDates } from '#domain/rollup.ts'

const known = new Map<string, LocalDates>()

/** A day begins, and a clock is set, at a quarter of an hour everywhere: within one, the date is the same. */
const quarterMs = 900_000
const quartersKept = 20_000

/** Days and ISO weeks (named by their Monday) in one zone. */
export function localDates(zone: string): LocalDates {
  const before = known.get(zone)
  if (before !== undefined) return before
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  })
  const days = new Map<number, string>()
  const dayOf = (instant: string): string => {
    const quarter = Math.floor(Date.parse(instant) / quarterMs)
    const kept = days.get(quarter)
    if (kept !== undefined) return kept
    const day = format.format(quarter * quarterMs)
    if (days.size >= quartersKept) days.clear()
    days.set(quarter, day)
    return day
  }
  const weekOf = (instant: string): string => {
    const day = new Date(`${dayOf(instant)}T00:00:00Z`)
    day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7))
    return day.toISOString().slice(0, 10)
  }
  const made = { dayOf, weekOf }
  known.set(zone, made)
  return made
}
