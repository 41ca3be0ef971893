import type { Field, FieldValue } from '#domain/process-map.ts'
import type { DraftField } from '#domain/views/tasks.ts'

export function aField(over: Partial<Field> = {}): Field {
  return {
    name: 'client',
    label: 'Client',
    type: 'text',
    choices: [],
    hint: '',
    sensitivity: 'internal',
    ...over,
  }
}

type DraftOver = Partial<Omit<DraftField, 'field'>> & { field?: Partial<Field>; value?: FieldValue }

export function aDraftField({ field, ...over }: DraftOver = {}): DraftField {
  return {
    field: aField(field),
    value: 'Halden Reeve Architects LLP',
    band: 'looks-right',
    says: 'Found in the form',
    evidence: [],
    previous: null,
    ...over,
  }
}
