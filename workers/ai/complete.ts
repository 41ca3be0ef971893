import type { Field, FieldValues } from '#domain/process-map.ts'
import type { ModelSettings } from '../env.ts'
import { connectEndpoint, type Reply, type Usage } from './endpoint.ts'
import { repairMessages, type ChatMessage } from './prompt.ts'
import { draftJsonSchema, draftSchema } from './reply-schema.ts'
import { turnstile } from './turnstile.ts'

type DraftRequest = {
  messages: ChatMessage[]
  outputs: Field[]
  deadlineMs: number
  signal: AbortSignal
}

/** What asking for a draft came to. */
export type Drafted =
  | { kind: 'draft'; values: FieldValues; model: string; usage: Usage | null }
  | { kind: 'failed'; cause: string; message: string; raw: string | null; usage: Usage | null }
  | { kind: 'later'; cause: string; message: string; afterMs: number | null }
  | { kind: 'aborted' }

/** `machineMs`: how long the endpoint worked on it, all calls together, without the wait for a turn. */
export type TimedDraft = Drafted & { machineMs: number }

export type Model = {
  /** Labelled on every draft when it is only for practice. */
  practice: boolean
  draft: (request: DraftRequest) => Promise<TimedDraft>
  close: () => Promise<void>
}

/** Without a model every step says so, and goes to a person. */
export function noModel(reason: string): Model {
  return {
    practice: false,
    draft: async () => ({
      kind: 'failed',
      cause: 'ai-unavailable',
      message: reason,
      raw: null,
      usage: null,
      machineMs: 0,
    }),
    close: async () => undefined,
  }
}

export function connectModel(settings: ModelSettings, { concurrency }: { concurrency: number }): Model {
  const endpoint = connectEndpoint(settings)
  const turns = turnstile(concurrency)
  let knowsSchemas = true

  const ask = async (request: DraftRequest, messages: ChatMessage[], spent: Spent): Promise<Reply> => {
    const { deadlineMs, signal } = request
    const schema = draftJsonSchema(request.outputs, { limitsText: settings.practice })
    const call = async (withSchema: boolean): Promise<Reply> =>
      turns.pass(async () => {
        const began = performance.now()
        const reply = await endpoint.ask({ messages, schema: withSchema ? schema : null, deadlineMs, signal })
        spent.ms += performance.now() - began
        return reply
      }, signal)
    const reply = await call(knowsSchemas)
    if (!knowsSchemas || !isAboutSchemaMode(reply)) return reply
    knowsSchemas = false
    return call(false)
  }

  return {
    practice: settings.practice,
    draft: async (request) => {
      const spent = { ms: 0 }
      const drafted = await draftWith(
        request,
        async (messages) => ask(request, messages, spent),
        settings.model,
      )
      return { ...drafted, machineMs: Math.round(spent.ms) }
    },
    close: endpoint.close,
  }
}

type Spent = { ms: number }

function isAboutSchemaMode(reply: Reply): boolean {
  return reply.kind === 'refused' && reply.status === 400 && /response_format|json_schema/i.test(reply.param)
}

/** Asks once, and once more when the reply cannot be used. */
async function draftWith(
  { messages, outputs }: DraftRequest,
  ask: (messages: ChatMessage[]) => Promise<Reply>,
  modelName: string,
): Promise<Drafted> {
  const first = await ask(messages)
  if (first.kind !== 'text') return failed(first, null)
  const read = readDraft(first, outputs)
  if (read.ok)
    return { kind: 'draft', values: read.values, model: first.model || modelName, usage: first.usage }

  const second = await ask([...messages, ...repairMessages(first.text, read.why)])
  if (second.kind !== 'text') return failed(second, first.usage)
  const usage = added(first.usage, second.usage)
  const mended = readDraft(second, outputs)
  return mended.ok
    ? { kind: 'draft', values: mended.values, model: second.model || modelName, usage }
    : {
        kind: 'failed',
        cause: 'ai-invalid',
        message: `The reply of the model could not be used, asked twice: ${mended.why}.`,
        raw: second.text,
        usage,
      }
}

type Read = { ok: true; values: FieldValues } | { ok: false; why: string }

function readDraft({ text, cut }: { text: string; cut: boolean }, outputs: Field[]): Read {
  if (cut) return { ok: false, why: 'it was cut off before its end; be shorter' }
  let json: unknown
  try {
    json = JSON.parse(withoutFence(text))
  } catch {
    return { ok: false, why: 'it is not JSON' }
  }
  const draft = draftSchema(outputs).safeParse(json)
  if (draft.success) return { ok: true, values: draft.data }
  const faults = draft.error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.join('.')} ${message}`.trim())
  return { ok: false, why: faults.join('; ') }
}

/** Models without a JSON mode like to wrap it for reading. */
function withoutFence(text: string): string {
  return /^\s*```(?:json)?\s*([\s\S]*?)\s*```\s*$/.exec(text)?.[1] ?? text
}

function failed(reply: Exclude<Reply, { kind: 'text' }>, before: Usage | null): Drafted {
  switch (reply.kind) {
    case 'aborted':
    case 'later':
      return reply
    case 'declined':
      return {
        kind: 'failed',
        cause: 'ai-declined',
        message: reply.message,
        raw: reply.words,
        usage: added(before, reply.usage),
      }
    case 'refused':
      return { kind: 'failed', cause: reply.cause, message: reply.message, raw: reply.words, usage: before }
  }
}

function added(a: Usage | null, b: Usage | null): Usage | null {
  if (a === null || b === null) return a ?? b
  return { inputTokens: a.inputTokens + b.inputTokens, outputTokens: a.outputTokens + b.outputTokens }
}
