const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** "40 s", "22 min", "5 h 10", "1 d 13 h", "12 d": two units at most. */
export function durationWords(ms: number): string {
  const rounded = roundedFor(ms)
  if (rounded < minute) return `${Math.round(rounded / 1000)} s`
  if (rounded < hour) return `${Math.round(rounded / minute)} min`
  if (rounded < day) {
    const hours = Math.floor(rounded / hour)
    const minutes = Math.round((rounded % hour) / minute)
    return minutes === 0 ? `${hours} h` : `${hours} h ${String(minutes).padStart(2, '0')}`
  }
  const days = Math.floor(rounded / day)
  const hours = Math.round((rounded % day) / hour)
  return hours === 0 ? `${days} d` : `${days} d ${hours} h`
}

/** Rounded before it is cut into units, so that no "1 h 60" can appear. */
function roundedFor(ms: number): number {
  const to = (unit: number): number => Math.round(ms / unit) * unit
  if (to(1000) < minute) return to(1000)
  if (to(minute) < 10 * hour) return to(minute)
  if (to(hour) < 10 * day) return to(hour)
  return to(day)
}

/** "3.4 d" from a day on, else as `durationWords`. */
export function daysWords(ms: number): string {
  return Math.abs(ms) >= day ? `${(ms / day).toFixed(1)} d` : durationWords(ms)
}

export function signed(value: number, words: (absolute: number) => string): string {
  const text = words(Math.abs(value))
  return value === 0 ? text : `${value > 0 ? '+' : '−'}${text}`
}

/** "today 16:05", "Mon 1 Feb", as the reader's own clock has it. */
export function dayWords(iso: string): string {
  return new Date(iso).toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric', month: 'short' })
}

export function dateTimeWords(iso: string): string {
  return `${dayWords(iso)}, ${clockWords(iso)}`
}

export function clockWords(iso: string): string {
  return new Date(iso).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
}
