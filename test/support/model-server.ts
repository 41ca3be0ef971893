import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'

const Message = z.object({ role: z.string(), content: z.string() })
const SentRequest = z.object({
  model: z.string(),
  messages: z.array(Message),
  response_format: z
    .object({ type: z.string(), json_schema: z.object({ schema: z.unknown() }).optional() })
    .optional(),
})
export type SentRequest = z.infer<typeof SentRequest>

/** How the server answers one call, well or badly. */
export type Behaviour =
  | { does: 'reply'; text: string; finish?: 'stop' | 'length' | 'content_filter'; refusal?: string }
  | { does: 'empty' }
  | { does: 'fail'; status: number; headers?: Record<string, string>; code?: string; message?: string }
  | { does: 'html' }
  | { does: 'json'; body: unknown }
  | { does: 'hang' }
  /** Sends its headers and then one byte at a time. */
  | { does: 'drip'; everyMs: number }
  | { does: 'flood'; bytes: number }
  /** Ends the connection in the middle of the body. */
  | { does: 'cut' }
  | { does: 'redirect'; to: string }
  /** Answers well, but only after a while. */
  | { does: 'wait'; ms: number; text: string }

export type Call = SentRequest & {
  at: number
  path: string
  authorization: string | null
  closedAt: number | null
}

/** A local endpoint with the OpenAI protocol that misbehaves as told; the last behaviour stays. */
export type ModelServer = {
  baseUrl: string
  calls: Call[]
  behave: (...behaviours: (Behaviour | ((call: Call) => Behaviour))[]) => void
  close: () => Promise<void>
}

export async function startModelServer(): Promise<ModelServer> {
  const calls: Call[] = []
  let script: (Behaviour | ((call: Call) => Behaviour))[] = [{ does: 'reply', text: '{}' }]
  const server = createServer((request, response) => {
    void (async () => {
      const call = await readCall(request)
      calls.push(call)
      response.on('close', () => {
        call.closedAt = Date.now()
      })
      const next = script.length > 1 ? script.shift() : script[0]
      if (next === undefined) throw new Error('the model server was told nothing')
      answer(response, typeof next === 'function' ? next(call) : next)
    })().catch((error: unknown) => {
      response.writeHead(500).end(String(error))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    baseUrl: `http://127.0.0.1:${portOf(server.address())}/v1`,
    calls,
    behave: (...behaviours) => {
      script = behaviours
      calls.length = 0
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the model server has no port')
  return address.port
}

async function readCall(request: IncomingMessage): Promise<Call> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) if (chunk instanceof Uint8Array) chunks.push(chunk)
  const sent = SentRequest.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')))
  const { authorization = null } = request.headers
  return { ...sent, at: Date.now(), path: request.url ?? '', authorization, closedAt: null }
}

function answer(response: ServerResponse, behaviour: Behaviour): void {
  switch (behaviour.does) {
    case 'reply':
      return json(response, 200, completion(behaviour.text, behaviour.finish, behaviour.refusal))
    case 'empty':
      return json(response, 200, completion(''))
    case 'fail': {
      const { status, headers = {}, code = null, message = 'told to fail' } = behaviour
      return json(response, status, { error: { message, type: code, code, param: null } }, headers)
    }
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' })
      response.end('<html><body>Welcome to the guest network</body></html>')
      return
    case 'json':
      return json(response, 200, behaviour.body)
    case 'hang':
      return
    case 'drip': {
      response.writeHead(200, { 'content-type': 'application/json' })
      const drops = setInterval(() => response.write(' '), behaviour.everyMs)
      response.on('close', () => clearInterval(drops))
      return
    }
    case 'flood': {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"choices":[{"message":{"content":"')
      const block = 'x'.repeat(65_536)
      let left = behaviour.bytes
      const pour = (): void => {
        while (left > 0) {
          left -= block.length
          if (!response.write(block)) {
            response.once('drain', pour)
            return
          }
        }
        response.end('"}}]}')
      }
      pour()
      return
    }
    case 'cut':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' })
      response.write('{"choices":[{"message":{"content":"half')
      setTimeout(() => response.destroy(), 20)
      return
    case 'redirect':
      response.writeHead(307, { location: behaviour.to }).end()
      return
    case 'wait': {
      const { ms, text } = behaviour
      const timer = setTimeout(() => json(response, 200, completion(text)), ms)
      response.on('close', () => clearTimeout(timer))
    }
  }
}

function completion(text: string, finish = 'stop', refusal: string | null = null): object {
  return {
    id: 'chatcmpl-test',
    object: 'chat.completion',
    created: 1,
    model: 'test-model-2026',
    choices: [
      {
        index: 0,
        finish_reason: finish,
        message: { role: 'assistant', content: refusal === null ? text : null, refusal },
      },
    ],
    usage: { prompt_tokens: 120, completion_tokens: 30, total_tokens: 150 },
  }
}

function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}
