import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { zodResponseFormat } from 'openai/helpers/zod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { homeAt, type Home } from '#local/home.ts'
import { ensurePracticeModel, type PracticeModel } from '#local/practice-model.ts'

let home: Home
let served: PracticeModel
let client: OpenAI

beforeAll(async () => {
  home = homeAt(mkdtempSync(join(tmpdir(), 'tl-model-')))
  const model = await ensurePracticeModel({ home, log: () => {}, env: {} })
  if (model.kind === 'none') throw new Error(model.reason)
  const fault = await model.untilServing()
  if (fault !== null) throw new Error(fault)
  served = model
  client = new OpenAI({ baseURL: served.baseUrl, apiKey: served.apiKey, maxRetries: 0 })
}, 300_000)

afterAll(async () => {
  await served.stop()
  rmSync(home.root, { recursive: true, force: true })
})

const Draft = z.strictObject({
  topic: z.enum(['invoice', 'contract', 'login']),
  contact: z.string().max(40).nullable(),
  missing: z.array(z.string().max(30)).max(2),
  isUrgent: z.boolean(),
})
const instruction = { role: 'system', content: 'Say what the message is about, as JSON.' } as const
const example = [
  { role: 'user', content: 'I was charged twice on invoice 44. Anna' },
  { role: 'assistant', content: '{"topic":"invoice","contact":"Anna","missing":[],"isUrgent":false}' },
] as const

describe('the practice model', () => {
  test('lists itself under the name that drafts carry', async () => {
    const { data } = await client.models.list()

    expect(data.map((model) => model.id)).toEqual(['practice-smollm2-135m'])
  })

  test('a draft always fits the schema of its step', async () => {
    for (const content of ['I cannot log in!!! Bob', 'May we renew our contract? Carla', '???']) {
      const reply = await draft(content)
      const [choice] = reply.choices

      expect(choice?.finish_reason).toBe('stop')
      expect(() => Draft.parse(JSON.parse(choice?.message.content ?? ''))).not.toThrow()
    }
  })

  test('counts tokens, and reads the instruction and examples of a step only once', async () => {
    await draft('The first message of this step.')

    const { usage } = await draft('Another one.')

    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0))
    expect(usage?.completion_tokens).toBeGreaterThan(5)
    expect(usage?.prompt_tokens_details?.cached_tokens).toBeGreaterThan(40)
  })

  test('a reply that hits its limit says so', async () => {
    const reply = await client.chat.completions.create({
      model: served.model,
      messages: [{ role: 'user', content: 'Tell a very long story about a river.' }],
      max_completion_tokens: 5,
    })

    expect(reply.choices[0]?.finish_reason).toBe('length')
    expect(reply.usage?.completion_tokens).toBeLessThanOrEqual(5)
  })

  test('the same question gets the same answer', async () => {
    const [first, second] = [
      await draft('Please help with invoice 9.'),
      await draft('Please help with invoice 9.'),
    ]

    expect(second.choices[0]?.message.content).toBe(first.choices[0]?.message.content)
  })

  test.each([
    {
      fault: 'an unknown model',
      status: 404,
      body: { model: 'gpt-x', messages: [{ role: 'user', content: 'Hi' }] },
    },
    { fault: 'no messages', status: 400, body: { model: 'practice-smollm2-135m', messages: [] } },
    { fault: 'no body', status: 400, body: undefined },
    {
      fault: 'a prompt that is too long',
      status: 400,
      body: { model: 'practice-smollm2-135m', messages: [{ role: 'user', content: 'word '.repeat(6000) }] },
    },
    {
      fault: 'a schema that cannot be followed',
      status: 400,
      body: {
        model: 'practice-smollm2-135m',
        messages: [{ role: 'user', content: 'Hi' }],
        response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { properties: {} } } },
      },
    },
  ])('$fault is refused with $status, as the protocol has it', async ({ status, body }) => {
    const response = await post(body, served.apiKey)

    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({
      error: { type: 'invalid_request_error', message: expect.any(String) },
    })
  })

  test('without the key of this home nothing is answered', async () => {
    const response = await post({ model: served.model, messages: [{ role: 'user', content: 'Hi' }] }, 'guess')

    expect(response.status).toBe(401)
  })

  test('a file that does not exist gives a reason instead of a model', async () => {
    const model = await ensurePracticeModel({
      home,
      log: () => {},
      env: { TL_PRACTICE_MODEL: '/nowhere/x.gguf' },
    })

    expect(model).toEqual({ kind: 'none', reason: expect.stringContaining('/nowhere/x.gguf') })
  })
})

function draft(content: string): Promise<OpenAI.ChatCompletion> {
  return client.chat.completions.create({
    model: served.model,
    messages: [instruction, ...example, { role: 'user', content }],
    response_format: zodResponseFormat(Draft, 'draft'),
  })
}

function post(body: object | undefined, key: string): Promise<Response> {
  return fetch(`${served.baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
}
