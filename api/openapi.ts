import { z } from 'zod'
import { contract, StreamEvent, type RouteShape } from '#domain/contract.ts'
import { permissions } from '#domain/can.ts'
import { InputProblem, MapProblem, RowProblem, type ProblemCode } from '#domain/problems.ts'
import { personaHeader, sessionCookie } from './who.ts'
import { statusOf } from './respond.ts'

type Json = { [key: string]: unknown }
type Document = { openapi: string } & Json

/** OpenAPI 3.1 of every route, from the very table that the server is made of. */
export function openApiDocument(): Document {
  made ??= makeDocument()
  return made
}
let made: Document | null = null

function makeDocument(): Document {
  const components: Json = {}
  const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Json => hoisted(schema, io, components)
  const paths: Record<string, Json> = {}
  for (const [name, route] of Object.entries<RouteShape>(contract)) {
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: operationOf(name, route, schemaOf),
    }
  }
  paths['/api/events'] = { get: eventsOperation(schemaOf) }
  components['Problem'] = problemSchema(schemaOf)
  return {
    openapi: '3.1.0',
    info: {
      title: 'Throughline',
      version: '1',
      description: [
        'Runs one mapped process as a measured pilot.',
        `A script acts as a person of the demo by the header \`Throughline-Persona: priya\` (owner), \`sam\` (reviewer) or \`dana\` (leader); this works only on a demo server bound to loopback.`,
        'Problems are RFC 9457 bodies; `code` says which, `errors` name each field and its mend.',
        'Lists give `next`, the `cursor` of their following page.',
      ].join(' '),
    },
    servers: [{ url: '/' }],
    security: [{ persona: [] }, { session: [] }],
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        persona: {
          type: 'apiKey',
          in: 'header',
          name: 'Throughline-Persona',
          description: `priya, sam or dana (${personaHeader} in lower case is the same header)`,
        },
        session: { type: 'apiKey', in: 'cookie', name: sessionCookie },
      },
    },
  }
}

type SchemaOf = (schema: z.ZodType, io: 'input' | 'output') => Json

function operationOf(name: string, route: RouteShape, schemaOf: SchemaOf): Json {
  const isOpen = permissions[route.permission] === 'anyone'
  const body = bodyOf(route, schemaOf)
  return {
    operationId: name,
    summary: route.summary,
    ...(isOpen ? { security: [] } : {}),
    'x-permission': route.permission,
    parameters: [...pathParameters(route), ...queryParameters(route, schemaOf), ...keyParameter(route)],
    ...(body === null ? {} : { requestBody: body }),
    responses: {
      [route.status]: {
        description: 'Done',
        content: { 'application/json': { schema: schemaOf(route.reply, 'output') } },
      },
      ...problemResponses(route, isOpen),
    },
  }
}

function pathParameters(route: RouteShape): Json[] {
  return [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => ({
    name: match[1],
    in: 'path',
    required: true,
    schema:
      match[1] === 'version'
        ? { type: 'integer', minimum: 1 }
        : { type: 'string', minLength: 1, maxLength: 120 },
  }))
}

function queryParameters(route: RouteShape, schemaOf: SchemaOf): Json[] {
  const { properties, required } = objectParts(schemaOf(route.query, 'input'))
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }))
}

function objectParts(schema: Json): { properties: Json; required: string[] } {
  const parts = z.object({
    properties: z.record(z.string(), z.unknown()).optional(),
    required: z.array(z.string()).optional(),
  })
  const { properties = {}, required = [] } = parts.parse(schema)
  return { properties, required }
}

function keyParameter(route: RouteShape): Json[] {
  if (route.idempotencyKey === 'none') return []
  return [
    {
      name: 'Idempotency-Key',
      in: 'header',
      required: route.idempotencyKey === 'required',
      description: 'A text of your own. Sent again with a retry, the same thing is never done twice (24 h).',
      schema: { type: 'string', minLength: 1, maxLength: 200 },
    },
  ]
}

function bodyOf(route: RouteShape, schemaOf: SchemaOf): Json | null {
  if (route.bodyType === 'none') return null
  if (route.bodyType === 'csv') {
    const file = { schema: { type: 'string', format: 'binary' } }
    return {
      required: true,
      description: `At most ${route.bodyLimit} bytes`,
      content: { 'text/csv': file, 'application/gzip': file, 'application/octet-stream': file },
    }
  }
  const schema = schemaOf(route.body, 'input')
  const { properties } = objectParts(schema)
  return {
    required: '$ref' in schema || Object.keys(properties).length > 0,
    description: `At most ${route.bodyLimit} bytes`,
    content: { 'application/json': { schema } },
  }
}

/** Problems that any route of its kind can answer, beside those that it names. */
function codesOf(route: RouteShape, isOpen: boolean): ProblemCode[] {
  return [
    ...route.problems,
    'InvalidInput',
    'CrossSite',
    'MethodNotAllowed',
    'DatabaseUnavailable',
    'Overloaded',
    ...(isOpen ? [] : (['NotSignedIn', 'NotAllowed'] as const)),
    ...(route.path.includes('{') ? (['NotFound'] as const) : []),
    ...(route.method === 'GET' ? [] : (['BodyTooLarge', 'WrongContentType', 'TooManyRequests'] as const)),
    ...(route.idempotencyKey === 'none' ? [] : (['IdempotencyKeyReused', 'RequestInFlight'] as const)),
    ...(route.idempotencyKey === 'required' ? (['IdempotencyKeyMissing'] as const) : []),
  ]
}

function problemResponses(route: RouteShape, isOpen: boolean): Json {
  const byStatus = new Map<number, ProblemCode[]>()
  for (const code of new Set(codesOf(route, isOpen))) {
    const status = statusOf[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  if (!byStatus.has(400)) byStatus.set(400, ['InvalidInput'])
  return Object.fromEntries(
    [...byStatus]
      .toSorted(([a], [b]) => a - b)
      .map(([status, codes]) => [status, { ...problemResponse(codes), ...retryHeader(status) }]),
  )
}

/** Whoever is refused for now is told when to come back. */
function retryHeader(status: number): Json {
  if (status !== 429 && status !== 503) return {}
  const schema = { type: 'integer', minimum: 1 }
  return { headers: { 'Retry-After': { description: 'Seconds to wait before the same again', schema } } }
}

function problemResponse(codes: ProblemCode[]): Json {
  return {
    description: codes.join(', '),
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  }
}

function problemSchema(schemaOf: SchemaOf): Json {
  const list = (schema: z.ZodType): Json => ({ type: 'array', items: schemaOf(schema, 'output') })
  return {
    type: 'object',
    description: 'RFC 9457. Members beyond the standard ones depend on the code.',
    required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
    properties: {
      type: { type: 'string', description: '/problems/<code>' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
      code: { type: 'string', enum: Object.keys(statusOf) },
      requestId: { type: 'string' },
      errors: list(InputProblem),
      problems: list(MapProblem),
      rows: list(RowProblem),
    },
    additionalProperties: true,
  }
}

function eventsOperation(schemaOf: SchemaOf): Json {
  return {
    operationId: 'events',
    summary: 'What changed, as server-sent events: each says what, never how',
    parameters: [
      { name: 'pilot', in: 'query', required: false, schema: { type: 'string' } },
      { name: 'Last-Event-ID', in: 'header', required: false, schema: { type: 'string' } },
    ],
    responses: {
      200: {
        description: 'A stream; the data of each message is a StreamEvent',
        content: { 'text/event-stream': { schema: schemaOf(StreamEvent, 'output') } },
      },
      401: problemResponse(['NotSignedIn']),
      404: problemResponse(['NotFound']),
      422: problemResponse(['InvalidInput']),
      429: { ...problemResponse(['TooManyRequests']), ...retryHeader(429) },
    },
  }
}

/** A schema whose named parts stand under components, each once. */
function hoisted(schema: z.ZodType, io: 'input' | 'output', components: Json): Json {
  const {
    $schema: _,
    $defs,
    ...own
  } = z
    .looseObject({ $defs: z.record(z.string(), z.unknown()).optional() })
    .parse(z.toJSONSchema(schema, { io, target: 'draft-2020-12', unrepresentable: 'any' }))
  for (const [id, part] of Object.entries($defs ?? {})) components[id] ??= pointed(part)
  const id = schema.meta()?.id
  if (id === undefined) return z.record(z.string(), z.unknown()).parse(pointed(own))
  components[id] ??= pointed(own)
  return { $ref: `#/components/schemas/${id}` }
}

/** Points into components what points into the schema's own definitions. */
function pointed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(pointed)
  if (typeof part !== 'object' || part === null) return part
  return Object.fromEntries(
    Object.entries(part)
      .filter(([key, value]) => typeof value !== 'string' || (key !== 'id' && key !== '$schema'))
      .map(([key, value]) => [
        key,
        key === '$ref' && typeof value === 'string'
          ? value.replace(/^#\/\$defs\//, '#/components/schemas/')
          : pointed(value),
      ]),
  )
}
