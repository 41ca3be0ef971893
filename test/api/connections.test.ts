import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ProcessMap } from '#domain/process-map.ts'
import type { ConnectionBody } from '#domain/views/connections.ts'
import { loadConnection, headerPlace } from '#store/connections.ts'
import { oneRow, rows, run, sql } from '#store/db.ts'
import { open } from '#store/secrets/envelope.ts'
import { aMap, call, draftAndReview, end } from '../support/maps.ts'
import { openTestApi, testKeys, withPilot, type Answer, type TestApi } from './test-api.ts'

const canary = 'canary-7d21f0'
const logged: string[] = []
let api: TestApi
let processId: string
beforeAll(async () => {
  api = await openTestApi({ log: (entry) => logged.push(JSON.stringify(entry)) })
  ;({ processId } = await withPilot(api, draftAndReview()))
})
afterAll(() => api.close())

const good: ConnectionBody = {
  baseUrl: 'https://register.example/v1',
  privateAddress: false,
  headers: [{ name: 'authorization', value: `Bearer ${canary}` }],
}
const pathOf = (name: string, process = processId): string => `/api/processes/${process}/connections/${name}`
const put = async (name: string, body: unknown, as = 'priya'): Promise<Answer> =>
  api.send('PUT', pathOf(name), { as, body })
const names = async (): Promise<string[]> =>
  (await api.call('connections', { params: { processId } })).map(({ name }) => name)

async function secretOf(name: string, header: string): Promise<string | null> {
  const connection = await loadConnection(api.db, processId, name)
  const stored = connection?.headers.find((each) => each.header === header)
  if (stored === undefined) return null
  const opened = open(testKeys, headerPlace({ processId, name, header }), stored.sealed)
  return opened.ok ? opened.secret : opened.why
}

describe('a connection', () => {
  it('is stored sealed and shown without its secrets', async () => {
    const listed = await api.call('putConnection', {
      params: { processId, connection: 'register' },
      body: good,
    })

    expect(listed).toMatchObject([
      {
        name: 'register',
        baseUrl: 'https://register.example/v1',
        privateAddress: false,
        headers: ['authorization'],
        changedBy: { id: 'priya' },
      },
    ])
    expect(await api.call('connections', { params: { processId } })).toEqual(listed)
    expect(await secretOf('register', 'authorization')).toBe(`Bearer ${canary}`)
  })

  it('keeps what is not given again, takes what is, and drops what is left out', async () => {
    await put('changing', {
      ...good,
      headers: [
        { name: 'authorization', value: 'Bearer one-11111' },
        { name: 'x-key', value: 'two-22222' },
        { name: 'x-old', value: 'three-33333' },
      ],
    })

    const answer = await put('changing', {
      ...good,
      baseUrl: 'https://register.example/v2/',
      headers: [
        { name: 'authorization', value: null },
        { name: 'x-key', value: 'four-44444' },
      ],
    })

    expect(answer.status).toBe(200)
    expect(await secretOf('changing', 'authorization')).toBe('Bearer one-11111')
    expect(await secretOf('changing', 'x-key')).toBe('four-44444')
    expect(await secretOf('changing', 'x-old')).toBeNull()
    expect((await loadConnection(api.db, processId, 'changing'))?.baseUrl).toBe('https://register.example/v2')
  })

  it('does not carry a secret along to another host', async () => {
    await put('moving', good)

    const answer = await put('moving', {
      ...good,
      baseUrl: 'https://elsewhere.example/v1',
      headers: [{ name: 'authorization', value: null }],
    })

    expect(answer).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'headers[0].value', message: 'was given for another address' }] },
    })
    expect((await loadConnection(api.db, processId, 'moving'))?.baseUrl).toBe(good.baseUrl)
  })

  it.each([
    ['an address without TLS', { ...good, baseUrl: 'http://register.example' }, 'baseUrl'],
    ['an address on this machine', { ...good, baseUrl: 'https://127.0.0.1' }, 'baseUrl'],
    ['an address in disguise', { ...good, baseUrl: 'https://0x7f.1' }, 'baseUrl'],
    [
      'an address where clouds keep secrets',
      { ...good, baseUrl: 'http://169.254.169.254', privateAddress: true },
      'baseUrl',
    ],
    ['an address with a password', { ...good, baseUrl: 'https://a:b@register.example' }, 'baseUrl'],
    [
      'a header that is set for everybody',
      { ...good, headers: [{ name: 'host', value: canary }] },
      'headers[0].name',
    ],
    [
      'a key of its own',
      { ...good, headers: [{ name: 'idempotency-key', value: canary }] },
      'headers[0].name',
    ],
    ['capital letters', { ...good, headers: [{ name: 'Authorization', value: canary }] }, 'headers[0].name'],
    [
      'a line break',
      { ...good, headers: [{ name: 'x-key', value: `${canary}\r\nx: y` }] },
      'headers[0].value',
    ],
    [
      'a secret that was never given',
      { ...good, headers: [{ name: 'x-key', value: null }] },
      'headers[0].value',
    ],
    [
      'a header twice',
      {
        ...good,
        headers: [
          { name: 'x-key', value: canary },
          { name: 'x-key', value: canary },
        ],
      },
      'headers',
    ],
    ['more than it knows', { ...good, secret: canary }, 'secret'],
  ])('with %s is refused by name, and nothing is repeated', async (_, body, field) => {
    const answer = await put('refused', body)

    expect(answer.status).toBe(422)
    expect(JSON.stringify(answer.body['errors'])).toContain(`"field":"${field}"`)
    expect(JSON.stringify(answer.body)).not.toContain(canary)
    expect(await names()).not.toContain('refused')
  })

  it('has a name that a map can hold', async () => {
    expect((await put('Register', good)).status).toBe(422)
    expect((await put('a_b', good)).status).toBe(422)
  })

  it('is a matter of the owner', async () => {
    await put('mine', good)

    for (const as of ['sam', 'dana']) {
      expect((await put('mine', good, as)).status).toBe(403)
      expect((await api.send('GET', `/api/processes/${processId}/connections`, { as })).status).toBe(403)
      expect((await api.send('DELETE', pathOf('mine'), { as })).status).toBe(403)
    }
    const theirs = await api.send('GET', `/api/processes/${randomUUID()}/connections`)
    expect(theirs.status).toBe(404)
    expect(await names()).toContain('mine')
  })

  it('is removed with its secrets, once', async () => {
    await put('leaving', good)

    const [first, second] = [
      await api.send('DELETE', pathOf('leaving')),
      await api.send('DELETE', pathOf('leaving')),
    ]

    expect([first.body, second.body]).toEqual([{ deleted: true }, { deleted: false }])
    expect(await loadConnection(api.db, processId, 'leaving')).toBeNull()
  })

  it('leaves rows in the audit that say what was changed, and no secret anywhere', async () => {
    await put('audited', good)
    await put('audited', { ...good, headers: [{ name: 'authorization', value: null }] })
    await api.send('DELETE', pathOf('audited'))

    const found = await rows(
      api.db,
      z.object({ action: z.string(), detail: z.record(z.string(), z.unknown()) }),
      sql`select action, detail from audit where object_id = ${`${processId}/audited`} order by id`,
    )
    expect(found).toMatchObject([
      { action: 'put-connection', detail: { headers: 'authorization', newSecrets: 1 } },
      { action: 'put-connection', detail: { headers: 'authorization', newSecrets: 0 } },
      { action: 'delete-connection' },
    ])
    const { text } = await oneRow(
      api.db,
      z.object({ text: z.string() }),
      sql`select database_to_xml(true, false, '')::text as text`,
    )
    expect(text).toContain('put-connection')
    expect(text).not.toContain(canary)
    expect(logged.join('\n')).not.toContain(canary)
  })
})

describe('a server', () => {
  it('without a master key keeps no secrets, and connections that need none', async () => {
    const bare = await openTestApi({ secretKeys: null })
    const { processId: process } = await withPilot(bare, draftAndReview())

    const secret = await bare.send('PUT', pathOf('register', process), { body: good })
    const without = await bare.send('PUT', pathOf('register', process), { body: { ...good, headers: [] } })

    expect(secret).toMatchObject({ status: 409, body: { code: 'NoMasterKey' } })
    expect(without.status).toBe(200)
    await bare.close()
  })

  it('that lists private addresses takes those and no others', async () => {
    const strict = await openTestApi({ privateCalls: ['10.0.0.5:8080'] })
    const { processId: process } = await withPilot(strict, draftAndReview())
    const at = async (baseUrl: string): Promise<number> =>
      (
        await strict.send('PUT', pathOf('ledger', process), {
          body: { baseUrl, privateAddress: true, headers: [] },
        })
      ).status

    expect([await at('http://10.0.0.5:8080/v1'), await at('http://10.0.0.5/v1')]).toEqual([200, 422])
    await strict.close()
  })
})

describe('a map that calls', () => {
  const calling: ProcessMap = aMap([call('ask', { connection: 'ledger' }), end()])

  async function publish(process: string, revision: number): Promise<Answer> {
    return api.send('POST', `/api/processes/${process}/versions`, { body: { revision } })
  }

  it('is published only with its connection, which then stays as long as cases may come', async () => {
    const created = await api.call('createProcess', { body: { name: 'Calling' } })
    const { id } = created
    const stored = await api.call('putMap', {
      params: { processId: id },
      body: { revision: 0, map: calling },
    })
    const refused = await publish(id, stored.revision)

    expect(stored.problems).toMatchObject([
      { code: 'ConnectionMissing', stepId: 'ask', at: 'steps[0].connection' },
    ])
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'MapNotRunnable', problems: [{ code: 'ConnectionMissing', stepId: 'ask' }] },
    })

    await api.call('putConnection', {
      params: { processId: id, connection: 'ledger' },
      body: { ...good, headers: [] },
    })
    expect((await publish(id, stored.revision)).status).toBe(201)
    expect((await api.call('process', { params: { processId: id } })).problems).toEqual([])

    const pilot = await api.call('startPilot', {
      params: { processId: id },
      body: { version: 1, baselineId: null, days: 30, undoSeconds: 0 },
    })
    const kept = await api.send('DELETE', pathOf('ledger', id))
    expect(kept).toMatchObject({ status: 409, body: { code: 'InUse' } })

    await run(api.db, sql`update pilot set status = 'ended' where id = ${pilot.id}`)
    expect((await api.send('DELETE', pathOf('ledger', id))).body).toEqual({ deleted: true })
  })

  it('does not take the connection of another process for its own', async () => {
    const { id } = await api.call('createProcess', { body: { name: 'Other' } })
    await put('ledger', { ...good, headers: [] })
    const stored = await api.call('putMap', {
      params: { processId: id },
      body: { revision: 0, map: calling },
    })

    expect((await publish(id, stored.revision)).status).toBe(422)
  })
})
