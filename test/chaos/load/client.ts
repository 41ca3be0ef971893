import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { pick, type Chance } from '#samples/chance.ts'
import type { Canaries } from '../stand/canaries.ts'
import type { History, Operation, Outcome } from './history.ts'

/** How a program acts as somebody: a persona, or a labelled colleague. */
export type Person = { id: string; isColleague: boolean }

type Request = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH'
  path: string
  body?: unknown
  key?: string
  /** How long the answer is waited for, when not as long as usual. */
  withinMs?: number | undefined
}
type Answer = { status: number; json: unknown; retryAfter: string | null }

export type Client = {
  /** Asks once; null when no answer came. */
  ask: (person: Person, request: Request, api?: string) => Promise<Answer | null>
  /**
   * Carries an operation out as a careful client does: an unknown outcome is asked for again under the same key, at
   * either API, until it is known, or patience ends.
   */
  carryOut: (
    operation: Operation,
    how: { person: Person; request: Request; patienceMs: number; api?: string },
  ) => Promise<Outcome>
  /** Every body of an error that anybody got. */
  errorBodies: () => string[]
}

const answerWithinMs = 15_000
const longestPauseMs = 2_000

const Problem = z.looseObject({ code: z.string() })
const Reply = z.looseObject({
  status: z.string().optional(),
  caseId: z.string().optional(),
  // Of what is ordered for many cases.
  id: z.string().optional(),
})

export function createClient({
  apis,
  canaries,
  history,
  next,
}: {
  apis: readonly [string, string]
  canaries: Canaries
  history: History
  next: Chance
}): Client {
  const errorBodies = new Set<string>()

  const ask: Client['ask'] = async (
    person,
    { method, path, body, key, withinMs = answerWithinMs },
    api = pick(apis, next),
  ) => {
    try {
      const response = await fetch(`${api}${path}`, {
        method,
        headers: {
          'throughline-persona': person.id,
          'x-unasked': canaries.header,
          ...(person.isColleague ? { 'throughline-colleague-key': canaries.colleagueKey } : {}),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(key === undefined ? {} : { 'idempotency-key': `${canaries.idempotency}-${key}` }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(withinMs),
      })
      const text = await response.text()
      if (!response.ok) errorBodies.add(text)
      const json: unknown = JSON.parse(text)
      return { status: response.status, json, retryAfter: response.headers.get('retry-after') }
    } catch {
      return null
    }
  }

  const carryOut: Client['carryOut'] = async (operation, { person, request, patienceMs, api }) => {
    const id = history.nextId()
    history.add({ line: 'invoke', id, operation })
    const until = Date.now() + patienceMs
    for (let tries = 0; tries === 0 || Date.now() < until; tries += 1) {
      if (tries > 0) await sleep(Math.min(longestPauseMs, 200 * 2 ** (tries - 1)))
      const at = api !== undefined && tries === 0 ? api : pick(apis, next)
      const begun = Date.now()
      const answer = await ask(person, request, at)
      const code = Problem.safeParse(answer?.json).data?.code ?? null
      history.add({
        line: 'try',
        id,
        api: at === apis[0] ? 'api-1' : 'api-2',
        status: answer?.status ?? null,
        code,
        retryAfter: answer?.retryAfter ?? null,
        tookMs: Date.now() - begun,
      })
      const outcome = outcomeOf(answer, code)
      if (outcome === null) continue
      if (outcome.end === 'ok') {
        const { status, caseId, batchId } = outcome
        history.add({ line: 'ok', id, status, caseId, batchId })
      }
      if (outcome.end === 'fail') history.add({ line: 'fail', id, code: outcome.code })
      return outcome
    }
    history.add({ line: 'unknown', id })
    return { end: 'unknown' }
  }

  return { ask, carryOut, errorBodies: () => [...errorBodies] }
}

/** Null: not known yet, so it is worth asking again. */
function outcomeOf(answer: Answer | null, code: string | null): Outcome | null {
  if (answer === null || answer.status >= 500 || answer.status === 429) return null
  if (answer.status >= 400) return code === 'RequestInFlight' ? null : { end: 'fail', code: code ?? 'none' }
  const { status = 'done', caseId = null, id: batchId = null } = Reply.parse(answer.json)
  return status === 'checking' ? null : { end: 'ok', status, caseId, batchId }
}
