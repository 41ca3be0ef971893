import type { Span } from './searchable-text.ts'

/** A number, date or address that a text states; `key` is equal for the same fact in another form. */
export type StatedFact = Span & { kind: 'number' | 'date' | 'address'; key: string; text: string }

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const month =
  'jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?'

const address = /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}|https?:\/\/[^\s<>"')\]]{1,300}/giu
const isoDate = /\b(\d{4})-(\d{2})-(\d{2})\b/g
const dayMonth = new RegExp(
  `\\b(\\d{1,2})(?:st|nd|rd|th)?\\.?(?: of)? (${month})\\.?(?:,? (\\d{4}))?\\b`,
  'gi',
)
const monthDay = new RegExp(`\\b(${month})\\.? (\\d{1,2})(?:st|nd|rd|th)?(?:,? (\\d{4}))?\\b`, 'gi')
const numericDate = /\b(\d{1,2})([./-])(\d{1,2})\2(\d{4})\b/g
const number = /(?<![\w.,])-?\d{1,3}(?:[,' ]\d{3})+(?:\.\d+)?(?!\d)|(?<![\w])-?\d+(?:[.,]\d+)?/g

/** Every number, date and address in a text, in the order of their places; what is part of one is not another. */
export function statedFacts(text: string): StatedFact[] {
  const found: StatedFact[] = []
  const take = (fact: StatedFact): void => {
    if (!found.some((other) => fact.from < other.to && other.from < fact.to)) found.push(fact)
  }
  for (const match of text.matchAll(address)) {
    const stated = match[0].replace(/[.,;]+$/, '')
    take(factAt(match.index, stated, 'address', stated.toLowerCase()))
  }
  for (const match of text.matchAll(isoDate)) {
    take(factAt(match.index, match[0], 'date', dateKey(match[3], Number(match[2]), match[1])))
  }
  for (const match of text.matchAll(dayMonth)) {
    take(factAt(match.index, match[0], 'date', dateKey(match[1], monthNumber(match[2]), match[3])))
  }
  for (const match of text.matchAll(monthDay)) {
    take(factAt(match.index, match[0], 'date', dateKey(match[2], monthNumber(match[1]), match[3])))
  }
  for (const match of text.matchAll(numericDate)) {
    const [first, second] = [Number(match[1]), Number(match[3])]
    const [day, monthOf] = second > 12 ? [second, first] : [first, second]
    take(factAt(match.index, match[0], 'date', dateKey(String(day), monthOf, match[4])))
  }
  for (const match of text.matchAll(number)) {
    const value = numberOf(match[0])
    if (value !== null) take(factAt(match.index, match[0], 'number', numberKey(value)))
  }
  return found.toSorted((a, b) => a.from - b.from)
}

export function numberKey(value: number): string {
  return `n${Math.abs(value)}`
}

/** A day without its year is equal to the same day of any year: see `isSameFact`. */
export function isSameFact(a: Pick<StatedFact, 'key'>, b: Pick<StatedFact, 'key'>): boolean {
  if (a.key === b.key || isYearOf(a.key, b.key) || isYearOf(b.key, a.key)) return true
  const [left, right] = [/^d(\d{4})?-(.+)$/.exec(a.key), /^d(\d{4})?-(.+)$/.exec(b.key)]
  if (left === null || right === null) return false
  return left[2] === right[2] && (left[1] === undefined || right[1] === undefined)
}

/** A year by itself says no more than a date of that year does. */
function isYearOf(key: string, date: string): boolean {
  const year = /^n((?:19|20)\d{2})$/.exec(key)?.[1]
  return year !== undefined && date.startsWith(`d${year}-`)
}

export function dateKey(day: string | undefined, monthOf: number, year: string | undefined): string {
  return `d${year ?? ''}-${monthOf}-${Number(day)}`
}

function monthNumber(name: string | undefined): number {
  return months.indexOf((name ?? '').slice(0, 3).toLowerCase()) + 1
}

function numberOf(text: string): number | null {
  const plain = /^-?\d{1,3}([,' ]\d{3})+(\.\d+)?$/.test(text)
    ? text.replaceAll(/[,' ]/g, '')
    : text.replace(',', '.')
  const value = Number(plain)
  return Number.isFinite(value) ? value : null
}

function factAt(from: number, text: string, kind: StatedFact['kind'], key: string): StatedFact {
  return { from, to: from + text.length, kind, key, text }
}
