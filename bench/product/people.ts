import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { ascending, quantile } from '#domain/measure/quantiles.ts'
import { StartedCase } from '#domain/views/cases.ts'

/** Sends requests to the servers in turn, over so many connections to each. */
export type People = {
  /** What one request was answered, and how long that took; 0 when nobody answered. */
  ask: (path: string, asked?: Asked) => Promise<{ status: number; text: string; ms: number; wait: number }>
  /** The same, coming back as often as it is told to. */
  insist: (path: string, asked?: Asked) => Promise<string>
  /** Starts a case, coming back as often as it is told to. */
  start: (pilotId: string, key: string) => Promise<Started>
  close: () => Promise<void>
}
type Asked = { persona?: string; body?: unknown; key?: string }
export type Started = {
  caseId: string
  sentAt: number
  acceptedAt: number
  refusals: number
  failures: number
  /** How long each answer took, refusals among them. */
  answerMs: number[]
}

export function openPeople(urls: string[], { connections }: { connections: number }): People {
  const pools = urls.map((url) => new Pool(url, { connections, headersTimeout: 60_000, bodyTimeout: 60_000 }))
  let turn = 0
  const ask: People['ask'] = async (path, { persona = 'priya', body, key } = {}) => {
    turn += 1
    const pool = pools[turn % pools.length]
    const began = performance.now()
    try {
      if (pool === undefined) throw new Error('there is no server')
      const answer = await pool.request({
        path,
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          'throughline-persona': persona,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
        body: body === undefined ? null : JSON.stringify(body),
      })
      const text = await answer.body.text()
      const wait = Number(answer.headers['retry-after'] ?? 0)
      return { status: answer.statusCode, text, ms: performance.now() - began, wait }
    } catch (error) {
      return { status: 0, text: String(error), ms: performance.now() - began, wait: 1 }
    }
  }
  return {
    ask,
    insist: async (path, asked) => {
      for (;;) {
        const { status, text, wait } = await ask(path, asked)
        if (status >= 200 && status < 300) return text
        if (status !== 0 && status !== 429 && status !== 503) throw new Error(`${path}: ${status} ${text}`)
        await sleep(Math.max(1, wait) * 1_000)
      }
    },
    start: async (pilotId, key) => {
      const sentAt = Date.now()
      let refusals = 0
      let failures = 0
      const answerMs: number[] = []
      for (;;) {
        const answer = await ask(`/api/pilots/${pilotId}/cases`, {
          body: { values: { sender: key, letter: 'Please begin.' } },
          key,
        })
        answerMs.push(answer.ms)
        if (answer.status === 202) {
          const { caseId } = StartedCase.parse(JSON.parse(answer.text))
          return { caseId, sentAt, acceptedAt: Date.now(), refusals, failures, answerMs }
        }
        if (answer.status === 429) refusals += 1
        else failures += 1
        await sleep(Math.max(1, answer.wait) * 1_000)
      }
    },
    close: async () => {
      await Promise.all(pools.map((pool) => pool.destroy()))
    },
  }
}

export type Spread = { n: number; p50: number; p95: number; p99: number; max: number }

export function spreadOf(values: number[]): Spread {
  const sorted = ascending(values)
  const at = (p: number): number => Math.round(quantile(sorted, p) ?? 0)
  return { n: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: Math.round(sorted.at(-1) ?? 0) }
}

export function inWords({ n, p50, p95, p99, max }: Spread): string {
  return `p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms, longest ${max} ms (n = ${n})`
}
