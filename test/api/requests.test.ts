import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { can, permissions, Role } from '#domain/can.ts'
import { contract, type RouteShape } from '#domain/contract.ts'
import { run, sql } from '#store/db.ts'
import { draftAndReview } from '../support/maps.ts'
import { someOfEverything, type Ids } from './some-of-everything.ts'
import { fill, openTestApi, withPilot, type Answer, type TestApi } from './test-api.ts'

let api: TestApi
let ids: Ids
beforeAll(async () => {
  api = await openTestApi()
  ids = await someOfEverything(api)
  await run(api.db, sql`insert into person (id, name) values ('stranger', 'A Stranger')`)
  api.deps.personas.push({
    key: 'stranger',
    person: { id: 'stranger', name: 'A Stranger', sample: false },
    role: 'owner',
    says: '',
  })
})
afterAll(async () => {
  api.deps.personas.pop()
  await api.close()
})

const routes = Object.entries<RouteShape>(contract)
const keyOfRole: Record<Role, string> = { owner: 'priya', reviewer: 'sam', leader: 'dana' }

/** Asks with a body that is refused, so that nothing changes: access is decided before the body is read. */
async function ask(route: RouteShape, as: string | null): Promise<Answer> {
  return api.send(route.method, fill(route.path, ids), {
    as,
    headers: { 'idempotency-key': randomUUID(), 'content-type': 'text/unreadable' },
    ...(route.method === 'GET' ? {} : { raw: 'x' }),
  })
}

describe.each(routes)('%s', (name, route) => {
  it.each(Role.options)('lets a %s do what the table of permissions says', async (role) => {
    const actor = { id: 'x', name: 'x', sample: false, roles: [{ processId: 'p', role }] }
    const isAllowed = can(actor, route.permission, route.of === 'none' ? null : 'p')

    const answer = await ask(route, keyOfRole[role])

    if (isAllowed) expect([200, 415], `${name}: ${JSON.stringify(answer.body)}`).toContain(answer.status)
    else expect(answer.status, `${name}: ${JSON.stringify(answer.body)}`).toBe(403)
  })

  it('tells nobody in particular only what is open to all', async () => {
    const answer = await ask(route, null)

    const isOpen = permissions[route.permission] === 'anyone'
    if (isOpen) expect([200, 415]).toContain(answer.status)
    else expect(answer.status).toBe(401)
  })

  it('answers a stranger as if the object did not exist', async () => {
    if (route.of === 'none') return
    const answer = await ask(route, 'stranger')

    expect(answer.status).toBe(404)
    expect(answer.body['code']).toBe('NotFound')
  })
})

it('a role that was taken away is gone with the next request', async () => {
  const { processId } = await withPilot(api, draftAndReview())
  const path = `/api/processes/${processId}`
  expect((await api.send('GET', path, { as: 'dana' })).status).toBe(200)

  await run(api.db, sql`delete from membership where process_id = ${processId} and person_id = 'dana'`)

  expect((await api.send('GET', path, { as: 'dana' })).status).toBe(404)
})

describe('a session', () => {
  async function signIn(): Promise<string> {
    const response = await api.fetch('/api/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'http://127.0.0.1' },
      body: JSON.stringify({ persona: 'sam' }),
    })
    expect(response.status).toBe(200)
    return response.headers.get('set-cookie') ?? ''
  }

  it('is a cookie that scripts and other sites cannot use', async () => {
    const cookie = await signIn()

    expect(cookie).toMatch(/HttpOnly/)
    expect(cookie).toMatch(/SameSite=Lax/)
    const me = await api.send('GET', '/api/me', { as: null, headers: { cookie: cookie.split(';')[0] ?? '' } })
    expect(me.body).toMatchObject({ person: { id: 'sam' } })
  })

  it('ends when one signs out', async () => {
    const cookie = (await signIn()).split(';')[0] ?? ''

    const out = await api.send('DELETE', '/api/session', {
      as: null,
      headers: { cookie, origin: 'http://127.0.0.1', 'content-type': '' },
    })

    expect(out.status).toBe(200)
    expect((await api.send('GET', '/api/home', { as: null, headers: { cookie } })).status).toBe(401)
  })

  it.each([
    ['no origin', {}],
    ['a null origin', { origin: 'null' }],
    ['another site', { origin: 'http://evil.example' }],
    ['another port', { origin: 'http://127.0.0.1:81' }],
    ['an origin with a path', { origin: 'http://127.0.0.1/' }],
    ['a cross-site fetch', { origin: 'http://127.0.0.1', 'sec-fetch-site': 'cross-site' }],
  ])('changes nothing for a request with %s', async (_, headers) => {
    const cookie = (await signIn()).split(';')[0] ?? ''

    const answer = await api.send('POST', '/api/processes', {
      as: null,
      body: { name: 'From elsewhere' },
      headers: { cookie, ...headers },
    })

    expect(answer.status).toBe(403)
    expect(answer.body['code']).toBe('CrossSite')
    const same = await api.send('POST', '/api/processes', {
      as: null,
      body: { name: 'From here' },
      headers: { cookie, origin: 'http://127.0.0.1' },
    })
    expect(same.status).toBe(201)
  })
})

it('a name that was pointed at this machine is refused', async () => {
  const response = await api.fetch('/api/health', { headers: { host: 'rebound.example' } })

  expect(response.status).toBe(403)
})

it('every answer carries its request id and the headers that protect a page', async () => {
  for (const path of ['/api/health', '/api/nothing', '/api/home', '/somewhere']) {
    const { headers } = await api.fetch(path)

    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'self'; script-src 'self'; .*'nonce-/,
    )
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('same-origin')
  }
})

it('HEAD answers like GET, without a body', async () => {
  const response = await api.fetch('/api/health', { method: 'HEAD' })

  expect(response.status).toBe(200)
  expect(await response.text()).toBe('')
})

it('who changes too much in a minute waits, and others do not', async () => {
  const slow = await openTestApi({ writesPerMinute: 3 })
  const post = (as: string): Promise<Answer> =>
    slow.send('POST', '/api/processes', { as, body: { name: 'P' } })
  for (let count = 0; count < 3; count += 1) expect((await post('priya')).status).toBe(201)

  const answer = await post('priya')

  expect(answer.status).toBe(429)
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await post('sam')).status).toBe(201)
  await slow.close()
})

it('nobody can act as a persona where there is no demo', async () => {
  const real = await openTestApi({ demo: false })

  expect((await real.send('GET', '/api/home')).body['code']).toBe('DemoOnly')
  expect((await real.send('POST', '/api/session', { as: null, body: { persona: 'sam' } })).status).toBe(403)
  expect((await real.call('me', { as: null })).personas).toEqual([])
  await real.close()
})

describe('an idempotency key', () => {
  const post = (key: string, name: string): Promise<Answer> =>
    api.send('POST', '/api/processes', { body: { name }, headers: { 'idempotency-key': key } })

  it('gives the first answer again and does nothing twice', async () => {
    const key = randomUUID()

    const first = await post(key, 'Once')
    const again = await post(key, 'Once')

    expect(again.body).toEqual(first.body)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    const processes = await api.call('processes', {})
    expect(processes.filter((process) => process.name === 'Once')).toHaveLength(1)
  })

  it('is refused for another body', async () => {
    const key = randomUUID()
    await post(key, 'One thing')

    const other = await post(key, 'Another thing')

    expect(other.status).toBe(422)
    expect(other.body['code']).toBe('IdempotencyKeyReused')
  })

  it('that somebody died with is free again after a minute', async () => {
    const key = randomUUID()
    await post(key, 'Cut off')
    const held = (age: string): Promise<number> =>
      run(
        api.db,
        sql`update idempotency_key set status = null, at = now() - ${age}::interval where key = ${key}`,
      )

    await held('10 seconds')
    const soon = await post(key, 'Cut off')
    await held('2 minutes')
    const later = await post(key, 'Cut off')

    expect(soon.status).toBe(409)
    expect(soon.body['code']).toBe('RequestInFlight')
    expect(later.status).toBe(201)
  })

  it('is free again after a refusal', async () => {
    const key = randomUUID()
    const bad = await api.send('POST', '/api/processes', { body: {}, headers: { 'idempotency-key': key } })
    expect(bad.status).toBe(422)

    expect((await post(key, 'After the mend')).status).toBe(201)
  })
})
