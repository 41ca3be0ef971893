import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Field } from '#domain/process-map.ts'
import { startModelServer, type Behaviour, type ModelServer } from '#test/support/model-server.ts'
import { connectModel, noModel, type Model, type TimedDraft } from '#workers/ai/complete.ts'

function field(name: string, more: Partial<Field> = {}): Field {
  return { name, label: name, type: 'text', choices: [], hint: '', sensitivity: 'internal', ...more }
}

const outputs = [
  field('letter', { type: 'long-text' }),
  field('people', { type: 'number' }),
  field('urgent', { type: 'yes-no' }),
  field('class', { type: 'choice', choices: ['price', 'duplicate'] }),
  field('due', { type: 'date' }),
]
const good = { letter: 'Dear Ruth', people: 6, urgent: false, class: 'price', due: '2026-10-01' }
const reply = (body: unknown): Behaviour => ({ does: 'reply', text: JSON.stringify(body) })

describe('asking a model for a draft', () => {
  let server: ModelServer
  let model: Model
  beforeAll(async () => {
    server = await startModelServer()
  })
  afterAll(async () => server.close())
  beforeEach(() => {
    model = connect()
    return async () => model.close()
  })

  function connect(concurrency = 4): Model {
    const settings = { baseUrl: server.baseUrl, apiKey: 'key-1', model: 'm-1', practice: false }
    return connectModel(settings, { concurrency })
  }

  async function draft(more: { deadlineMs?: number; signal?: AbortSignal } = {}): Promise<TimedDraft> {
    return model.draft({
      messages: [{ role: 'user', content: 'go' }],
      outputs,
      deadlineMs: 5_000,
      signal: new AbortController().signal,
      ...more,
    })
  }

  it('sends the schema of the outputs and takes a fitting reply', async () => {
    server.behave(reply(good))

    const drafted = await draft()

    expect(drafted).toEqual({
      kind: 'draft',
      values: good,
      model: 'test-model-2026',
      usage: { inputTokens: 120, outputTokens: 30 },
      machineMs: expect.any(Number),
    })
    const [call] = server.calls
    expect(call?.authorization).toBe('Bearer key-1')
    expect(call?.model).toBe('m-1')
    expect(call?.response_format?.json_schema?.schema).toMatchObject({
      required: ['letter', 'people', 'urgent', 'class', 'due'],
      additionalProperties: false,
      properties: { class: { enum: ['price', 'duplicate', null] }, due: { format: 'date' } },
    })
  })

  it('takes null for what the model cannot tell', async () => {
    server.behave(reply({ ...good, people: null, class: null }))

    expect(await draft()).toMatchObject({ kind: 'draft', values: { people: null, class: null } })
  })

  it('does without a schema mode where the endpoint has none, from then on', async () => {
    server.behave(
      { does: 'fail', status: 400, message: "unknown parameter 'response_format.json_schema'" },
      { does: 'reply', text: `\`\`\`json\n${JSON.stringify(good)}\n\`\`\`` },
    )

    const first = await draft()
    const second = await draft()

    expect([first.kind, second.kind]).toEqual(['draft', 'draft'])
    expect(server.calls.map((call) => call.response_format?.type)).toEqual([
      'json_schema',
      'json_object',
      'json_object',
    ])
  })

  it.each([
    ['429 with a pause in seconds', { status: 429, headers: { 'retry-after': '2' } }, 2_000],
    ['429 with a pause in milliseconds', { status: 429, headers: { 'retry-after-ms': '150' } }, 150],
    ['429 without a pause', { status: 429 }, null],
    ['408', { status: 408 }, null],
    ['409', { status: 409 }, null],
    ['500', { status: 500 }, null],
    ['502', { status: 502 }, null],
    ['503 with a pause', { status: 503, headers: { 'retry-after': '1' } }, 1_000],
    ['529', { status: 529 }, null],
  ])('comes again after %s, and itself asks once only', async (_, behaviour, afterMs) => {
    server.behave({ does: 'fail', ...behaviour })

    const drafted = await draft()

    expect(drafted).toMatchObject({ kind: 'later', cause: 'ai-unavailable', afterMs })
    expect(server.calls).toHaveLength(1)
  })

  it('waits no longer than ten minutes, whatever the endpoint asks for', async () => {
    server.behave({ does: 'fail', status: 429, headers: { 'retry-after': '86400' } })

    expect(await draft()).toMatchObject({ kind: 'later', afterMs: 600_000 })
  })

  it('reads a pause that is given as a date', async () => {
    const at = new Date(Date.now() + 30_000).toUTCString()
    server.behave({ does: 'fail', status: 429, headers: { 'retry-after': at } })

    const drafted = await draft()

    const afterMs = drafted.kind === 'later' ? (drafted.afterMs ?? 0) : 0
    expect(afterMs).toBeGreaterThan(25_000)
    expect(afterMs).toBeLessThanOrEqual(30_000)
  })

  it.each([
    ['a used-up budget', { status: 429, code: 'insufficient_quota' }, /budget/],
    ['401', { status: 401 }, /refused our key/],
    ['403', { status: 403 }, /refused our key/],
    ['404', { status: 404 }, /does not know/],
    ['400', { status: 400 }, /400/],
    ['422', { status: 422 }, /422/],
  ])('never comes again after %s', async (_, behaviour, message) => {
    server.behave({ does: 'fail', ...behaviour })

    const drafted = await draft()

    expect(drafted).toMatchObject({ kind: 'failed', cause: 'ai-unavailable' })
    expect(drafted).toMatchObject({ message: expect.stringMatching(message) })
    expect(server.calls).toHaveLength(1)
  })

  it('does not carry the key along a redirect', async () => {
    const other = await startModelServer()
    other.behave(reply(good))
    server.behave({ does: 'redirect', to: `${other.baseUrl}/chat/completions` })

    const drafted = await draft()

    expect(drafted.kind).not.toBe('draft')
    expect(other.calls).toEqual([])
    await other.close()
  })

  it.each([
    ['hangs', { does: 'hang' }],
    ['drips', { does: 'drip', everyMs: 20 }],
  ] satisfies [string, Behaviour][])(
    'gives up at its deadline and hangs up when the endpoint %s',
    async (_, behaviour) => {
      server.behave(behaviour)
      const startedAt = Date.now()

      const drafted = await draft({ deadlineMs: 300 })

      expect(drafted).toMatchObject({ kind: 'later', cause: 'timed-out' })
      expect(Date.now() - startedAt).toBeLessThan(2_000)
      await expect.poll(() => server.calls[0]?.closedAt ?? null).not.toBeNull()
    },
  )

  it('hangs up when nobody wants the draft any more', async () => {
    server.behave({ does: 'drip', everyMs: 20 })
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 100)

    expect(await draft({ signal: stop.signal })).toMatchObject({ kind: 'aborted' })
    await expect.poll(() => server.calls[0]?.closedAt ?? null).not.toBeNull()
  })

  it.each([
    ['is not JSON', { does: 'reply', text: 'Sure! Here is the letter' }, /not JSON/],
    ['was cut off', { does: 'reply', text: '{"letter":"Dear', finish: 'length' }, /cut off/],
    ['has the wrong type', reply({ ...good, people: 'six' }), /people/],
    ['names an unknown class', reply({ ...good, class: 'other' }), /class/],
    ['gives no real date', reply({ ...good, due: '31.12.2026' }), /due/],
    ['leaves a field out', reply({ letter: 'x' }), /people/],
    ['says more than was asked', reply({ ...good, nextStep: 'approve' }), /nextStep/],
    [
      'tries to reach the prototype',
      { does: 'reply', text: '{"__proto__":{"letter":"x"}}' },
      /__proto__|letter/,
    ],
  ] satisfies [string, Behaviour, RegExp][])(
    'asks once more when the reply %s, and says why',
    async (_, bad, why) => {
      server.behave(bad, reply(good))

      const drafted = await draft()

      expect(drafted).toMatchObject({
        kind: 'draft',
        values: good,
        usage: { inputTokens: 240, outputTokens: 60 },
      })
      expect(server.calls).toHaveLength(2)
      expect(server.calls[1]?.messages.at(-1)?.content).toMatch(why)
    },
  )

  it('gives the raw text to a person when the second reply is no better', async () => {
    server.behave({ does: 'reply', text: 'Sure!' }, { does: 'reply', text: 'Dear Ruth, welcome' })

    const drafted = await draft()

    expect(drafted).toMatchObject({ kind: 'failed', cause: 'ai-invalid', raw: 'Dear Ruth, welcome' })
    expect(server.calls).toHaveLength(2)
  })

  it.each([
    ['declines', { does: 'reply', text: '', refusal: 'I cannot help with that' }],
    ['gives an empty reply', { does: 'empty' }],
    ['has its reply held back', { does: 'reply', text: '', finish: 'content_filter' }],
    [
      'answers null',
      { does: 'json', body: { choices: [{ finish_reason: 'stop', message: { content: null } }] } },
    ],
  ] satisfies [string, Behaviour][])(
    'says so when the model %s, and does not ask again',
    async (_, behaviour) => {
      server.behave(behaviour)

      expect(await draft()).toMatchObject({ kind: 'failed', cause: 'ai-declined' })
      expect(server.calls).toHaveLength(1)
    },
  )

  it.each([
    ['a web page', { does: 'html' }],
    ['a body without choices', { does: 'json', body: { choices: [] } }],
    ['a list', { does: 'json', body: [1, 2] }],
    ['null', { does: 'json', body: null }],
    ['half a body', { does: 'cut' }],
  ] satisfies [string, Behaviour][])('comes again when 200 brings %s', async (_, behaviour) => {
    server.behave(behaviour)

    expect(await draft()).toMatchObject({ kind: 'later', cause: 'ai-unavailable' })
  })

  it.each([
    ['an endpoint that refuses', { does: 'fail', status: 400, message: 'cannot read: Dear Ruth Okafor' }],
    ['a model that declines', { does: 'reply', text: '', refusal: 'I will not write to Ruth Okafor' }],
  ] satisfies [string, Behaviour][])(
    'keeps the words of %s for the person who takes over, and out of what is told about it',
    async (_, behaviour) => {
      server.behave(behaviour)

      const drafted = await draft()

      expect(drafted).toMatchObject({ kind: 'failed', raw: expect.stringContaining('Ruth Okafor') })
      expect(drafted).toMatchObject({ message: expect.not.stringContaining('Ruth') })
    },
  )

  it('cuts a reply of 10 MB off at its cap', async () => {
    server.behave({ does: 'flood', bytes: 10_000_000 })

    const drafted = await draft()

    expect(drafted).toMatchObject({ kind: 'failed', cause: 'ai-invalid' })
    expect(drafted).toMatchObject({ message: expect.stringMatching(/longer than 1 MB/) })
  })

  it('says in plain words that nothing answers at the address', async () => {
    const closed = await startModelServer()
    await closed.close()
    model = connectModel(
      { baseUrl: closed.baseUrl, apiKey: 'k', model: 'm', practice: false },
      { concurrency: 1 },
    )

    expect(await draft()).toMatchObject({
      kind: 'later',
      cause: 'ai-unavailable',
      message: 'The AI endpoint could not be reached (ECONNREFUSED).',
    })
  })

  it('stops calling an endpoint that failed five times in a row', async () => {
    server.behave({ does: 'fail', status: 500 })
    for (let time = 0; time < 5; time += 1) await draft()

    const sixth = await draft()

    expect(server.calls).toHaveLength(5)
    expect(sixth).toMatchObject({ kind: 'later', message: expect.stringMatching(/keeps failing/) })
  })

  it('holds everybody back after a 429, and then asks fewer at a time', async () => {
    server.behave({ does: 'fail', status: 429, headers: { 'retry-after-ms': '300' } }, (call) => {
      void call
      return { does: 'wait', ms: 50, text: JSON.stringify(good) }
    })
    const limitedAt = Date.now()
    await draft()

    const drafted = await Promise.all(Array.from({ length: 6 }, async () => draft()))

    expect(drafted.every(({ kind }) => kind === 'draft')).toBe(true)
    const later = server.calls.slice(1)
    expect(Math.min(...later.map((call) => call.at)) - limitedAt).toBeGreaterThanOrEqual(280)
    const atOnce = later.map(
      ({ at }) => later.filter((other) => other.at <= at && (other.closedAt ?? Infinity) > at).length,
    )
    expect(Math.max(...atOnce)).toBeLessThanOrEqual(2)
  })

  it('says what is missing when no model is configured', async () => {
    model = noModel('No AI model is configured here.')

    expect(await draft()).toEqual({
      kind: 'failed',
      cause: 'ai-unavailable',
      message: 'No AI model is configured here.',
      raw: null,
      usage: null,
      machineMs: 0,
    })
  })

  it('counts the work of the model and not the wait for a turn', async () => {
    server.behave({ does: 'wait', ms: 150, text: JSON.stringify(good) })
    model = connect(1)
    const began = performance.now()

    const drafted = await Promise.all([draft(), draft(), draft()])

    // One at a time, so the calls themselves cannot come to more than all of it.
    const calls = drafted.reduce((sum, { machineMs }) => sum + machineMs, 0)
    expect(calls).toBeLessThanOrEqual(performance.now() - began + drafted.length)
  })
})
