import type { z } from 'zod'
import {
  contract,
  type BodyOf,
  type ParamsOf,
  type QueryOf,
  type ReplyOf,
  type RouteName,
} from '#domain/contract.ts'

/** An answer that is not a success: an RFC 9457 body as the API sends it. */
export type ProblemBody = {
  type: string
  title: string
  status: number
  detail: string
  /** The problem code and whatever it says beyond the title: `errors`, `rows`, `by`, `version`, ... */
  code: string
  requestId: string
  [extra: string]: unknown
}

/** Thrown by `call` for every answer that is not a success, and for no answer at all (`status` 0). */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly body: ProblemBody
  constructor(body: ProblemBody) {
    super(body.detail === '' ? body.title : body.detail)
    this.body = body
  }
}

type None = Record<string, never>
/** What one route wants: its parameters, query and body, as far as it has any. */
export type Call<Name extends RouteName> = (keyof ParamsOf<Name> extends never
  ? { params?: never }
  : { params: ParamsOf<Name> }) &
  (None extends QueryOf<Name> ? { query?: QueryOf<Name> } : { query: QueryOf<Name> }) &
  (None extends BodyOf<Name> ? { body?: BodyOf<Name> } : { body: BodyOf<Name> }) & {
    /** A file to send instead of JSON, for routes that take CSV. */
    file?: Blob
    idempotencyKey?: string
    signal?: AbortSignal
  }

/** The table seen by name, so that a reply's type follows from the route's name. */
const replies: { [Name in RouteName]: { reply: z.ZodType<ReplyOf<Name>> } } = contract

/** Calls one route of the contract and gives its parsed reply. */
export async function call<Name extends RouteName>(name: Name, input: Call<Name>): Promise<ReplyOf<Name>> {
  const response = await send(name, input)
  const text = await response.text()
  const json: unknown = text === '' ? null : parseJson(text)
  if (!response.ok) throw new ApiError(problemFrom(response.status, json))
  return replies[name].reply.parse(json)
}

async function send<Name extends RouteName>(name: Name, input: Call<Name>): Promise<Response> {
  const route = contract[name]
  const params: Record<string, string> = input.params ?? {}
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(params[key] ?? ''))
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(input.query ?? {})) {
    if (value !== undefined && value !== null) query.set(key, value)
  }
  const headers: Record<string, string> = { accept: 'application/json' }
  if (route.bodyType === 'json') headers['content-type'] = 'application/json'
  if (route.bodyType === 'csv') headers['content-type'] = 'text/csv'
  if (input.idempotencyKey !== undefined) headers['idempotency-key'] = input.idempotencyKey
  const body =
    route.bodyType === 'csv'
      ? (input.file ?? null)
      : route.bodyType === 'json'
        ? JSON.stringify(input.body ?? {})
        : null
  try {
    return await fetch(query.size === 0 ? path : `${path}?${query}`, {
      method: route.method,
      headers,
      body,
      signal: input.signal ?? null,
    })
  } catch (cause) {
    if (input.signal?.aborted === true) throw cause
    throw new ApiError({
      type: 'about:blank',
      title: 'No answer',
      status: 0,
      detail: 'The server did not answer. Nothing is lost: try again in a moment.',
      code: 'NoAnswer',
      requestId: '',
    })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function problemFrom(status: number, json: unknown): ProblemBody {
  const given = typeof json === 'object' && json !== null ? json : {}
  return {
    type: 'about:blank',
    title: 'Something went wrong',
    detail: '',
    code: 'Unknown',
    requestId: '',
    ...given,
    status,
  }
}
