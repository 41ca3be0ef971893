import type { MapIndex } from './graph.ts'
import type { MapProblem } from './problems.ts'
import type { Field } from './process-map.ts'

/** Takes one fault of a map. */
export type Report = (problem: MapProblem) => void

/** One part of a map that is looked at, and where it stands. */
export type At<S> = { index: MapIndex; step: S; at: string; report: Report }

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

export function fieldOf(index: MapIndex, name: string): Field | null {
  return index.fields.get(name) ?? null
}

/** Each name that comes more than once, once. */
export function repeated(names: readonly string[]): string[] {
  const seen = new Set<string>()
  const again = new Set<string>()
  for (const name of names) {
    if (seen.has(name)) again.add(name)
    seen.add(name)
  }
  return [...again]
}
