import * as z from 'zod'

/** The part of the Chat Completions protocol that the practice model understands. */
const TextPart = z.object({ type: z.literal('text'), text: z.string() })
const Content = z.union([z.string(), z.array(TextPart)])

export const ChatMessage = z.discriminatedUnion('role', [
  z.object({ role: z.literal('system'), content: Content }),
  z.object({ role: z.literal('developer'), content: Content }),
  z.object({ role: z.literal('user'), content: Content }),
  z.object({ role: z.literal('assistant'), content: Content }),
])
export type ChatMessage = z.infer<typeof ChatMessage>

/** Any JSON Schema; what the grammar cannot express is left to the caller's own check. */
export const JsonSchema = z.record(z.string(), z.unknown())
export type JsonSchema = z.infer<typeof JsonSchema>

export const ChatRequest = z.object({
  model: z.string(),
  messages: z.array(ChatMessage).min(1),
  max_completion_tokens: z.number().int().min(1).nullish(),
  max_tokens: z.number().int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  seed: z.number().int().nullish(),
  n: z.literal(1).nullish(),
  stream: z.literal(false).nullish(),
  prompt_cache_key: z.string().nullish(),
  response_format: z
    .discriminatedUnion('type', [
      z.object({ type: z.literal('text') }),
      z.object({ type: z.literal('json_object') }),
      z.object({
        type: z.literal('json_schema'),
        json_schema: z.object({ name: z.string(), schema: JsonSchema }),
      }),
    ])
    .nullish(),
})
export type ChatRequest = z.infer<typeof ChatRequest>

export type Completion = {
  text: string
  isTruncated: boolean
  promptTokens: number
  cachedTokens: number
  completionTokens: number
}

export type Refusal = {
  status: number
  type: string
  code: string | null
  message: string
  param: string | null
}

export function textOf(content: z.infer<typeof Content>): string {
  return typeof content === 'string' ? content : content.map((part) => part.text).join('')
}

export function completionBody({
  id,
  model,
  createdAtSeconds,
  completion,
}: {
  id: string
  model: string
  createdAtSeconds: number
  completion: Completion
}): object {
  const { text, isTruncated, promptTokens, cachedTokens, completionTokens } = completion
  return {
    id: `chatcmpl-${id}`,
    object: 'chat.completion',
    created: createdAtSeconds,
    model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text, refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: isTruncated ? 'length' : 'stop',
      },
    ],
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
      prompt_tokens_details: { cached_tokens: cachedTokens },
    },
    system_fingerprint: null,
  }
}

export function modelList(model: string, createdAtSeconds: number): object {
  return {
    object: 'list',
    data: [{ id: model, object: 'model', created: createdAtSeconds, owned_by: 'throughline' }],
  }
}

export function errorBody({ message, type, code, param }: Refusal): object {
  return { error: { message, type, param, code } }
}
