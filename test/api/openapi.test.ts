import Ajv2020 from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openApiDocument } from '#api/openapi.ts'
import { statusOf } from '#api/respond.ts'
import { contract, type RouteName, type RouteShape } from '#domain/contract.ts'
import { someOfEverything, type Ids } from './some-of-everything.ts'
import { fill, openTestApi, type TestApi } from './test-api.ts'

const Operation = z.looseObject({
  operationId: z.string(),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string(), required: z.boolean() })),
  requestBody: z
    .looseObject({ content: z.record(z.string(), z.looseObject({ schema: z.unknown() })) })
    .optional(),
  responses: z.record(
    z.string(),
    z.looseObject({ content: z.record(z.string(), z.looseObject({ schema: z.unknown() })) }),
  ),
})
const Document = z.looseObject({
  openapi: z.literal('3.1.0'),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.looseObject({
    schemas: z.record(z.string(), z.unknown()),
    securitySchemes: z.record(z.string(), z.unknown()),
  }),
})
const document = Document.parse(openApiDocument())
const ajv = new Ajv2020({ strict: false, validateFormats: false })
ajv.addSchema({ $id: 'doc', components: document.components })

/** A schema of the document as one that can be checked with; its references lead into the document. */
function checkerOf(schema: unknown): ReturnType<typeof ajv.compile> {
  const text = JSON.stringify(schema).replaceAll('"#/components/', '"doc#/components/')
  const parsed: unknown = JSON.parse(text)
  return ajv.compile(z.record(z.string(), z.unknown()).parse(parsed))
}

let api: TestApi
let ids: Ids
beforeAll(async () => {
  api = await openTestApi()
  ids = await someOfEverything(api)
})
afterAll(() => api.close())

const routes = Object.entries<RouteShape>(contract)

describe('the description of the API', () => {
  it.each(routes)('has %s as the contract has it', (name, route) => {
    const operation = document.paths[route.path]?.[route.method.toLowerCase()]

    expect(operation?.operationId).toBe(name)
    const params = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
    expect(operation?.parameters.filter((each) => each.in === 'path').map((each) => each.name)).toEqual(
      params,
    )
    const key = operation?.parameters.find((each) => each.name === 'Idempotency-Key')
    expect(key?.required ?? null).toBe(
      route.idempotencyKey === 'none' ? null : route.idempotencyKey === 'required',
    )
    const types = Object.keys(operation?.requestBody?.content ?? {})
    const expected = {
      none: [],
      json: ['application/json'],
      csv: ['text/csv', 'application/gzip', 'application/octet-stream'],
    }
    expect(types).toEqual(expected[route.bodyType])
    const statuses = Object.keys(operation?.responses ?? {})
    expect(statuses).toContain(String(route.status))
    for (const code of route.problems) expect(statuses).toContain(String(statusOf[code]))
  })

  it('refers only to what is there, in schemas that can be compiled', () => {
    const text = JSON.stringify(document)
    const refs = new Set(
      [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1]),
    )
    expect([...refs].filter((ref) => !(String(ref) in document.components.schemas))).toEqual([])
    for (const schema of Object.values(document.components.schemas)) checkerOf(schema)
    expect(text).not.toContain('$defs')
  })

  it('names the ways in', () => {
    expect(document.components.securitySchemes).toMatchObject({
      persona: { in: 'header', name: 'Throughline-Persona' },
      session: { in: 'cookie' },
    })
  })
})

describe('what the API answers', () => {
  const reads = routes.filter(([name, route]) => route.method === 'GET' && name !== 'openapi')

  it.each(reads)('to %s is as described', async (_, route) => {
    const answer = await api.send('GET', fill(route.path, ids))

    const schema =
      document.paths[route.path]?.['get']?.responses[String(answer.status)]?.content['application/json']
    const check = checkerOf(schema?.schema)
    expect(check(answer.body['__list'] ?? answer.body), JSON.stringify(check.errors)).toBe(true)
  })

  it.each<[RouteName, string | null, number]>([
    ['home', null, 401],
    ['case', 'priya', 404],
    ['createProcess', 'priya', 422],
  ])('%s refuses with the described body', async (name, as, status) => {
    const route: RouteShape = contract[name]
    const answer = await api.send(route.method, fill(route.path, { caseId: 'none' }), {
      as,
      ...(route.method === 'GET' ? {} : { body: {} }),
    })

    const check = checkerOf(document.components.schemas['Problem'])
    expect(answer.status).toBe(status)
    expect(check(answer.body), JSON.stringify(check.errors)).toBe(true)
  })
})
