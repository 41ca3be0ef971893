import type { Field, FieldValue, FieldValues, ProcessMap } from '#domain/process-map.ts'
import { ApiError } from '#web/api.ts'
import { faultOf } from '../task/field-values.ts'

export type IntakeField = { field: Field; required: boolean }

/** What a case's form asks for, in the map's own order. */
export function intakeFieldsOf(map: ProcessMap): IntakeField[] {
  return map.intake.flatMap(({ field: name, required }) => {
    const field = map.fields.find((candidate) => candidate.name === name)
    return field === undefined ? [] : [{ field, required }]
  })
}

export type Faults = ReadonlyMap<string, string>

/** What is wrong with the values before they are sent, by field name, each with its mend. */
export function faultsOf(fields: IntakeField[], values: FieldValues): Faults {
  const faults = new Map<string, string>()
  for (const { field, required } of fields) {
    const value: FieldValue = values[field.name] ?? null
    const fault = faultOf(field, value)
    if (fault !== null) faults.set(field.name, fault)
    else if (required && isBlank(value)) faults.set(field.name, 'Fill this in: no case starts without it.')
  }
  return faults
}

function isBlank(value: FieldValue): boolean {
  return value === null || (typeof value === 'string' && value.trim() === '')
}

/** What the server found wrong, by field name; null when its answer is about something else. */
export function faultsFrom(error: unknown, fields: IntakeField[]): Faults | null {
  if (!(error instanceof ApiError)) return null
  const errors: unknown = error.body['errors']
  if (!Array.isArray(errors)) return null
  const faults = new Map<string, string>()
  for (const item of errors) {
    if (typeof item !== 'object' || item === null) continue
    const given = { field: '', message: '', mend: '', ...item }
    const name = String(given.field).split('.').at(-1) ?? ''
    if (fields.some(({ field }) => field.name === name)) {
      faults.set(name, `${given.message} ${given.mend}`.trim())
    }
  }
  return faults.size === 0 ? null : faults
}

/** Absent fields are left out: null would say "known to be absent". */
export function valuesToSend(fields: IntakeField[], values: FieldValues): FieldValues {
  return Object.fromEntries(
    fields.flatMap(({ field }) => {
      const value = values[field.name] ?? null
      return isBlank(value) ? [] : [[field.name, value]]
    }),
  )
}
