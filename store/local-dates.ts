import type { LocalDates } from '#domain/rollup.ts'

const known = new Map<string, LocalDates>()

/** Days and ISO weeks (named by their Monday) in one zone. */
export function localDates(zone: string): LocalDates {
  const ready = known.get(zone)
  if (ready !== undefined) return ready
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  })
  const dayOf = (instant: string): string => format.format(new Date(instant))
  const weekOf = (instant: string): string => {
    const day = new Date(`${dayOf(instant)}T00:00:00Z`)
    day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7))
    return day.toISOString().slice(0, 10)
  }
  const made = { dayOf, weekOf }
  known.set(zone, made)
  return made
}
