import { z } from 'zod'
import { fits } from './check-map.ts'
import type { InputProblem } from './problems.ts'
import type { Field, FieldType, FieldValue, FieldValues, ProcessMap } from './process-map.ts'

const longest: Partial<Record<FieldType, number>> = { text: 2_000, 'long-text': 100_000, list: 100_000 }
const IsoDate = z.iso.date()

/** Texts of more than one line stand on their own; everything else is a row. */
export function isLongText({ type }: Pick<Field, 'type'>): boolean {
  return type === 'long-text' || type === 'list'
}

/** What is wrong with the values a case is to start with: unknown, missing or ill-typed fields. */
export function intakeProblems(map: ProcessMap, values: FieldValues): InputProblem[] {
  const asked = new Set(map.intake.map((item) => item.field))
  const missing = map.intake.flatMap(({ field, required }): InputProblem[] =>
    required && isEmpty(values[field]) ? [missingProblem(map, field)] : [],
  )
  return [...missing, ...fieldProblems(map, { allowed: asked, values })]
}

/** What is wrong with what a person typed into a step's fields. */
export function fieldProblems(
  map: ProcessMap,
  { allowed, values }: { allowed: ReadonlySet<string>; values: FieldValues },
): InputProblem[] {
  return Object.entries(values).flatMap(([name, value]): InputProblem[] => {
    const field = map.fields.find((candidate) => candidate.name === name)
    if (field === undefined || !allowed.has(name)) {
      const mend = `use ${[...allowed].join(', ') || 'no fields'}`
      return [{ field: name, message: 'is not asked for here', mend }]
    }
    const problem = valueProblem(field, value)
    return problem === null ? [] : [{ field: name, ...problem }]
  })
}

/** Every field that must be given and is not; null counts as given: known to be absent. */
export function absentProblems(
  map: ProcessMap,
  names: readonly string[],
  values: FieldValues,
): InputProblem[] {
  return names.filter((name) => values[name] === undefined).map((name) => missingProblem(map, name))
}

function valueProblem(field: Field, value: FieldValue): Omit<InputProblem, 'field'> | null {
  if (value === null) return null
  if (!fits(field, value) || (field.type === 'date' && !IsoDate.safeParse(value).success)) {
    return { message: `is not ${wordsOfType[field.type]}`, mend: mendOf(field) }
  }
  const most = longest[field.type]
  if (most !== undefined && typeof value === 'string' && value.length > most) {
    return { message: `is longer than ${most} characters`, mend: 'shorten it' }
  }
  return null
}

const wordsOfType: Record<FieldType, string> = {
  text: 'text',
  'long-text': 'text',
  number: 'a number',
  'yes-no': 'yes or no',
  date: 'a date',
  choice: 'one of the choices',
  list: 'a list, one entry to a line',
}

function mendOf(field: Field): string {
  switch (field.type) {
    case 'text':
    case 'long-text':
      return 'give text'
    case 'number':
      return 'give a number'
    case 'yes-no':
      return 'give true or false'
    case 'date':
      return 'give a date such as 2026-01-31'
    case 'choice':
      return `use ${field.choices.join(', ')}`
    case 'list':
      return 'give text with one entry to a line'
  }
}

function missingProblem(map: ProcessMap, name: string): InputProblem {
  const field = map.fields.find((candidate) => candidate.name === name)
  return { field: name, message: 'is missing', mend: field === undefined ? 'give it' : mendOf(field) }
}

function isEmpty(value: FieldValue | undefined): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '')
}

/** Reads what stands in a cell of a spreadsheet as a field's value; an empty cell is null. */
export function readCell(field: Field, text: string): FieldValue {
  const trimmed = text.trim()
  if (trimmed === '') return null
  switch (field.type) {
    case 'text':
    case 'long-text':
    case 'list':
      return text
    case 'date':
      return trimmed
    case 'choice':
      return field.choices.find((choice) => choice.toLowerCase() === trimmed.toLowerCase()) ?? trimmed
    case 'number': {
      const number = Number(trimmed.replaceAll(/(?<=\d)[\s'](?=\d{3}(\D|$))/g, ''))
      return Number.isFinite(number) ? number : trimmed
    }
    case 'yes-no': {
      if (/^(yes|true|y|1)$/i.test(trimmed)) return true
      return /^(no|false|n|0)$/i.test(trimmed) ? false : trimmed
    }
  }
}

/** The name of a case in lists. */
export function titleOf(map: ProcessMap, values: FieldValues): string {
  const value = values[map.titleField]
  const title = typeof value === 'string' ? value.trim().replaceAll(/\s+/g, ' ') : String(value ?? '')
  return title === '' ? map.unit : title.slice(0, 120)
}
