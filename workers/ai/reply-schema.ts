import { z } from 'zod'
import type { Field, FieldValue } from '#domain/process-map.ts'

/** What a field may hold in a draft; null says that the model cannot tell. */
function valueOf(field: Field): z.ZodType<FieldValue> {
  switch (field.type) {
    case 'text':
    case 'long-text':
    case 'list':
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

/** In a field of one line; a small model does not find its end by itself. */
const shortTextLength = 120

function jsonTypeOf(field: Field, limitsText: boolean): object {
  switch (field.type) {
    case 'text':
      return { type: ['string', 'null'], ...(limitsText ? { maxLength: shortTextLength } : {}) }
    case 'long-text':
    case 'list':
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

/**
 * The same as JSON Schema, in the subset that strict structured output allows. Lengths are not part of that
 * subset, so only an endpoint that is known to take them (`limitsText`) is told any.
 */
export function draftJsonSchema(
  outputs: Field[],
  { limitsText }: { limitsText: boolean },
): Record<string, unknown> {
  return {
    type: 'object',
    additionalProperties: false,
    required: outputs.map((field) => field.name),
    properties: Object.fromEntries(
      outputs.map((field) => [
        field.name,
        { ...jsonTypeOf(field, limitsText), description: describe(field) },
      ]),
    ),
  }
}

function describe({ label, hint }: Field): string {
  return hint === '' ? label : `${label}. ${hint}`
}
