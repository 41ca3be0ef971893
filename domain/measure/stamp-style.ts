/** Order of the figures in a date such as 03/04/2023. */
export const DateOrders = ['ymd', 'dmy', 'mdy'] as const
export type DateOrder = (typeof DateOrders)[number]

const StampFamilies = [
  'iso',
  'figures',
  'month-name',
  'compact',
  'unix-seconds',
  'unix-milliseconds',
] as const
export type StampFamily = (typeof StampFamilies)[number]

/** How the stamps of a column are written. */
export type StampStyle = { family: StampFamily; order: DateOrder }

/** A stamp taken apart: wall clock as if it were UTC, and the offset it names (null when it names none). */
export type Stamp = { wallClock: number; offsetMs: number | null }

const families: readonly { family: StampFamily; date: RegExp }[] = [
  { family: 'iso', date: /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})/ },
  { family: 'figures', date: /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?!\d)/ },
  { family: 'month-name', date: /^(\d{1,2})[-\s.]+([a-z]{3,9})\.?[-\s,.]+(\d{4}|\d{2})(?!\d)/i },
  { family: 'month-name', date: /^([a-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})(?!\d)/i },
  { family: 'unix-milliseconds', date: /^(\d{13})$/ },
  { family: 'unix-seconds', date: /^(\d{10}(?:\.\d+)?)$/ },
  { family: 'compact', date: /^(\d{4})(\d{2})(\d{2})(?=$|T|\s|\d{4}(?:\d{2})?$)/ },
]
const clockTime =
  /^(?:T|[\s,]+|)(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?(?:\s*([ap])\.?m\.?)?\s*(z|utc|gmt|[+-]\d{2}(?::?\d{2})?)?(?:\s*utc)?$/i
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** Years outside are placeholders such as 1900-01-01 and 9999-12-31, which would ruin every figure. */
const STAMP_YEARS = { first: 1970, last: 2099 } as const

/** No stamp is longer; the patterns take too long over a hostile cell of a million blanks. */
const LONGEST_STAMP = 60

export function familyOf(text: string): StampFamily | null {
  if (text.length > LONGEST_STAMP) return null
  return families.find(({ date }) => date.test(text))?.family ?? null
}

/** Orders in which the figures of a date make a real date; one only for families that leave no choice. */
export function possibleOrders(text: string): DateOrder[] {
  const parts = partsOf(text, 'figures')
  if (parts === null) return ['ymd']
  const [first, second, third] = parts.map(Number)
  if (first === undefined || second === undefined || third === undefined) return []
  const fits = (day: number, month: number): boolean => day >= 1 && day <= 31 && month >= 1 && month <= 12
  const orders: DateOrder[] = []
  if (fits(first, second)) orders.push('dmy')
  if (fits(second, first)) orders.push('mdy')
  if (parts[2]?.length === 2 && fits(third, second)) orders.push('ymd')
  return orders
}

/** Reads one cell in the column's style; null when it is not such a stamp or no real date. */
export function readStamp(text: string, style: StampStyle): Stamp | null {
  if (text.length > LONGEST_STAMP) return null
  if (style.family === 'unix-seconds' || style.family === 'unix-milliseconds') {
    const figure = partsOf(text, style.family)?.[0]
    if (figure === undefined) return null
    const ms = Math.round(Number(figure) * (style.family === 'unix-seconds' ? 1000 : 1))
    return inYears(new Date(ms).getUTCFullYear()) ? { wallClock: ms, offsetMs: 0 } : null
  }
  for (const { family, date } of families) {
    if (family !== style.family) continue
    const match = date.exec(text)
    if (!match) continue
    const day = dateOf(match.slice(1), style)
    const time = timeOf(text.slice(match[0].length))
    return day === null || time === null ? null : { wallClock: day + time.ms, offsetMs: time.offsetMs }
  }
  return null
}

function partsOf(text: string, wanted: StampFamily): string[] | null {
  for (const { family, date } of families) {
    const match = family === wanted ? date.exec(text) : null
    if (match) return match.slice(1)
  }
  return null
}

function dateOf(parts: readonly string[], style: StampStyle): number | null {
  const [a = '', b = '', c = ''] = parts
  if (style.family === 'month-name') {
    return /^\d/.test(a) ? realDate(c, monthNumber(b), a) : realDate(c, monthNumber(a), b)
  }
  if (style.family !== 'figures' || style.order === 'ymd') return realDate(a, Number(b), c)
  return style.order === 'dmy' ? realDate(c, Number(b), a) : realDate(c, Number(a), b)
}

function realDate(yearText: string, month: number, dayText: string): number | null {
  const short = Number(yearText)
  // Two-digit years as POSIX reads them: 69 to 99 are the last century.
  const year = yearText.length > 2 ? short : short + (short >= 69 ? 1900 : 2000)
  const day = Number(dayText)
  const ms = Date.UTC(year, month - 1, day)
  const date = new Date(ms)
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  return isReal && inYears(year) ? ms : null
}

function timeOf(text: string): { ms: number; offsetMs: number | null } | null {
  if (text.trim() === '') return { ms: 0, offsetMs: null }
  const match = clockTime.exec(text.trimEnd())
  if (!match) return null
  const [, hourText, minuteText, secondText = '0', fraction = '', half, zone] = match
  const hour = hourOf(Number(hourText), half)
  const minute = Number(minuteText)
  const second = Number(secondText)
  if (hour === null || minute > 59 || second > 59) return null
  const ms = Math.round(Number(`0.${fraction || '0'}`) * 1000)
  return { ms: ((hour * 60 + minute) * 60 + second) * 1000 + ms, offsetMs: offsetOf(zone) }
}

function hourOf(hour: number, half: string | undefined): number | null {
  if (half === undefined) return hour <= 23 ? hour : null
  if (hour < 1 || hour > 12) return null
  return (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0)
}

function offsetOf(zone: string | undefined): number | null {
  if (zone === undefined) return null
  if (/^[a-z]/i.test(zone)) return 0
  const sign = zone.startsWith('-') ? -1 : 1
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3).replace(':', '') || 0)) * 60_000
}

function monthNumber(name: string): number {
  return months.indexOf(name.slice(0, 3).toLowerCase()) + 1
}

function inYears(year: number): boolean {
  return year >= STAMP_YEARS.first && year <= STAMP_YEARS.last
}
