import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import {
  getLlama,
  type GbnfJsonSchema,
  LlamaChat,
  LlamaLogLevel,
  type ChatHistoryItem,
  type Llama,
  type LlamaContextSequence,
  type LlamaGrammar,
} from 'node-llama-cpp'
import { grammarSchema } from './grammar-schema.ts'
import { textOf, type ChatMessage, type ChatRequest, type Completion, type Refusal } from './protocol.ts'

export type Engine = {
  complete: (request: ChatRequest, signal: AbortSignal) => Promise<Completion | Refusal>
}

/** How many step prefixes stay in memory; each costs about 95 MB with SmolLM2-135M. */
const keptPrefixes = 4
const contextTokens = 4096
const defaultReplyTokens = 512
const keptGrammars = 32

type Seat = { prefix: string; chat: LlamaChat; sequence: LlamaContextSequence }

/** Loads a GGUF file. With more threads than free cores one short reply takes minutes instead of a second. */
export async function loadEngine(modelPath: string): Promise<Engine> {
  const threads = Math.max(1, availableParallelism() - 1)
  const llama = await getLlama({
    gpu: false,
    build: 'never',
    maxThreads: threads,
    logLevel: LlamaLogLevel.error,
    progressLogs: false,
  })
  const model = await llama.loadModel({ modelPath })
  const contextSize = Math.min(contextTokens, model.trainContextSize)
  const context = await model.createContext({ sequences: keptPrefixes, contextSize, threads })
  // Least recently used first.
  const seats: Seat[] = []
  const grammarFor = grammarCache(llama)

  function seatFor(prefix: string): Seat {
    const at = seats.findIndex((seat) => seat.prefix === prefix)
    const known = at >= 0 ? seats.splice(at, 1)[0] : seats.length < keptPrefixes ? newSeat() : seats.shift()
    if (!known) throw new Error('the model has no place for a prompt')
    known.prefix = prefix
    seats.push(known)
    return known
  }

  function newSeat(): Seat {
    const sequence = context.getSequence()
    return { prefix: '', sequence, chat: new LlamaChat({ contextSequence: sequence, chatWrapper: 'auto' }) }
  }

  async function complete(request: ChatRequest, signal: AbortSignal): Promise<Completion | Refusal> {
    const grammar = await grammarFor(request.response_format ?? { type: 'text' })
    if (grammar === 'unknown') return badSchema
    const { chat, sequence } = seatFor(prefixOf(request))
    const history = historyOf(request.messages)
    const { contextText } = chat.chatWrapper.generateContextState({ chatHistory: history })
    const promptTokens = contextText.tokenize(model.tokenizer).length
    const room = contextSize - promptTokens - 16
    if (room < 16) return tooLong(contextSize, promptTokens)
    const before = sequence.tokenMeter.getState()
    let completionTokens = 0
    const { response, metadata } = await chat.generateResponse(history, {
      ...(grammar ? { grammar } : {}),
      maxTokens: Math.min(request.max_completion_tokens ?? request.max_tokens ?? defaultReplyTokens, room),
      temperature: request.temperature ?? 0,
      // A model this small falls into saying one sentence again and again.
      dryRepeatPenalty: { strength: 0.8, allowedLength: 6, lastTokens: 256 },
      ...(typeof request.seed === 'number' ? { seed: request.seed } : {}),
      signal,
      onToken: (tokens) => (completionTokens += tokens.length),
    })
    const { usedInputTokens } = sequence.tokenMeter.diff(before)
    return {
      text: response,
      isTruncated: metadata.stopReason === 'maxTokens',
      promptTokens,
      cachedTokens: Math.max(0, promptTokens - usedInputTokens),
      completionTokens,
    }
  }

  return { complete }
}

/** Instruction and examples are the same for every case of a step; only the last message differs. */
function prefixOf({ prompt_cache_key, messages }: ChatRequest): string {
  return (
    prompt_cache_key ??
    createHash('sha256')
      .update(JSON.stringify(messages.slice(0, -1)))
      .digest('hex')
  )
}

function historyOf(messages: ChatMessage[]): ChatHistoryItem[] {
  const items = messages.map((message): ChatHistoryItem => {
    const text = textOf(message.content)
    switch (message.role) {
      case 'system':
      case 'developer':
        return { type: 'system', text }
      case 'user':
        return { type: 'user', text }
      case 'assistant':
        return { type: 'model', response: [text] }
    }
  })
  return [...items, { type: 'model', response: [] }]
}

type Format = NonNullable<ChatRequest['response_format']>

function grammarCache(llama: Llama): (format: Format) => Promise<LlamaGrammar | null | 'unknown'> {
  const known = new Map<string, LlamaGrammar>()
  return async (format) => {
    if (format.type === 'text') return null
    const key = JSON.stringify(format)
    const kept = known.get(key)
    if (kept) return kept
    const made = await makeGrammar(llama, format)
    if (made === null) return 'unknown'
    const oldest = known.keys().next().value
    if (known.size >= keptGrammars && oldest !== undefined) known.delete(oldest)
    known.set(key, made)
    return made
  }
}

async function makeGrammar(
  llama: Llama,
  format: Exclude<Format, { type: 'text' }>,
): Promise<LlamaGrammar | null> {
  if (format.type === 'json_object') return llama.getGrammarFor('json')
  const schema = grammarSchema(format.json_schema.schema)
  return schema ? llama.createGrammarForJsonSchema<GbnfJsonSchema>(schema) : null
}

const badSchema: Refusal = {
  status: 400,
  type: 'invalid_request_error',
  code: null,
  param: 'response_format',
  message: 'The practice model cannot follow this JSON schema. Give every part a type, and nest less.',
}

function tooLong(contextSize: number, promptTokens: number): Refusal {
  return {
    status: 400,
    type: 'invalid_request_error',
    code: 'context_length_exceeded',
    param: 'messages',
    message: `The practice model reads ${contextSize} tokens at most; these messages have ${promptTokens}.`,
  }
}
