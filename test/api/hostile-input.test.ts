import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { contract, type RouteName, type RouteShape } from '#domain/contract.ts'
import { draftAndReview } from '../support/maps.ts'
import { batchEnds, someOfEverything, type Ids } from './some-of-everything.ts'
import { fill, openTestApi, type Answer, type Sent, type TestApi } from './test-api.ts'

let api: TestApi
let ids: Ids
beforeAll(async () => {
  api = await openTestApi()
  ids = await someOfEverything(api)
})
afterAll(() => api.close())

const routes = Object.entries<RouteShape>(contract).filter(([name]) => name !== 'openapi')
const ProblemBody = z.looseObject({
  type: z.string().regex(/^\/problems\/[A-Za-z]+$/),
  title: z.string().min(1),
  status: z.int(),
  detail: z.string().min(1),
  code: z.string().min(1),
  requestId: z.uuid(),
  errors: z
    .array(z.looseObject({ field: z.string().min(1), message: z.string().min(1), mend: z.string().min(1) }))
    .optional(),
})

function expectRefused(answer: Answer, about: string): z.infer<typeof ProblemBody> {
  expect(answer.status, `${about}: ${JSON.stringify(answer.body)}`).toBeGreaterThanOrEqual(400)
  expect(answer.status, `${about}: ${JSON.stringify(answer.body)}`).toBeLessThan(500)
  expect(answer.headers.get('content-type')).toContain('application/problem+json')
  const problem = ProblemBody.parse(answer.body)
  expect(problem.status).toBe(answer.status)
  return problem
}

/** A body that each route takes, so that one thing at a time can be made wrong. */
const good: Partial<Record<RouteName, () => Record<string, unknown>>> = {
  signIn: () => ({ persona: 'sam' }),
  createProcess: () => ({ name: 'A process' }),
  putMap: () => ({ revision: 1, map: draftAndReview() }),
  publishMap: () => ({ revision: 1 }),
  checkUpload: () => ({ mapping }),
  importBaseline: () => ({ mapping, stepNames: {}, calendar: null, skipRejected: false, sampleData: false }),
  startPilot: () => ({ version: 1, baselineId: null, days: 30, undoSeconds: 5 }),
  changePilot: () => ({ undoSeconds: 5 }),
  startCase: () => ({ values: { sender: 'Ann' } }),
  startSampleCases: () => ({ count: 1 }),
  stopCase: () => ({ reason: 'enough' }),
  commandCase: () => ({ kind: 'raise-exception', stepId: 'read', code: 'odd', note: '' }),
  messageCase: () => ({ messageId: randomUUID(), message: 'paid', values: {} }),
  commandPilot: () => ({ kind: 'resume' }),
  messagePilot: () => ({ messageId: randomUUID(), message: 'paid', key: 'k', values: {} }),
  moveCases: () => ({ toVersion: 1, stepIds: {}, newCases: false, reason: 'better' }),
  decide: () => ({
    decisionId: randomUUID(),
    taskVersion: 1,
    shownHash: 'shown-1',
    action: 'approve',
    values: null,
    reason: null,
    note: null,
    touchMs: null,
  }),
}
const mapping = {
  case: 'case',
  activity: 'activity',
  start: 'start',
  end: 'end',
  resource: null,
  enabled: null,
  lifecycle: null,
  instanceId: null,
  zone: 'UTC',
  dateOrder: null,
}

async function send(route: RouteShape, sent: Sent = {}, path = fill(route.path, ids)): Promise<Answer> {
  const headers = { 'idempotency-key': randomUUID(), ...sent.headers }
  const query = Object.keys(objectShape(route.query)).includes('fileName') ? '?fileName=log.csv' : ''
  return api.send(route.method, `${path}${query}`, { ...sent, headers })
}

function objectShape(schema: z.ZodType): Record<string, unknown> {
  return schema instanceof z.ZodObject ? schema.shape : {}
}

const wrongValues: unknown[] = [null, true, 17, -1, 1.5, 1e300, '', 'x'.repeat(300), [], {}, [null], { a: 1 }]
const takesJson = routes.filter(
  ([name, route]) => route.bodyType === 'json' && good[asName(name)] !== undefined,
)

function asName(name: string): RouteName {
  const found = Object.keys(contract).find((known): known is RouteName => known === name)
  if (found === undefined) throw new Error(`${name} is no route`)
  return found
}

describe.each(takesJson)('%s with a wrong body', (name, route) => {
  it('names each missing field', async () => {
    const body = good[asName(name)]?.() ?? {}
    const required = Object.entries(objectShape(route.body)).filter(
      ([, schema]) => schema instanceof z.ZodType && !schema.safeParse(undefined).success,
    )
    for (const [field] of required) {
      const { [field]: _, ...rest } = body
      const problem = expectRefused(await send(route, { body: rest }), `${name} without ${field}`)
      expect(problem.errors?.map((error) => error.field)).toContain(field)
    }
  })

  it('names each field of a wrong type, and no value brings the server down', async () => {
    const body = good[asName(name)]?.() ?? {}
    for (const [field, schema] of Object.entries(objectShape(route.body))) {
      for (const value of wrongValues) {
        const isAllowed = schema instanceof z.ZodType && schema.safeParse(value).success
        const answer = await send(route, { body: { ...body, [field]: value } })
        if (isAllowed) {
          expect(answer.status, `${name}.${field} = ${JSON.stringify(value)}`).toBeLessThan(500)
        } else {
          const problem = expectRefused(answer, `${name}.${field} = ${JSON.stringify(value)}`)
          if (answer.status === 422) {
            expect(problem.errors?.some((error) => error.field.startsWith(field))).toBe(true)
          }
        }
      }
    }
  })

  it('refuses what no form would send', async () => {
    const text = JSON.stringify(good[asName(name)]?.() ?? {})
    const hostile: [string, string][] = [
      ['no JSON', '{'],
      ['an empty text', '   '],
      ['an unknown field', `{"surprise":1,${text.slice(1)}`],
      ['a prototype', `{"__proto__":{"admin":true},${text.slice(1)}`],
      ['a key twice', `{"twin":1,"twin":2,${text.slice(1)}`],
      ['a number beyond range', `{"big":1e400,${text.slice(1)}`],
      ['a null character', `{"text":"a\\u0000b",${text.slice(1)}`],
      ['half a pair', `{"text":"\\ud800",${text.slice(1)}`],
      ['depth', `{"deep":${'['.repeat(5_000)}${']'.repeat(5_000)},${text.slice(1)}`],
      ['a list', '[1,2]'],
      ['a text', '"hello"'],
      ['null', 'null'],
    ]
    for (const [what, raw] of hostile) {
      const problem = expectRefused(await send(route, { raw }), `${name} with ${what}`)
      expect(problem.errors?.length, `${name} with ${what}`).toBeGreaterThan(0)
    }
    const notText = new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])
    expectRefused(await send(route, { raw: notText }), `${name} with bytes that are no text`)
  })

  it('takes JSON only, and no more of it than it says', async () => {
    const body = good[asName(name)]?.() ?? {}
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'text/csv',
      'x',
    ]) {
      const answer = await send(route, { body, headers: { 'content-type': type } })
      expect(answer.status, `${name} as ${type}`).toBe(415)
      expectRefused(answer, `${name} as ${type}`)
    }
    const answer = await send(route, { raw: `"${'x'.repeat(route.bodyLimit)}"` })
    expect(answer.status).toBe(413)
    expectRefused(answer, `${name} too large`)
  })
})

describe.each(routes.filter(([, route]) => route.of !== 'none'))('%s of something unknown', (name, route) => {
  it('answers 404 or names the parameter', async () => {
    const first = /\{(\w+)\}/.exec(route.path)?.[1] ?? ''
    const unknown = [
      'nobody',
      '0',
      '-1',
      'null',
      '..',
      "'; drop table person; --",
      'x'.repeat(120),
      'x'.repeat(121),
      '%',
    ]
    for (const id of unknown) {
      const path = fill(route.path, { ...ids, [first]: id })
      const body = good[asName(name)]?.()
      const problem = expectRefused(
        await send(route, body === undefined ? {} : { body }, path),
        `${name} of ${id}`,
      )
      expect([404, 405, 422]).toContain(problem.status)
    }
    const withNull = expectRefused(await send(route, {}, fill(route.path, { ...ids, [first]: 'a\0b' })), name)
    expect(withNull.errors?.[0]?.field).toBe(first)
  })
})

describe.each(routes)('%s with a wrong query', (name, route) => {
  it('names what it does not know and what is given twice', async () => {
    if (route.method !== 'GET') return
    const path = fill(route.path, ids)
    const unknown = expectRefused(await api.send('GET', `${path}?surprise=1`), `${name} with a surprise`)
    expect(unknown.errors?.[0]?.field).toBe('surprise')
    for (const field of Object.keys(objectShape(route.query))) {
      const twice = expectRefused(
        await api.send('GET', `${path}?${field}=1&${field}=2`),
        `${name} ${field} twice`,
      )
      expect(twice.errors?.[0]?.field).toBe(field)
      for (const value of ['%00', '%ff', '-1', '1e9', 'x'.repeat(5_000), "';--", '%E0%A4%A']) {
        const answer = await api.send('GET', `${path}?${field}=${value}`)
        expect(answer.status, `${name}?${field}=${value}`).toBeLessThan(500)
        if (answer.status >= 400) {
          expect(expectRefused(answer, name).errors?.[0]?.field).toBe(field)
        }
      }
    }
  })

  it('answers another method with 405 and says which', async () => {
    const answer = await api.send('POST', fill(route.path, { ...ids, version: '1' }), {
      body: {},
      headers: { 'x-http-method-override': 'DELETE' },
    })
    const methods = routes.filter(([, other]) => other.path === route.path).map(([, other]) => other.method)
    if (methods.includes('POST')) return
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toContain(methods[0])
  })
})

describe('files', () => {
  const files: [string, string | Uint8Array<ArrayBuffer>][] = [
    ['nothing', ''],
    ['one line', 'sender\n'],
    ['no header', '\n\n\n'],
    ['bytes', new Uint8Array([0, 1, 2, 3, 0xff, 0xfe])],
    ['a broken gzip', new Uint8Array([0x1f, 0x8b, 8, 0, 1, 2, 3, 4])],
    ['an open quote', 'sender,letter\n"Ann,Hello\n'],
    ['null characters', 'sender,letter\nA\0nn,Hello\n'],
    ['formulas', 'sender,letter\n=cmd|calc,@SUM(1)\n'],
    ['a wide row', `sender\n${'x,'.repeat(3_000)}\n`],
    ['unknown columns', 'colour,shape\nred,round\n'],
    ['the same column twice', 'sender,sender\nAnn,Bob\n'],
    ['prototype columns', 'sender,__proto__,constructor\nAnn,1,2\n'],
  ]

  it.each(files)('a file of cases with %s starts none by accident, and never a 5xx', async (what, raw) => {
    const before = await api.call('cases', { params: { pilotId: ids.pilotId } })
    const answer = await send(contract.startCases, { raw, headers: { 'content-type': 'text/csv' } })

    if (what === 'formulas') {
      expect(answer.status).toBe(202)
      await batchEnds(api, String(answer.body['id']))
    } else {
      expectRefused(answer, what)
      const after = await api.call('cases', { params: { pilotId: ids.pilotId } })
      expect(after.items.length).toBe(before.items.length)
    }
  })

  it.each(files)('a log with %s is refused or read, and never a 5xx', async (what, raw) => {
    const answer = await send(contract.uploadLog, {
      raw,
      headers: { 'content-type': 'application/octet-stream' },
    })
    expect(answer.status, `${what}: ${JSON.stringify(answer.body)}`).toBeLessThan(500)
    if (answer.status >= 400) expectRefused(answer, what)
  })

  it('a file of the wrong type or size is refused', async () => {
    for (const route of [contract.startCases, contract.uploadLog]) {
      const json = await send(route, { body: {} })
      expect(json.status).toBe(415)
      const large = new Uint8Array(route.bodyLimit + 1)
      const answer = await send(route, { raw: large, headers: { 'content-type': 'text/csv' } })
      expect(answer.status).toBe(413)
    }
  })
})

it('addresses that are written strangely lead nowhere', async () => {
  for (const path of [
    '//api/health',
    '/%2Fapi/health',
    '/api//health',
    '/api/health/',
    '/API/health',
    '/api/nothing',
    '/api',
  ]) {
    const answer = await api.send('GET', path)
    expect(answer.status, path).toBe(404)
    expectRefused(answer, path)
  }
})

it('a missing, empty or odd idempotency key is named', async () => {
  const path = fill(contract.startCase.path, ids)
  const body = { values: { sender: 'Ann' } }

  expect((await api.send('POST', path, { body })).body['code']).toBe('IdempotencyKeyMissing')
  for (const key of ['x'.repeat(201), 'caf\u00e9']) {
    const problem = expectRefused(
      await api.send('POST', path, { body, headers: { 'idempotency-key': key } }),
      key,
    )
    expect(problem.errors?.[0]?.field).toBe('Idempotency-Key')
  }
})

describe('a map with something wrong in it', () => {
  type Path = (string | number)[]

  function pathsOf(value: unknown, path: Path = []): Path[] {
    if (Array.isArray(value))
      return [path, ...value.flatMap((item, index) => pathsOf(item, [...path, index]))]
    if (typeof value !== 'object' || value === null) return [path]
    return [path, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]))]
  }

  /** A copy in which the thing at the path is another one. */
  function withOther(value: unknown, [first, ...rest]: Path, other: unknown): unknown {
    if (first === undefined) return other
    if (Array.isArray(value)) {
      return value.map((item: unknown, index) => (index === first ? withOther(item, rest, other) : item))
    }
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, key === first ? withOther(item, rest, other) : item]),
    )
  }

  it('is refused or stored with its faults, and published only without any', async () => {
    const map = draftAndReview()
    const others: unknown[] = [null, 'constructor', [], 1e300, 'x'.repeat(5_000)]
    const { id } = await api.call('createProcess', { body: { name: 'Fuzzed' } })
    let revision = 0
    for (const [index, path] of pathsOf(map).entries()) {
      const other = others[index % others.length]
      const about = `${path.join('.')} = ${JSON.stringify(other)?.slice(0, 40)}`
      const put = await api.send('PUT', `/api/processes/${id}/map`, {
        body: { revision, map: withOther(map, path, other) },
      })
      if (put.status !== 200) {
        const problem = expectRefused(put, about)
        expect(
          problem.errors?.every((error) => error.field.startsWith('map')),
          about,
        ).toBe(true)
        continue
      }
      revision += 1
      const published = await api.send('POST', `/api/processes/${id}/versions`, { body: { revision } })
      const faults = put.body['problems']
      expect(published.status, about).toBe(Array.isArray(faults) && faults.length > 0 ? 422 : 201)
    }
    expect(revision).toBeGreaterThan(10)
  })

  it('cannot be told a name that every object has', async () => {
    const map = draftAndReview()
    const taken = {
      ...map,
      fields: map.fields.map((known) => (known.name === 'urgent' ? { ...known, name: 'toString' } : known)),
    }
    const { id } = await api.call('createProcess', { body: { name: 'Taken' } })

    const put = await api.call('putMap', { params: { processId: id }, body: { revision: 0, map: taken } })

    expect(put.problems.map((problem) => problem.code)).toEqual(['FieldNameTaken'])
  })
})
