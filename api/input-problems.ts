import type { z } from 'zod'
import type { InputProblem } from '#domain/problems.ts'
import { fieldPath } from './read-json.ts'

type Issue = z.core.$ZodIssue

const maxListed = 100

/** What a schema found wrong, each with the field's path and the mend. */
export function inputProblemsOf(
  issues: readonly Issue[],
  under: readonly PropertyKey[] = [],
): InputProblem[] {
  return issues.flatMap((issue) => problemsOf(issue, [...under, ...issue.path])).slice(0, maxListed)
}

function problemsOf(issue: Issue, path: PropertyKey[]): InputProblem[] {
  const field = fieldPath(path)
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        field: fieldPath([...path, key.slice(0, 80)]),
        message: 'is not known here',
        mend: 'leave it out',
      }))
    case 'invalid_type':
      return [
        issue.input === undefined && issue.message.endsWith('received undefined')
          ? { field, message: 'is missing', mend: `give ${named(issue.expected)}` }
          : { field, message: readable(issue.message), mend: `give ${named(issue.expected)}` },
      ]
    case 'invalid_value':
      return [
        {
          field,
          message: 'is not one of the allowed values',
          mend: `use ${issue.values.map((value) => String(value)).join(', ')}`,
        },
      ]
    case 'too_big':
      return [{ field, message: 'is too big', mend: `at most ${issue.maximum}${unitOf(issue.origin)}` }]
    case 'too_small':
      return [{ field, message: 'is too small', mend: `at least ${issue.minimum}${unitOf(issue.origin)}` }]
    case 'invalid_union':
      return unionProblems(issue, path)
    case 'invalid_key':
      return inputProblemsOf(issue.issues, path)
    case 'invalid_element':
      return inputProblemsOf(issue.issues, path)
    case 'invalid_format':
      return [{ field, message: 'has the wrong form', mend: formMend(issue.message, issue.format) }]
    case 'not_multiple_of':
      return [{ field, message: 'is not a whole step', mend: `a multiple of ${issue.divisor}` }]
    case 'custom':
      return [{ field, message: 'is not allowed', mend: readable(issue.message) }]
  }
}

function unionProblems(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: PropertyKey[],
): InputProblem[] {
  const [first] = issue.errors.toSorted((a, b) => b.length - a.length)
  const allTypes = issue.errors.every(
    (branch) => branch.length === 1 && branch[0]?.code === 'invalid_type' && branch[0].path.length === 0,
  )
  if (issue.errors.length === 0 || first === undefined || allTypes) {
    const expected = issue.errors.flatMap((branch) =>
      branch.flatMap((inner) => (inner.code === 'invalid_type' ? [named(inner.expected)] : [])),
    )
    return [
      {
        field: fieldPath(path),
        message: 'is none of the allowed kinds',
        mend: expected.length === 0 ? 'use a known kind' : `give ${[...new Set(expected)].join(' or ')}`,
      },
    ]
  }
  return inputProblemsOf(first, path)
}

const names: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
}

function named(expected: string): string {
  return names[expected] ?? expected
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters'
  if (origin === 'array') return ' entries'
  return ''
}

function formMend(message: string, format: string): string {
  if (!message.startsWith('Invalid')) return message
  const forms: Record<string, string> = {
    uuid: 'give a UUID',
    datetime: 'give an instant such as 2026-01-31T09:00:00Z',
    date: 'give a date such as 2026-01-31',
  }
  return forms[format] ?? readable(message)
}

function readable(message: string): string {
  return message.replace(/^Invalid input: /, '').replace(/^Invalid /, 'not a valid ')
}
