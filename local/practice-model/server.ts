import { randomUUID, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setPriority } from 'node:os'
import { parseArgs } from 'node:util'
import { loadEngine, type Engine } from './engine.ts'
import { ChatRequest, completionBody, errorBody, modelList, type Refusal } from './protocol.ts'

const largestBody = 1024 * 1024
const longestQueue = 64

const { values } = parseArgs({
  options: {
    file: { type: 'string' },
    name: { type: 'string' },
    port: { type: 'string' },
    'key-file': { type: 'string' },
  },
})
const { file, name, port, 'key-file': keyFile } = values
if (!file || !name || !port || !keyFile) throw new Error('--file, --name, --port and --key-file are needed')

// The people using the screens come before a model that practises.
setPriority(10)
const startedAtSeconds = Math.floor(Date.now() / 1000)
const engine = await loadEngine(file).catch((error: unknown) => {
  console.error(
    `${file} cannot be used as a model: ${error instanceof Error ? error.message : String(error)}`,
  )
  process.exit(1)
})
const oneAtATime = queueOf(longestQueue)
const server = createServer((request, response) => {
  answer({ request, response, engine, model: name, key: readFileSync(keyFile, 'utf8').trim() }).catch(
    (error: unknown) => {
      console.error(error)
      if (!response.headersSent) refuse(response, brokenModel)
      else response.destroy()
    },
  )
})
server.listen(Number(port), '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))

type Exchange = {
  request: IncomingMessage
  response: ServerResponse
  engine: Engine
  model: string
  key: string
}

async function answer(exchange: Exchange): Promise<void> {
  const { request, response, model, key } = exchange
  if (!isAuthorised(request.headers.authorization, key)) return refuse(response, wrongKey)
  const path = (request.url ?? '').split('?')[0]
  if (request.method === 'GET' && path === '/v1/models')
    return send(response, 200, modelList(model, startedAtSeconds))
  if (request.method === 'POST' && path === '/v1/chat/completions') return chat(exchange)
  refuse(response, unknownAddress)
}

async function chat({ request, response, engine: loaded, model }: Exchange): Promise<void> {
  const body = await readJson(request)
  if (body === tooLarge) return refuse(response, tooLargeBody)
  const parsed = ChatRequest.safeParse(body)
  if (!parsed.success) return refuse(response, invalidRequest(parsed.error.issues[0]))
  if (parsed.data.model !== model) return refuse(response, unknownModel(parsed.data.model, model))
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const turn = oneAtATime(async () =>
    gone.signal.aborted ? null : loaded.complete(parsed.data, gone.signal),
  )
  if (turn === 'full') return refuse(response, tooManyRequests)
  try {
    const result = await turn
    if (result === null) return
    if ('status' in result) return refuse(response, result)
    send(
      response,
      200,
      completionBody({ id: randomUUID(), model, createdAtSeconds: now(), completion: result }),
    )
  } catch (error) {
    if (!gone.signal.aborted) throw error
  }
}

/** Two replies at once on few cores would both be late, so each waits for its turn. */
function queueOf(limit: number): <T>(work: () => Promise<T>) => Promise<T> | 'full' {
  let waiting = 0
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    if (waiting >= limit) return 'full'
    waiting++
    const turn = last.then(work).finally(() => waiting--)
    last = turn.catch(() => {})
    return turn
  }
}

const tooLarge = Symbol('too large')

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    const part = Buffer.from(chunk)
    bytes += part.length
    if (bytes > largestBody) return tooLarge
    chunks.push(part)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    return undefined
  }
}

function isAuthorised(header: string | undefined, key: string): boolean {
  const given = Buffer.from(header ?? '')
  const expected = Buffer.from(`Bearer ${key}`)
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function refuse(response: ServerResponse, refusal: Refusal): void {
  if (refusal.status === 429) response.setHeader('retry-after', '5')
  send(response, refusal.status, errorBody(refusal))
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}

const invalid = { type: 'invalid_request_error', code: null, param: null }

const wrongKey: Refusal = {
  ...invalid,
  status: 401,
  code: 'invalid_api_key',
  message: 'Incorrect API key provided.',
}
const unknownAddress: Refusal = {
  ...invalid,
  status: 404,
  message: 'The practice model has no such address.',
}
const tooLargeBody: Refusal = { ...invalid, status: 413, message: 'The request is larger than 1 MB.' }
const tooManyRequests: Refusal = {
  ...invalid,
  status: 429,
  type: 'requests',
  code: 'rate_limit_exceeded',
  message: 'The practice model has too many requests waiting.',
}
const brokenModel: Refusal = {
  ...invalid,
  status: 500,
  type: 'server_error',
  message: 'The practice model failed; its log says why.',
}

function unknownModel(asked: string, served: string): Refusal {
  return {
    ...invalid,
    status: 404,
    code: 'model_not_found',
    param: 'model',
    message: `The model ${JSON.stringify(asked)} does not exist here; ${served} does.`,
  }
}

function invalidRequest(issue: { path: PropertyKey[]; message: string } | undefined): Refusal {
  const param = issue?.path.map(String).join('.') || null
  return { ...invalid, status: 400, param, message: issue?.message ?? 'The body is not valid JSON.' }
}
