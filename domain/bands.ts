import { isLongText } from './case-values.ts'
import type { Field, FieldValue, FieldValues } from './process-map.ts'
import { findPhrase, searchable, type SearchableText } from './searchable-text.ts'
import { dateKey, isSameFact, numberKey, statedFacts, type StatedFact } from './stated-facts.ts'

export type Band = 'looks-right' | 'check-this' | 'cannot-tell'
type Evidence = { field: string; from: number; to: number }
export type FieldCheck = { band: Band; says: string; evidence: Evidence[] }
export type Source = { field: Field; value: FieldValue }

type ReadSource = { field: Field; value: FieldValue; text: SearchableText; facts: StatedFact[] }

const mostShown = 3

/**
 * How much each field of a draft asks for attention, from what can be checked against its sources alone: whether
 * a value is found there, whether sources agree, and whether free text states what no source says.
 */
export function checkDraft(draft: {
  fields: Field[]
  values: FieldValues
  sources: Source[]
}): Map<string, FieldCheck> {
  const sources = draft.sources.map(readSource)
  return new Map(
    draft.fields.map((field) => [field.name, checkField(field, draft.values[field.name] ?? null, sources)]),
  )
}

/** The band of a whole draft is that of its most doubtful field. */
export function worstBand(checks: Iterable<FieldCheck>): Band | null {
  const bands = new Set([...checks].map((check) => check.band))
  if (bands.has('check-this')) return 'check-this'
  if (bands.has('cannot-tell')) return 'cannot-tell'
  return bands.has('looks-right') ? 'looks-right' : null
}

function readSource({ field, value }: Source): ReadSource {
  const text = value === null ? '' : String(value)
  return { field, value, text: searchable(text), facts: statedFacts(text) }
}

function checkField(field: Field, value: FieldValue, sources: ReadSource[]): FieldCheck {
  if (value === null || value === '') return cannotTell('Left empty: not found in the source')
  const disagreement = disagreementOf(field, value, sources)
  if (isLongText(field) && typeof value === 'string') return checkFreeText(value, sources)
  const found = placesOf(field, value, sources)
  if (disagreement !== null)
    return { band: 'check-this', says: disagreement, evidence: found.map((place) => place.evidence) }
  const [first] = found
  if (first !== undefined) {
    return {
      band: 'looks-right',
      says: `Found in ${first.label}`,
      evidence: found.map((place) => place.evidence),
    }
  }
  return notFound(field, value, sources)
}

type Place = { label: string; evidence: Evidence }

function placesOf(field: Field, value: FieldValue, sources: ReadSource[]): Place[] {
  return sources.flatMap((source) =>
    spansOf(field, value, source).map(({ from, to }) => ({
      label: labelOf(source.field),
      evidence: { field: source.field.name, from, to },
    })),
  )
}

function spansOf(field: Field, value: FieldValue, source: ReadSource): { from: number; to: number }[] {
  if (typeof value === 'number') return spansOfFact({ key: numberKey(value) }, source)
  if (typeof value === 'boolean') {
    const whole = String(source.value ?? '')
    return source.field.type === 'yes-no' && source.value === value && source.field.name === field.name
      ? [{ from: 0, to: whole.length }]
      : []
  }
  if (typeof value !== 'string') return []
  const date = field.type === 'date' ? /^(\d{4})-(\d{2})-(\d{2})$/.exec(value) : null
  if (date !== null) return spansOfFact({ key: dateKey(date[3], Number(date[2]), date[1]) }, source)
  return findPhrase(source.text, value)
}

function spansOfFact(fact: { key: string }, source: ReadSource): { from: number; to: number }[] {
  return source.facts
    .filter((stated) => isSameFact(stated, fact))
    .map(({ from, to }) => ({ from, to }))
    .slice(0, mostShown)
}

/** A source that holds the very same thing, and says otherwise. */
function disagreementOf(field: Field, value: FieldValue, sources: ReadSource[]): string | null {
  const rivals = sources.filter(
    (source) =>
      source.value !== null &&
      source.value !== '' &&
      source.field.type === field.type &&
      !isLongText(field) &&
      isSameThing(source.field, field),
  )
  const rival = rivals.find((source) => !isSameValue(source.value, value))
  if (rival === undefined) return null
  const other = sources.find((source) => source !== rival && spansOf(field, value, source).length > 0)
  const says = `${capital(labelOf(rival.field))} says ${shown(rival.value)}`
  return other === undefined
    ? `${says}, the draft says ${shown(value)}`
    : `${capital(labelOf(other.field))} says ${shown(value)}, ${labelOf(rival.field)} says ${shown(rival.value)}`
}

function isSameThing(a: Field, b: Field): boolean {
  if (a.name === b.name) return true
  const [left, right] = [wordsOf(a.label), wordsOf(b.label)]
  const shared = left.filter((word) => right.includes(word))
  return shared.length > 0 && shared.length === Math.min(left.length, right.length)
}

function wordsOf(label: string): string[] {
  return searchable(label)
    .text.split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 2)
}

function isSameValue(a: FieldValue, b: FieldValue): boolean {
  if (typeof a === 'string' && typeof b === 'string') {
    return searchable(a).text.trim() === searchable(b).text.trim()
  }
  return a === b
}

/** Free text is checked by what it states: each number, date and address must stand in some source. */
function checkFreeText(value: string, sources: ReadSource[]): FieldCheck {
  const stated = statedFacts(value).filter((fact) => isTelling(fact, value))
  const unsupported: string[] = []
  const evidence: Evidence[] = []
  for (const fact of stated) {
    const places = sources.flatMap((source) =>
      source.facts
        .filter((known) => isSameFact(known, fact))
        .map(({ from, to }) => ({ field: source.field.name, from, to })),
    )
    if (places.length === 0) unsupported.push(fact.text)
    evidence.push(...places.slice(0, 1))
  }
  if (unsupported.length > 0) {
    const named = [...new Set(unsupported)].slice(0, mostShown).map((text) => `"${text}"`)
    const more = new Set(unsupported).size - named.length
    const verb = named.length === 1 && more === 0 ? 'stands' : 'stand'
    return {
      band: 'check-this',
      says: `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''} ${verb} in no source`,
      evidence,
    }
  }
  if (stated.length === 0) return cannotTell('States no number, date or address that could be checked')
  return {
    band: 'looks-right',
    says: 'Every number, date and address stands in the source',
    evidence,
  }
}

/** The number of a list entry, or a small count in running text, says nothing to check. */
function isTelling(fact: StatedFact, text: string): boolean {
  if (fact.kind !== 'number') return true
  const lineStart = text.lastIndexOf('\n', fact.from - 1) + 1
  const isListMark = text.slice(lineStart, fact.from).trim() === '' && /^[.)]/.test(text.slice(fact.to))
  return !isListMark && !/^\d$/.test(fact.text)
}

function notFound(field: Field, value: FieldValue, sources: ReadSource[]): FieldCheck {
  if (field.type === 'yes-no') return cannotTell('A judgement: the source does not say it in so many words')
  if (field.type === 'choice') return cannotTell('Chosen: the source does not use these words')
  if (field.type === 'text' && typeof value === 'string') {
    const words = wordsOf(value)
    const known = words.filter((word) => sources.some((source) => findPhrase(source.text, word).length > 0))
    const missing = words.filter((word) => !known.includes(word)).map((word) => `"${word}"`)
    if (words.length === 0) return cannotTell('No source found')
    if (missing.length === 0) return cannotTell('Its words stand in the source, but not together')
    return {
      band: 'check-this',
      says:
        known.length === 0
          ? `No source says ${shown(value)}`
          : `Only partly found: no source has ${missing.slice(0, mostShown).join(', ')}`,
      evidence: [],
    }
  }
  if (field.type === 'number' || field.type === 'date') {
    return { band: 'check-this', says: `No source says ${shown(value)}`, evidence: [] }
  }
  return cannotTell('No source found')
}

function cannotTell(says: string): FieldCheck {
  return { band: 'cannot-tell', says, evidence: [] }
}

function labelOf(field: Field): string {
  return `"${field.label}"`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function shown(value: FieldValue): string {
  const text = typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
