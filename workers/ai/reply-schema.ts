import { z } from 'zod'
import type { Field, FieldValue } from '#domain/process-map.ts'

/** What a field may hold in a draft; null says that the model cannot tell. */
function valueOf(field: Field): z.ZodType<FieldValue> {
  switch (field.type) {
    case 'text':
    case 'long-text':
      return z.string().max(50_000).nullable()
    case 'number':
      return z.number().nullable()
    case 'yes-no':
      return z.boolean().nullable()
    case 'date':
      return z.iso.date().nullable()
    case 'choice':
      return z.enum(field.choices).nullable()
  }
}

/** The draft that a reply must hold: exactly the step's outputs. */
export function draftSchema(outputs: Field[]): z.ZodType<Record<string, FieldValue>> {
  return z.strictObject(Object.fromEntries(outputs.map((field) => [field.name, valueOf(field)])))
}

function jsonTypeOf(field: Field): object {
  switch (field.type) {
    case 'text':
    case 'long-text':
      return { type: ['string', 'null'] }
    case 'number':
      return { type: ['number', 'null'] }
    case 'yes-no':
      return { type: ['boolean', 'null'] }
    case 'date':
      return { type: ['string', 'null'], format: 'date' }
    case 'choice':
      return { type: ['string', 'null'], enum: [...field.choices, null] }
  }
}

/** The same as JSON Schema, in the subset that strict structured output allows. */
export function draftJsonSchema(outputs: Field[]): Record<string, unknown> {
  return {
    type: 'object',
    additionalProperties: false,
    required: outputs.map((field) => field.name),
    properties: Object.fromEntries(
      outputs.map((field) => [field.name, { ...jsonTypeOf(field), description: describe(field) }]),
    ),
  }
}

function describe({ label, hint }: Field): string {
  return hint === '' ? label : `${label}. ${hint}`
}
