import { officeHours } from '#domain/measure/working-time.ts'
import type { Guidance, ProcessMap, Step, StepKind } from '#domain/process-map.ts'

/** A small map that shows one kind of step, as docs/steps.md explains it. Firms and people are made up. */
export type Pattern = {
  key: string
  /** The kinds of step that it is here for. */
  shows: StepKind[]
  map: ProcessMap
  /** Published maps that it contains. */
  others: { processId: string; map: ProcessMap }[]
  /** Other systems that it asks, by the names its steps use. */
  connections: { name: string; address: string }[]
}

/** What a map has when nothing special is said. */
export const mapBase = {
  schema: 1,
  purpose: '',
  exceptions: [],
  calendar: officeHours({ zone: 'Europe/London' }),
} satisfies Partial<ProcessMap>

/** What a step has when nothing special is said. */
export const stepBase = {
  lane: null,
  who: 'Office',
  inputs: [],
  systems: [],
  maxVisits: 5,
} satisfies Partial<Step>

export const byRule = { ...stepBase, who: 'By rule', guidance: howTo() }

/** How a person does it, line by line. */
export function howTo(...lines: string[]): Guidance {
  return { lines, goodExample: null, promptToCopy: null }
}
