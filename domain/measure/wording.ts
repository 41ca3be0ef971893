const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const MINUS = '\u2212'

/** What a figure says when it is not known. */
const UNKNOWN = 'n/a'

/** A duration in at most two units: 42 s, 2 min 30, 18 min, 2 h 40, 3.4 d, 129 d. */
export function durationInWords(ms: number | null): string {
  if (ms === null) return UNKNOWN
  if (ms < 0) return `${MINUS}${durationInWords(-ms)}`
  if (Math.round(ms / MINUTE) < 24 * 60) return underADay(ms)
  return `${groupedNumber(ms / DAY, ms / DAY < 9.95 ? 1 : 0)} d`
}

/** Working time has no days of 24 hours, so it stays in hours: 38 h. */
export function workingTimeInWords(ms: number | null): string {
  if (ms === null) return UNKNOWN
  if (ms < 0) return `${MINUS}${workingTimeInWords(-ms)}`
  return Math.round(ms / MINUTE) < 24 * 60 ? underADay(ms) : `${groupedNumber(ms / HOUR)} h`
}

/** A difference with its sign: −2 h 40, +18 min, no difference. */
export function durationDifferenceInWords(ms: number | null): string {
  if (ms === null) return UNKNOWN
  const words = durationInWords(Math.abs(ms))
  if (words === '0 s') return 'no difference'
  return `${ms < 0 ? MINUS : '+'}${words}`
}

/** How much a figure changed from its baseline: −29%, +4%, no difference. */
export function changeInWords(change: { from: number | null; to: number | null }): string {
  const { from, to } = change
  if (from === null || to === null || from === 0) return UNKNOWN
  const percent = Math.round((to / from - 1) * 100)
  if (percent === 0) return 'no difference'
  return `${percent < 0 ? MINUS : '+'}${groupedNumber(Math.abs(percent))}%`
}

/** A share from 0 to 1: 12%, 0.4%, and never a rounded 0% or 100% that is not exact. */
export function shareInWords(share: number | null): string {
  if (share === null) return UNKNOWN
  const percent = share * 100
  if (percent === 0 || percent === 100) return `${percent}%`
  if (percent < 0.1) return '<0.1%'
  if (percent > 99.9) return '>99.9%'
  const isNearAnEnd = percent < 1 || percent > 99
  return `${percent.toFixed(isNearAnEnd ? 1 : 0)}%`
}

/** A difference of two shares in points: +3 pt, −0.5 pt. */
export function pointsInWords(difference: number | null): string {
  if (difference === null) return UNKNOWN
  const points = Math.abs(difference * 100)
  const words = groupedNumber(points, points < 1 ? 1 : 0)
  if (words === '0') return 'no difference'
  return `${difference < 0 ? MINUS : '+'}${words} pt`
}

/** A number with thousands marked and at most so many decimals, none of them a trailing zero. */
export function groupedNumber(value: number, decimals = 0): string {
  return new Intl.NumberFormat('en-US', { maximumFractionDigits: decimals }).format(value)
}

/** A day as 2 Jan 2023. */
export function dayInWords(instantMs: number, zone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  })
  return format.format(instantMs)
}

function underADay(ms: number): string {
  if (ms === 0) return '0 s'
  if (ms < SECOND) return '<1 s'
  const seconds = Math.round(ms / SECOND)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 600) return pair(seconds, 'min')
  const minutes = Math.round(ms / MINUTE)
  return minutes < 60 ? `${minutes} min` : pair(minutes, 'h')
}

/** The smaller unit goes without saying: 2 h 40 means minutes. */
function pair(small: number, unit: 'min' | 'h'): string {
  const rest = small % 60
  const whole = `${Math.floor(small / 60)} ${unit}`
  return rest === 0 ? whole : `${whole} ${String(rest).padStart(2, '0')}`
}
