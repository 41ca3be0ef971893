import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How the other system answers one request, well or badly. */
export type Behaviour =
  | { does: 'reply'; body: unknown; status?: number; headers?: Record<string, string> }
  /** Answers well, but only after a while. */
  | { does: 'wait'; ms: number; body: unknown }
  | { does: 'text'; text: string; status?: number; type?: string }
  | { does: 'hang' }
  /** Sends its headers and then one byte at a time. */
  | { does: 'drip'; everyMs: number }
  | { does: 'flood'; bytes: number }
  /** Reads the whole request and ends the connection. */
  | { does: 'reset' }
  /** Ends the connection in the middle of its reply. */
  | { does: 'cut'; status?: number }
  /** Repeats what it was sent, headers included. */
  | { does: 'echo'; status: number }

export type Heard = {
  method: string
  path: string
  headers: IncomingMessage['headers']
  body: string
  closed: boolean
}

/** Another system on this machine that behaves as told; the last behaviour stays. */
export type OtherSystem = {
  /** Its address, with a folder below it. */
  baseUrl: string
  heard: Heard[]
  behave: (...behaviours: (Behaviour | ((heard: Heard) => Behaviour))[]) => void
  close: () => Promise<void>
}

export async function startOtherSystem(): Promise<OtherSystem> {
  const heard: Heard[] = []
  let script: (Behaviour | ((said: Heard) => Behaviour))[] = [{ does: 'reply', body: {} }]
  const server = createServer((request, response) => {
    void (async () => {
      const said = await hear(request)
      heard.push(said)
      response.on('close', () => {
        said.closed = true
      })
      const next = script.length > 1 ? script.shift() : script[0]
      if (next === undefined) throw new Error('the other system was told nothing')
      answer(response, typeof next === 'function' ? next(said) : next, said)
    })().catch((error: unknown) => {
      response.writeHead(500).end(String(error))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    baseUrl: `http://127.0.0.1:${portOf(server.address())}/api`,
    heard,
    behave: (...behaviours) => {
      script = behaviours
      heard.length = 0
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the other system has no port')
  return address.port
}

async function hear(request: IncomingMessage): Promise<Heard> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) if (chunk instanceof Uint8Array) chunks.push(chunk)
  const { method = '', url: path = '', headers } = request
  return { method, path, headers, body: Buffer.concat(chunks).toString('utf8'), closed: false }
}

function answer(response: ServerResponse, behaviour: Behaviour, said: Heard): void {
  switch (behaviour.does) {
    case 'reply': {
      const { status = 200, headers = {}, body } = behaviour
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(body === undefined ? '' : JSON.stringify(body))
      return
    }
    case 'wait': {
      const later = setTimeout(
        () => answer(response, { does: 'reply', body: behaviour.body }, said),
        behaviour.ms,
      )
      response.on('close', () => clearTimeout(later))
      return
    }
    case 'text':
      response.writeHead(behaviour.status ?? 200, { 'content-type': behaviour.type ?? 'text/html' })
      response.end(behaviour.text)
      return
    case 'hang':
      return
    case 'drip': {
      response.writeHead(200, { 'content-type': 'application/json' })
      const drops = setInterval(() => response.write(' '), behaviour.everyMs)
      response.on('close', () => clearInterval(drops))
      return
    }
    case 'flood':
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(`{"id":"${'x'.repeat(behaviour.bytes)}"}`)
      return
    case 'reset':
      response.destroy()
      return
    case 'cut':
      response.writeHead(behaviour.status ?? 200, {
        'content-type': 'application/json',
        'content-length': '5000',
      })
      response.write('{"id":"half')
      setTimeout(() => response.destroy(), 20)
      return
    case 'echo':
      response.writeHead(behaviour.status, { 'content-type': 'text/plain' })
      response.end(JSON.stringify(said))
  }
}
