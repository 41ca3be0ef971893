import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { RunStepResult } from '#domain/case-messages.ts'
import type { FieldValues, ProcessMap, StepOf } from '#domain/process-map.ts'
import type { ConnectionBody } from '#domain/views/connections.ts'
import { oneRow, run, sql } from '#store/db.ts'
import { aMap, call, end, field } from '#test/support/maps.ts'
import { startOtherSystem, type Behaviour, type OtherSystem } from '#test/support/other-system.ts'
import { openTestStore, type TestStore } from '#test/support/store.ts'
import { connectCaller } from '#workers/call/caller.ts'
import { casePort } from '#workers/case-port.ts'
import type { CasePort } from '#workers/ports.ts'
import { aStepToRun, testKeys, type StepToRun } from '../support/step-runner.ts'

const secret = 'Bearer canary-secret-6f1d'

let store: TestStore
let other: OtherSystem
beforeAll(async () => {
  ;[store, other] = await Promise.all([openTestStore(), startOtherSystem()])
})
afterAll(async () => {
  await other.close()
  await store.close()
})

function callMap(more: Partial<StepOf<'call'>> = {}): ProcessMap {
  const step = call('ask', { retry: { attempts: 3, firstPauseSeconds: 0.5 }, ...more })
  const map = aMap([step, end()])
  return {
    ...map,
    fields: [
      ...map.fields,
      field('orderId'),
      field('total', 'number'),
      field('open', 'yes-no'),
      field('day', 'date'),
      field('state', 'choice', { choices: ['new', 'paid'] }),
      field('lines', 'list'),
    ],
  }
}

/** A call that must not be made twice. */
const order: Partial<StepOf<'call'>> = {
  method: 'POST',
  path: '/orders',
  inputs: ['sender', 'amount', 'lines'],
  body: ['sender', 'amount', 'lines'],
  repeatable: false,
  outputs: ['orderId'],
  reply: [{ field: 'orderId', pointer: '/order/id' }],
}

async function calling(
  more: Partial<StepOf<'call'>> = {},
  values: FieldValues = { sender: 'Ruth' },
  connection: Partial<ConnectionBody> = {},
): Promise<StepToRun> {
  return aStepToRun(store, callMap(more), {
    stepId: 'ask',
    values,
    connections: {
      register: {
        baseUrl: other.baseUrl,
        privateAddress: true,
        headers: [{ name: 'authorization', value: secret }],
        ...connection,
      },
    },
  })
}

function causeOf(result: RunStepResult): string {
  return result.status === 'failed' ? result.failure.cause : result.status
}
async function typesOf(step: StepToRun): Promise<string[]> {
  return (await step.events()).map((event) => event.type)
}

describe('a call', () => {
  it('sends what the map says, with the secrets of its connection and the key of its visit', async () => {
    other.behave({ does: 'reply', body: { order: { id: 'A-17' } } })
    const step = await calling(order, { sender: 'Ruth', amount: 12.5, lines: 'one\n\ntwo' })

    const { result } = await step.run()

    expect(result).toMatchObject({ status: 'done', fields: ['orderId'] })
    expect(await step.documentOf(result)).toEqual({ orderId: 'A-17' })
    const [heard] = other.heard
    expect(heard).toMatchObject({ method: 'POST', path: '/api/orders' })
    expect(JSON.parse(heard?.body ?? '')).toEqual({ sender: 'Ruth', amount: 12.5, lines: ['one', 'two'] })
    expect(heard?.headers).toMatchObject({
      authorization: secret,
      'content-type': 'application/json',
      'idempotency-key': `${step.caseId}:ask#1`,
    })
  })

  it('is told as answered and as done by the system, with the time that it took', async () => {
    other.behave({ does: 'reply', body: { order: { id: 'A-17' } }, status: 201 })
    const step = await calling(order, { sender: 'Ruth', amount: 1, lines: null })

    await step.run()

    const events = await step.events()
    expect(events.find((event) => event.type === 'call-answered')).toMatchObject({
      execId: 'ask#1',
      connection: 'register',
      method: 'POST',
      status: 201,
      attempts: 1,
    })
    const finished = events.find((event) => event.type === 'step-finished')
    expect(finished).toMatchObject({ doneBy: 'system', touchMs: null })
    if (finished?.type !== 'step-finished' || finished.machineMs === null) throw new Error('no machine time')
    expect(finished.leadMs).toBeGreaterThanOrEqual(finished.machineMs)
  })

  it('puts values into its path so that none can become more than a value', async () => {
    other.behave({ does: 'reply', body: {} })
    const step = await calling({ path: '/letters/{sender}?by={sender}' }, { sender: 'a/b?c=1&d#ü %' })

    await step.run()

    const encoded = 'a%2Fb%3Fc%3D1%26d%23%C3%BC%20%25'
    expect(other.heard[0]?.path).toBe(`/api/letters/${encoded}?by=${encoded}`)
  })

  it.each(['..', '.', ' ', ''])('does not go out with "%s" in its path', async (sender) => {
    other.behave({ does: 'reply', body: {} })
    const step = await calling({}, { sender })

    const { result } = await step.run()

    expect(causeOf(result)).toBe('data')
    expect(other.heard).toEqual([])
  })

  it('reads every type of field out of a reply, and null as known to be absent', async () => {
    other.behave({
      does: 'reply',
      body: {
        id: 'A-1',
        sums: [{ total: 12.5 }],
        open: false,
        day: '2026-03-01',
        state: 'paid',
        'li/nes': ['one', 2, 'three\nfour'],
        nothing: null,
      },
    })
    const step = await calling({
      outputs: ['orderId', 'total', 'open', 'day', 'state', 'lines', 'summary'],
      reply: [
        { field: 'orderId', pointer: '/id' },
        { field: 'total', pointer: '/sums/0/total' },
        { field: 'open', pointer: '/open' },
        { field: 'day', pointer: '/day' },
        { field: 'state', pointer: '/state' },
        { field: 'lines', pointer: '/li~1nes' },
        { field: 'summary', pointer: '/nothing' },
      ],
    })
    step.request.conditionFields = ['total', 'open']

    const { result } = await step.run()

    expect(result).toMatchObject({ values: { total: 12.5, open: false } })
    expect(await step.documentOf(result)).toEqual({
      orderId: 'A-1',
      total: 12.5,
      open: false,
      day: '2026-03-01',
      state: 'paid',
      lines: 'one\n2\nthree four',
      summary: null,
    })
  })

  it('without outputs is done with an empty reply', async () => {
    other.behave({ does: 'reply', body: undefined, status: 204 })
    const step = await calling({ method: 'DELETE' })

    const { result } = await step.run()

    expect(result).toMatchObject({ status: 'done', fields: [] })
  })

  it('without outputs does not wait for the end of a reply that nobody reads', async () => {
    other.behave({ does: 'drip', everyMs: 50 })
    const step = await calling({ deadlineSeconds: 300 })

    const { result } = await step.run()

    expect(result.status).toBe('done')
    await expect.poll(() => other.heard[0]?.closed, { timeout: 20_000 }).toBe(true)
  })
})

describe('a reply that cannot be used', () => {
  const read: Partial<StepOf<'call'>> = {
    outputs: ['total'],
    reply: [{ field: 'total', pointer: '/total' }],
  }
  const replies: [string, Behaviour, string][] = [
    ['a web page', { does: 'text', text: '<html>Welcome to the guest network</html>' }, 'it is not JSON'],
    ['nothing', { does: 'reply', body: undefined }, 'it is empty'],
    ['another shape', { does: 'reply', body: { sum: 1 } }, 'there is nothing at "/total" for "total"'],
    ['another type', { does: 'reply', body: { total: '12' } }, '"total" is not a number'],
    ['an object', { does: 'reply', body: { total: {} } }, 'what stands at "/total" does not fit "total"'],
    ['a flood', { does: 'flood', bytes: 300_000 }, 'it is longer than we read'],
  ]
  it.each(replies)('such as %s fails once, for good', async (_, behaviour, why) => {
    other.behave(behaviour)
    const step = await calling(read)

    const { result } = await step.run()

    expect(causeOf(result)).toBe('call-failed')
    expect(result).toMatchObject({ failure: { message: expect.stringContaining(why) } })
    expect(other.heard).toHaveLength(1)
    expect(await typesOf(step)).toContain('call-failed')
  })

  it('is kept for the person who takes over', async () => {
    other.behave({ does: 'text', text: 'Closed\u0000 until Monday' })
    const step = await calling(read)

    const { result } = await step.run()

    expect(await step.documentOf(result)).toEqual({ text: 'Closed\ufffd until Monday' })
  })
})

describe('a call that goes wrong', () => {
  const post: Partial<StepOf<'call'>> = { method: 'POST', path: '/orders', repeatable: false }
  const read: Partial<StepOf<'call'>> = {
    outputs: ['orderId'],
    reply: [{ field: 'orderId', pointer: '/id' }],
  }
  // Long enough for a busy machine to have sent it.
  const soon = { deadlineSeconds: 3 }
  /** What happens, how the call is made, the cause that is left, and how often the other system was asked. */
  const table: [string, Behaviour, Partial<StepOf<'call'>>, string, number][] = [
    ['a refusal', { does: 'reply', body: { error: 'no' }, status: 422 }, post, 'call-refused', 1],
    ['a key that is not taken', { does: 'reply', body: {}, status: 401 }, {}, 'call-refused', 1],
    ['a conflict at the first try', { does: 'reply', body: {}, status: 409 }, {}, 'call-refused', 1],
    ['an overload', { does: 'reply', body: {}, status: 429 }, post, 'call-failed', 3],
    ['a request that came too slowly', { does: 'reply', body: {}, status: 408 }, post, 'call-failed', 3],
    ['a failure when asking', { does: 'reply', body: {}, status: 503 }, {}, 'call-failed', 3],
    ['a failure after an order', { does: 'reply', body: {}, status: 500 }, post, 'call-unknown', 1],
    [
      'a failure after an order that may be repeated',
      { does: 'reply', body: {}, status: 500 },
      { ...post, repeatable: true },
      'call-failed',
      3,
    ],
    ['silence when asking', { does: 'hang' }, soon, 'timed-out', 3],
    ['silence after an order', { does: 'hang' }, { ...post, ...soon }, 'call-unknown', 1],
    ['a reply that drips', { does: 'drip', everyMs: 50 }, { ...read, ...soon }, 'timed-out', 3],
    [
      'a reply to an order that drips',
      { does: 'drip', everyMs: 50 },
      { ...post, ...read, ...soon },
      'call-unknown',
      1,
    ],
    ['a connection that breaks when asking', { does: 'reset' }, {}, 'call-failed', 3],
    ['a connection that breaks after an order', { does: 'reset' }, post, 'call-unknown', 1],
    ['half a reply', { does: 'cut' }, read, 'call-failed', 3],
    ['half a reply to an order', { does: 'cut' }, { ...post, ...read }, 'call-unknown', 1],
    ['half a refusal', { does: 'cut', status: 400 }, post, 'call-refused', 1],
  ]
  it.each(table)('%s', async (_, behaviour, more, cause, asked) => {
    other.behave(behaviour)
    const step = await calling(more)

    const { result } = await step.run()

    expect(causeOf(result)).toBe(cause)
    expect(other.heard).toHaveLength(asked)
    expect(new Set(other.heard.map(({ headers }) => headers['idempotency-key']))).toEqual(
      new Set([`${step.caseId}:ask#1`]),
    )
    const failed = (await step.events()).filter((event) => event.type === 'call-failed')
    expect(failed).toMatchObject([{ cause, execId: 'ask#1', connection: 'register' }])
  })

  it.each([
    [301, {}, 'call-refused'],
    [302, { method: 'PUT' as const }, 'call-refused'],
    [307, post, 'call-refused'],
    [308, post, 'call-refused'],
    // "Done, now look there" is what these three may mean.
    [301, post, 'call-unknown'],
    [302, post, 'call-unknown'],
    [303, post, 'call-unknown'],
  ])('a redirect (%i) is never followed, to wherever it leads', async (status, more, cause) => {
    const elsewhere = await startOtherSystem()
    for (const location of [elsewhere.baseUrl, `${other.baseUrl}/inside`, 'http://169.254.169.254/']) {
      other.behave({ does: 'reply', body: {}, status, headers: { location } })
      const step = await calling(more)

      const { result } = await step.run()

      expect(causeOf(result)).toBe(cause)
      expect(other.heard).toHaveLength(1)
    }
    expect(elsewhere.heard).toEqual([])
    await elsewhere.close()
  })

  it('comes again when it was told to, and is done then', async () => {
    other.behave(
      { does: 'reply', body: {}, status: 429, headers: { 'retry-after': '7' } },
      { does: 'reply', body: {}, status: 503 },
      { does: 'reply', body: {} },
    )
    const step = await calling()

    const { result, pauses } = await step.run()

    expect(result.status).toBe('done')
    expect(pauses[0]).toBe(7_000)
    expect(pauses[1]).toBeGreaterThanOrEqual(500)
    expect(pauses[1]).toBeLessThanOrEqual(1_000)
    const answered = (await step.events()).find((event) => event.type === 'call-answered')
    expect(answered).toMatchObject({ attempts: 3 })
  })

  it('asks again when the first request with its key is still being worked on', async () => {
    other.behave(
      { does: 'reply', body: {}, status: 503 },
      { does: 'reply', body: {}, status: 409 },
      { does: 'reply', body: {} },
    )
    const step = await calling({ method: 'POST', path: '/orders', repeatable: true })

    const { result } = await step.run()

    expect(result.status).toBe('done')
  })

  it('is tried again when nobody listens, whatever it is: nothing was sent', async () => {
    const gone = await startOtherSystem()
    await gone.close()
    const step = await calling(post, { sender: 'Ruth' }, { baseUrl: gone.baseUrl })

    const { result, pauses } = await step.run()

    expect(pauses).toHaveLength(2)
    expect(result).toMatchObject({
      failure: { cause: 'call-failed', message: '"register" could not be reached (ECONNREFUSED).' },
    })
  })

  it('says so when its connection is gone', async () => {
    const step = await calling()
    await run(store.db, sql`delete from connection where process_id = ${step.processId}`)

    expect(causeOf((await step.run()).result)).toBe('call-refused')
  })

  it('says so when a secret does not open here, and sends nothing', async () => {
    other.behave({ does: 'reply', body: {} })
    const step = await calling()

    const { result } = await step.run({ caller: connectCaller({ keys: null, privateCalls: 'any' }) })

    expect(causeOf(result)).toBe('call-failed')
    expect(other.heard).toEqual([])
  })

  it('does not open a secret that was put into the row of another', async () => {
    other.behave({ does: 'reply', body: {} })
    const [mine, theirs] = [await calling(), await calling()]
    await run(
      store.db,
      sql`update connection_header mine set sealed = theirs.sealed from connection_header theirs
        where mine.process_id = ${mine.processId} and theirs.process_id = ${theirs.processId}`,
    )

    expect(causeOf((await mine.run()).result)).toBe('call-failed')
    expect(other.heard).toEqual([])
  })
})

describe('a worker that dies', () => {
  const orderOnly: Partial<StepOf<'call'>> = { method: 'POST', path: '/orders', repeatable: false }
  /** A store that loses what the first attempt came to, as a kill between the effect and the commit does. */
  function losing(): CasePort {
    const port = casePort(store.db)
    let isFirst = true
    return {
      ...port,
      finishStep: async (finished) => {
        if (!isFirst) return port.finishStep(finished)
        isFirst = false
        throw new Error('the worker died before the commit')
      },
    }
  }

  it('after the effect and before the commit asks again with the same key, and one result is stored', async () => {
    other.behave(
      { does: 'reply', body: { order: { id: 'A-1' } } },
      { does: 'reply', body: { order: { id: 'A-1' } } },
    )
    const step = await calling({ ...order, repeatable: true }, { sender: 'Ruth', amount: 1, lines: null })
    const port = losing()
    await expect(step.attempt({ port })).rejects.toThrow('died')

    const result = await step.attempt({ port, tries: 2 })
    const again = await step.attempt({ port, tries: 3 })

    expect(again).toEqual(result)
    expect(other.heard.map(({ headers }) => headers['idempotency-key'])).toEqual([
      `${step.caseId}:ask#1`,
      `${step.caseId}:ask#1`,
    ])
    const { n } = await oneRow(
      store.db,
      z.object({ n: z.number() }),
      sql`select count(*) as n from document where case_id = ${step.caseId} and kind = 'system'`,
    )
    expect(n).toBe(1)
    expect((await typesOf(step)).filter((type) => type === 'call-answered')).toHaveLength(1)
  })

  it('after it sent what must not be sent twice leaves the question to a person', async () => {
    other.behave({ does: 'reply', body: {} })
    const step = await calling(orderOnly)
    const port = losing()
    await expect(step.attempt({ port })).rejects.toThrow('died')

    const result = await step.attempt({ port, tries: 2 })

    expect(result).toMatchObject({
      status: 'failed',
      failure: {
        cause: 'call-unknown',
        message: expect.stringContaining('A worker stopped after it had sent'),
      },
    })
    expect(other.heard).toHaveLength(1)
  })

  it('before it sent anything takes nothing away: the next one sends', async () => {
    other.behave({ does: 'reply', body: {} })
    const step = await calling(orderOnly)
    const port = casePort(store.db)
    const dying: CasePort = {
      ...port,
      noteSent: async () => {
        throw new Error('the worker died')
      },
    }
    await expect(step.attempt({ port: dying })).rejects.toThrow('died')
    expect(other.heard).toEqual([])

    const result = await step.attempt({ tries: 2 })

    expect(result.status).toBe('done')
    expect(other.heard).toHaveLength(1)
  })

  it('and was overtaken sends nothing, and what it found is not stored', async () => {
    other.behave({ does: 'reply', body: {} })
    const step = await calling(orderOnly)
    const port = casePort(store.db)
    const late: CasePort = {
      ...port,
      loadConnection: async (...asked) => {
        // Meanwhile another worker takes the step up.
        await port.beginStep(step.request, [])
        return port.loadConnection(...asked)
      },
    }

    await expect(step.attempt({ port: late })).rejects.toThrow('overtaken')
    expect(other.heard).toEqual([])
  })
})

describe('a call that is called off', () => {
  const hanging = async (more: Partial<StepOf<'call'>>, stopping: boolean): Promise<StepToRun> => {
    other.behave({ does: 'hang' })
    const step = await calling(more)
    const stop = new AbortController()
    const attempt = step.attempt({ signal: stop.signal, stopping })
    const ended = expect(attempt).rejects.toThrow(stopping ? 'stopping' : 'stopped')
    await expect.poll(() => other.heard.length, { timeout: 20_000 }).toBe(1)
    stop.abort()
    await ended
    await expect.poll(() => other.heard[0]?.closed, { timeout: 20_000 }).toBe(true)
    return step
  }

  it('hangs up, and says that nobody knows whether the order was taken', async () => {
    const step = await hanging({ method: 'POST', path: '/orders', repeatable: false }, false)

    const failed = (await step.events()).find((event) => event.type === 'call-failed')
    expect(failed).toMatchObject({ cause: 'call-unknown' })
  })

  it('says so of what may be repeated as well: it may have been done', async () => {
    const step = await hanging({ method: 'PUT', path: '/orders/1', deadlineSeconds: 60 }, false)

    const failed = (await step.events()).find((event) => event.type === 'call-failed')
    expect(failed).toMatchObject({ cause: 'call-unknown' })
  })

  it('counts when the answer to what was sent comes soon', async () => {
    const stop = new AbortController()
    other.behave({ does: 'wait', ms: 1_500, body: { order: { id: 'A-17' } } })
    const step = await calling(order, { sender: 'Ruth', amount: 1, lines: null })

    const attempt = step.attempt({ signal: stop.signal })
    await expect.poll(() => other.heard.length, { timeout: 20_000 }).toBe(1)
    stop.abort()

    expect(await attempt).toMatchObject({ status: 'done', fields: ['orderId'] })
    expect(await typesOf(step)).toContain('call-answered')
  })

  it('is told as it was refused, and the case goes another way', async () => {
    const stop = new AbortController()
    other.behave({ does: 'reply', body: { error: 'no' }, status: 422 })
    const step = await calling({ method: 'PUT', path: '/orders/1' })
    const port: CasePort = {
      ...casePort(store.db),
      loadFields: async (...asked) => {
        const values = await casePort(store.db).loadFields(...asked)
        other.behave(() => {
          stop.abort()
          return { does: 'reply', body: { error: 'no' }, status: 422 }
        })
        return values
      },
    }

    await expect(step.attempt({ signal: stop.signal, port })).rejects.toThrow('stopped')

    const failed = (await step.events()).find((event) => event.type === 'call-failed')
    expect(failed).toMatchObject({ cause: 'call-refused' })
  })

  it('hangs up and says no more when it only asked', async () => {
    const step = await hanging({}, false)

    expect(await typesOf(step)).not.toContain('call-failed')
  })

  it('by a worker that stops is handed on, with the question whether it was done', async () => {
    const step = await hanging({ method: 'POST', path: '/orders', repeatable: false }, true)

    expect(await typesOf(step)).not.toContain('call-failed')
    expect(causeOf(await step.attempt({ tries: 2 }))).toBe('call-unknown')
    expect(other.heard).toHaveLength(1)
  })
})

describe('the secret of a connection', () => {
  it('is nowhere in the database, even when the other system repeats it', async () => {
    other.behave({ does: 'echo', status: 400 })
    const refused = await calling()
    await refused.run()
    other.behave({ does: 'echo', status: 200 })
    const told = await calling({
      outputs: ['summary'],
      reply: [{ field: 'summary', pointer: '/headers/authorization' }],
    })

    const { result } = await told.run()

    expect(await told.documentOf(result)).toEqual({ summary: '[secret]' })
    const { text } = await oneRow(
      store.db,
      z.object({ text: z.string() }),
      sql`select database_to_xml(true, false, '')::text as text`,
    )
    expect(text).toContain('put-connection')
    expect(text).not.toContain('canary-secret')
    expect(text).not.toContain(Buffer.from(secret).toString('base64'))
  })

  it('is in no failure that the engine keeps', async () => {
    const failures: string[] = []
    for (const behaviour of [{ does: 'echo', status: 503 }, { does: 'reset' }] satisfies Behaviour[]) {
      other.behave(behaviour)
      const step = await calling()
      await step.attempt().catch((error: unknown) => {
        failures.push(JSON.stringify(error, Object.getOwnPropertyNames(error)))
      })
    }

    expect(failures).toHaveLength(2)
    for (const failure of failures) expect(failure).not.toContain('canary-secret')
  })
})

it('proxies that the environment names are not used', async () => {
  other.behave({ does: 'reply', body: {} })
  const before = { ...process.env }
  Object.assign(process.env, { HTTP_PROXY: 'http://127.0.0.1:1', http_proxy: 'http://127.0.0.1:1' })
  const step = await calling()

  const { result } = await step.run({ caller: connectCaller({ keys: testKeys, privateCalls: 'any' }) })

  process.env = before
  expect(result.status).toBe('done')
})
