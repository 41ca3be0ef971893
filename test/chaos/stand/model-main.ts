import { appendFileSync } from 'node:fs'
import { z } from 'zod'
import { startModelServer, type Behaviour, type Call } from '../../support/model-server.ts'
import { markerIn, stepMarkIn } from './letters.ts'
import { ModelOrder, type ModelCall, type ModelMood, type ModelNews } from './model.ts'

/** The scripted model endpoint as a process of its own; its mood comes by message, its log goes to a file. */
const { TL_CHAOS_MODEL_LOG: log, TL_CHAOS_CANARY: canary } = z
  .object({ TL_CHAOS_MODEL_LOG: z.string(), TL_CHAOS_CANARY: z.string() })
  .parse(process.env)
let mood: ModelMood = 'well'

const server = await startModelServer()
server.behave((call) => {
  const behaviour = behaviours[mood](call)
  const asked = call.messages.map((message) => message.content).join('\n')
  const entry: ModelCall = {
    at: call.at,
    marker: markerIn(asked) ?? 'unknown',
    stepId: stepMarkIn(asked) ?? 'unknown',
    asksForMending: mood === 'not-json',
  }
  // Noted before the answer leaves: a call counts even when this process dies over it.
  appendFileSync(log, `${JSON.stringify(entry)}\n`)
  server.calls.length = 0
  return behaviour
})
process.on('message', (message) => {
  ;({ mood } = ModelOrder.parse(message))
})
const news: ModelNews = { port: Number(new URL(server.baseUrl).port) }
process.send?.(news)

const behaviours: Record<ModelMood, (call: Call) => Behaviour> = {
  well: (call) => ({ does: 'wait', ms: 40, text: draftFor(call) }),
  slow: (call) => ({ does: 'wait', ms: 5_000, text: draftFor(call) }),
  fails: () => ({ does: 'fail', status: 529 }),
  limits: () => ({ does: 'fail', status: 429, headers: { 'retry-after': '1' } }),
  quota: () => ({ does: 'fail', status: 429, code: 'insufficient_quota' }),
  'refuses-key': () => ({ does: 'fail', status: 401 }),
  'repeats-question': (call) => ({
    does: 'fail',
    status: 400,
    message: `cannot read: ${call.messages.at(-1)?.content ?? ''}`,
  }),
  'not-json': () => ({ does: 'reply', text: `Here is your draft: ${canary}` }),
  html: () => ({ does: 'html' }),
  cuts: () => ({ does: 'cut' }),
  hangs: () => ({ does: 'hang' }),
  drips: () => ({ does: 'drip', everyMs: 500 }),
  floods: () => ({ does: 'flood', bytes: 10_000_000 }),
  declines: (call) => ({
    does: 'reply',
    text: '',
    refusal: `I will not read ${call.messages.at(-1)?.content}`,
  }),
  empty: () => ({ does: 'empty' }),
}

const Asked = z.object({ properties: z.record(z.string(), z.unknown()) })

function draftFor(call: Call): string {
  const asked = Asked.safeParse(call.response_format?.json_schema?.schema)
  const names = Object.keys(asked.data?.properties ?? {})
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, `Drafted ${name}. ${canary}`])))
}
