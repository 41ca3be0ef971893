import { vi } from 'vitest'
import { contract, type BodyOf, type ParamsOf, type ReplyOf, type RouteName } from '#domain/contract.ts'
import type { ProblemCode } from '#domain/problems.ts'

/** Answers of a stand-in API. Throw `refuse(...)` for a problem, `noAnswer()` for a line that is down. */
export type Answers = {
  [Name in RouteName]?: (asked: {
    params: ParamsOf<Name>
    query: URLSearchParams
    body: BodyOf<Name>
  }) => ReplyOf<Name>
}

export type Asked = {
  name: RouteName
  params: Record<string, string>
  query: URLSearchParams
  body: unknown
  /** The Idempotency-Key that came along. */
  key: string | null
}

class Refusal extends Error {
  readonly status: number
  readonly body: object
  constructor(status: number, body: object) {
    super('refused')
    this.status = status
    this.body = body
  }
}

export function refuse(status: number, code: ProblemCode, extra: object = {}): Refusal {
  const detail = `${code} was answered.`
  return new Refusal(status, {
    type: `/problems/${code}`,
    title: code,
    status,
    detail,
    code,
    requestId: 'req_1',
    ...extra,
  })
}

export function noAnswer(): TypeError {
  return new TypeError('Failed to fetch')
}

const routes = Object.entries(contract).map(([name, { method, path }]) => ({
  name,
  method,
  pattern: new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
}))

/** Puts the stand-in in the place of `fetch` and gives back everything that was asked. */
export function stubApi(answers: Answers): { asked: Asked[]; answers: Answers } {
  const asked: Asked[] = []
  const state = { asked, answers }
  vi.stubGlobal('fetch', async (address: string, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(address, 'http://localhost')
    const route = routes.find(
      ({ method, pattern }) => method === (init.method ?? 'GET') && pattern.test(url.pathname),
    )
    if (route === undefined) throw new Error(`No route for ${init.method} ${address}`)
    const params = { ...route.pattern.exec(url.pathname)?.groups }
    const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : null
    const name = nameOf(route.name)
    const key = new Headers(init.headers).get('idempotency-key')
    asked.push({ name, params, query: url.searchParams, body, key })
    const answer: unknown = Reflect.get(state.answers, name)
    if (typeof answer !== 'function')
      return respond(404, { code: 'NotFound', title: 'NotFound', detail: '', status: 404 })
    try {
      return respond(200, answer({ params, query: url.searchParams, body }))
    } catch (error) {
      if (error instanceof Refusal) return respond(error.status, error.body)
      throw error
    }
  })
  return state
}

function nameOf(name: string): RouteName {
  if (isRouteName(name)) return name
  throw new Error(`${name} is no route`)
}

function isRouteName(name: string): name is RouteName {
  return Object.hasOwn(contract, name)
}

function respond(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })
}
