import { createHash } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { z } from 'zod'
import { startOtherSystem, type Behaviour, type Heard } from '../../support/other-system.ts'
import { ReceiverOrder, type ReceiverCall, type ReceiverMood, type ReceiverNews } from './receiver.ts'

/** The other system that calls go to, as a process of its own; its mood comes by message, its log goes to a file. */
const { TL_CHAOS_RECEIVER_LOG: log, TL_CHAOS_CONNECTION_SECRET: secret } = z
  .object({ TL_CHAOS_RECEIVER_LOG: z.string(), TL_CHAOS_CONNECTION_SECRET: z.string() })
  .parse(process.env)
let mood: ReceiverMood = 'well'

const behaviours: Record<ReceiverMood, (reply: Reply) => Behaviour> = {
  well: (body) => ({ does: 'reply', body }),
  slow: (body) => ({ does: 'wait', ms: 2_000, body }),
  fails: () => ({ does: 'reply', status: 503, body: { error: 'Closed for today' } }),
  limits: () => ({ does: 'reply', status: 429, headers: { 'retry-after': '1' }, body: {} }),
  refuses: () => ({ does: 'reply', status: 422, body: { error: 'Not like this' } }),
  hangs: () => ({ does: 'hang' }),
  cuts: () => ({ does: 'cut' }),
  'repeats-request': () => ({ does: 'echo', status: 500 }),
  'not-json': () => ({ does: 'text', text: '<h1>It works</h1>' }),
  floods: () => ({ does: 'flood', bytes: 1_000_000 }),
}

/** Whether a success can be read is another question, and none to a call that wants no reply. */
const succeeds: ReadonlySet<ReceiverMood> = new Set(['well', 'slow', 'cuts', 'not-json', 'floods'])

type Reply = { id: string }

const system = await startOtherSystem()
system.behave((heard) => {
  system.heard.length = 0
  const entry: ReceiverCall = {
    at: Date.now(),
    key: headerOf(heard, 'idempotency-key'),
    asks: asksOf(heard),
    isTrusted: headerOf(heard, 'authorization') === secret,
    isDone: mood !== 'limits' && mood !== 'refuses',
    isAnswered: succeeds.has(mood),
  }
  // Noted before the answer leaves: a request counts even when this process dies over it.
  appendFileSync(log, `${JSON.stringify(entry)}\n`)
  // The same key is the same thing, as a system that takes keys promises.
  return behaviours[mood]({ id: createHash('sha256').update(entry.key).digest('hex').slice(0, 12) })
})
process.on('message', (message) => {
  ;({ mood } = ReceiverOrder.parse(message))
})
const news: ReceiverNews = { port: Number(new URL(system.baseUrl).port) }
process.send?.(news)

function asksOf({ method, path, body }: Heard): string {
  return `${method} ${path} ${createHash('sha256').update(body).digest('hex').slice(0, 16)}`
}

function headerOf({ headers }: Heard, name: string): string {
  const value = headers[name]
  return typeof value === 'string' ? value : ''
}
