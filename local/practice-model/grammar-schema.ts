import type { GbnfJsonSchema } from 'node-llama-cpp'
import * as z from 'zod'
import { JsonSchema } from './protocol.ts'

/** A small model may write on for ever inside an unbounded text, so each text gets an end. */
const longestText = 600
const longestList = 12
const deepest = 12

const Scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])
const TypeName = z.enum(['string', 'number', 'integer', 'boolean', 'null', 'object', 'array'])

const Known = z.object({
  type: z.union([TypeName, z.array(TypeName)]).optional(),
  enum: z.array(Scalar).optional(),
  const: Scalar.optional(),
  anyOf: z.array(JsonSchema).optional(),
  oneOf: z.array(JsonSchema).optional(),
  $ref: z.string().optional(),
  properties: z.record(z.string(), JsonSchema).optional(),
  items: JsonSchema.optional(),
  minItems: z.number().int().optional(),
  maxItems: z.number().int().optional(),
  minLength: z.number().int().optional(),
  maxLength: z.number().int().optional(),
  format: z.string().optional(),
})

/** What a grammar can hold of a JSON Schema; null when the schema needs something it cannot say. */
export function grammarSchema(schema: JsonSchema): GbnfJsonSchema | null {
  try {
    return convert(schema, schema, 0)
  } catch {
    return null
  }
}

function convert(raw: JsonSchema, root: JsonSchema, depth: number): GbnfJsonSchema {
  if (depth > deepest) throw new Error('the schema is nested too deeply for a grammar')
  const schema = Known.parse(raw)
  const inner = (child: JsonSchema): GbnfJsonSchema => convert(child, root, depth + 1)
  if (schema.$ref !== undefined) return inner(referenced(schema.$ref, root))
  if (schema.const !== undefined) return { const: schema.const }
  if (schema.enum) return { enum: schema.enum }
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return { oneOf: choices.map(inner) }
  if (Array.isArray(schema.type)) return { oneOf: schema.type.map((type) => inner({ ...raw, type })) }
  switch (schema.type) {
    case 'object': {
      const properties = Object.entries(schema.properties ?? {}).map(([name, child]) => [name, inner(child)])
      return { type: 'object', properties: Object.fromEntries(properties), additionalProperties: false }
    }
    case 'array':
      return {
        type: 'array',
        items: schema.items ? inner(schema.items) : { type: 'string' },
        minItems: schema.minItems ?? 0,
        maxItems: schema.maxItems ?? Math.max(longestList, schema.minItems ?? 0),
      }
    case 'string':
      return text(schema)
    case 'number':
    case 'integer':
    case 'boolean':
    case 'null':
      return { type: schema.type }
    case undefined:
      throw new Error('a schema without a type has no grammar')
  }
}

function text({ format, minLength, maxLength }: z.infer<typeof Known>): GbnfJsonSchema {
  if (format === 'date' || format === 'time' || format === 'date-time') return { type: 'string', format }
  return {
    type: 'string',
    minLength: minLength ?? 0,
    maxLength: Math.min(maxLength ?? longestText, Math.max(longestText, minLength ?? 0)),
  }
}

function referenced(pointer: string, root: JsonSchema): JsonSchema {
  const steps = pointer
    .replace(/^#\/?/, '')
    .split('/')
    .filter((step) => step !== '')
  const found = steps.reduce<unknown>((at, step) => JsonSchema.parse(at)[step], root)
  return JsonSchema.parse(found)
}
