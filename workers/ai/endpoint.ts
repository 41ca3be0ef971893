import OpenAI, { APIError } from 'openai'
import { Agent } from 'undici'
import { z } from 'zod'
import type { ModelSettings } from '../env.ts'
import { codesIn } from '../error-codes.ts'
import { longestPauseMs, retryAfterMs } from '../retry-after.ts'
import type { ChatMessage } from './prompt.ts'

/** A reply is a draft of some fields: a megabyte is more than any of them can hold. */
const maxReplyBytes = 1_000_000

export type Usage = { inputTokens: number; outputTokens: number }

/** What one call of the endpoint came to. */
export type Reply =
  | { kind: 'text'; text: string; cut: boolean; model: string; usage: Usage | null }
  /** The model would not, or said nothing. `words` are its own, which may repeat what it was sent. */
  | { kind: 'declined'; message: string; words: string | null; usage: Usage | null }
  /** Asking again later may help. `limited`: the endpoint asked us to wait. */
  | {
      kind: 'later'
      cause: 'ai-unavailable' | 'timed-out'
      message: string
      afterMs: number | null
      limited: boolean
    }
  /** Asking again would not help. */
  | {
      kind: 'refused'
      cause: 'ai-unavailable' | 'ai-invalid'
      message: string
      status: number | null
      param: string
      /** What the endpoint said, which may repeat what it was sent. */
      words: string | null
    }
  /** Whoever asked no longer wants to know. */
  | { kind: 'aborted' }

type ChatRequest = {
  messages: ChatMessage[]
  /** The JSON Schema of the reply; null for endpoints that know no schema mode. */
  schema: Record<string, unknown> | null
  deadlineMs: number
  signal: AbortSignal
}

export type Endpoint = { ask: (request: ChatRequest) => Promise<Reply>; close: () => Promise<void> }

export function connectEndpoint({ baseUrl, apiKey, model }: ModelSettings): Endpoint {
  const agent = new Agent({ maxResponseSize: maxReplyBytes, connect: { timeout: 10_000 } })
  const client = new OpenAI({
    apiKey,
    baseURL: baseUrl,
    maxRetries: 0,
    // Nothing but these two may be taken from the environment.
    organization: null,
    project: null,
    logLevel: 'off',
    // A redirect could carry the key somewhere else.
    fetchOptions: { dispatcher: agent, redirect: 'manual' },
  })
  return {
    ask: async ({ messages, schema, deadlineMs, signal }) => {
      const deadline = AbortSignal.timeout(deadlineMs)
      try {
        const body: unknown = await client.chat.completions.create(
          {
            model,
            messages,
            response_format:
              schema === null
                ? { type: 'json_object' }
                : { type: 'json_schema', json_schema: { name: 'draft', strict: true, schema } },
          },
          { signal: AbortSignal.any([signal, deadline]), timeout: deadlineMs },
        )
        return readEnvelope(body)
      } catch (error) {
        if (signal.aborted) return { kind: 'aborted' }
        if (deadline.aborted || isTimeout(error)) {
          const seconds = Math.round(deadlineMs / 1000)
          return later(`The model did not answer within ${seconds} s.`, { cause: 'timed-out' })
        }
        return readError(error)
      }
    },
    close: async () => agent.destroy(),
  }
}

const Envelope = z.object({
  model: z.string().optional(),
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: z.int().min(0), completion_tokens: z.int().min(0) }).nullish(),
})

function readEnvelope(body: unknown): Reply {
  const read = Envelope.safeParse(body)
  const choice = read.data?.choices[0]
  if (!read.success || choice === undefined) {
    return later('The AI endpoint answered with something that is no completion.')
  }
  const { usage: counted, model } = read.data
  const usage = counted
    ? { inputTokens: counted.prompt_tokens, outputTokens: counted.completion_tokens }
    : null
  const { finish_reason: finish, message } = choice
  if (message.refusal)
    return { kind: 'declined', message: 'The model declined.', words: message.refusal, usage }
  if (finish === 'content_filter') {
    const told = 'The endpoint held the reply back as unsuitable content.'
    return { kind: 'declined', message: told, words: null, usage }
  }
  const text = message.content ?? ''
  if (text.trim() === '' && finish !== 'length') {
    return { kind: 'declined', message: 'The model gave an empty reply.', words: null, usage }
  }
  return { kind: 'text', text, cut: finish === 'length', model: model ?? '', usage }
}

const worthRepeating = new Set([408, 409, 429])

function readError(error: unknown): Reply {
  const codes = codesIn(error)
  if (codes.has('UND_ERR_RES_EXCEEDED_MAX_SIZE')) {
    return {
      kind: 'refused',
      cause: 'ai-invalid',
      message: `The reply was longer than ${maxReplyBytes / 1_000_000} MB and was cut off.`,
      status: null,
      param: '',
      words: null,
    }
  }
  if (!(error instanceof APIError) || typeof error.status !== 'number') {
    return error instanceof SyntaxError
      ? later('The AI endpoint answered with something that is no completion.')
      : later(`The AI endpoint could not be reached${codes.size > 0 ? ` (${[...codes].join(', ')})` : ''}.`)
  }
  const { status } = error
  if (status === 429 && isQuota(error)) return refused('The AI budget of this account is used up.', error)
  if (worthRepeating.has(status) || status >= 500) {
    const limited = status === 429
    const message = limited
      ? 'The AI endpoint asked for a pause (429).'
      : `The AI endpoint answered ${status}.`
    return later(message, { afterMs: pauseOf(error.headers), limited })
  }
  switch (status) {
    case 401:
    case 403:
      return refused(`The AI endpoint refused our key (${status}).`, error)
    case 404:
      return refused('The AI endpoint does not know this address or model (404).', error)
    default:
      return refused(`The AI endpoint refused the request (${status}).`, error)
  }
}

function isQuota({ code, type }: APIError): boolean {
  return (
    code === 'insufficient_quota' || type === 'insufficient_quota' || code === 'billing_hard_limit_reached'
  )
}

function refused(message: string, { status, message: said, param }: APIError): Reply {
  const about = `${param ?? ''} ${said}`
  return {
    kind: 'refused',
    cause: 'ai-unavailable',
    message,
    status: status ?? null,
    param: about,
    words: said,
  }
}

function later(
  message: string,
  more: { cause?: 'ai-unavailable' | 'timed-out'; afterMs?: number | null; limited?: boolean } = {},
): Reply {
  return { kind: 'later', cause: 'ai-unavailable', afterMs: null, limited: false, message, ...more }
}

/** `Retry-After`, or the milliseconds that some endpoints give. */
function pauseOf(headers: Headers | undefined): number | null {
  const exact = Number(headers?.get('retry-after-ms') ?? Number.NaN)
  return exact >= 0 ? Math.min(exact, longestPauseMs) : retryAfterMs(headers?.get('retry-after') ?? null)
}

function isTimeout(error: unknown): boolean {
  return error instanceof OpenAI.APIConnectionTimeoutError
}
