import type { MapProblem } from './problems.ts'
import type { Field, ProcessMap } from './process-map.ts'

/** Takes one fault of a map. */
export type Report = (problem: MapProblem) => void

/** One part of a map that is looked at, and where it stands. */
export type At<S> = { map: ProcessMap; step: S; at: string; report: Report }

export function fault(
  code: string,
  stepId: string | null,
  at: string,
  message: string,
  mend: string,
): MapProblem {
  return { code, stepId, at, message, mend }
}

export function undeclared(name: string, stepId: string | null, at: string): MapProblem {
  return fault(
    'FieldMissing',
    stepId,
    at,
    `"${name}" is not declared`,
    'Add it to the fields, or correct the name',
  )
}

export function fieldOf(map: ProcessMap, name: string): Field | null {
  return map.fields.find((field) => field.name === name) ?? null
}

export function repeated(names: string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))]
}
