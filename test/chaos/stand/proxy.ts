import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** What happens to the bytes between two programs. */
export type Trouble =
  | { does: 'pass' }
  /** Connections that are open are broken off, and new ones at once. */
  | { does: 'refuse' }
  /** Connections are taken and nothing moves either way, until the trouble ends. */
  | { does: 'hang' }
  /** Every piece comes so much later. */
  | { does: 'slow'; ms: number }
  /** Each connection is broken off when so many more bytes of answers have passed. */
  | { does: 'cut'; afterBytes: number }
  /** Questions go through, and answers do not come back until the trouble ends. */
  | { does: 'half-open' }

export type Proxy = {
  port: number
  /** Where the bytes go from now on: a server may come back on another port. */
  leadTo: (port: number) => void
  set: (trouble: Trouble) => void
  close: () => Promise<void>
}

type Way = 'question' | 'answer'
type Pair = { client: Socket; server: Socket; bytesUntilCut: number }

/** A TCP proxy on loopback that can be told to misbehave at any moment. */
export async function startProxy(): Promise<Proxy> {
  let trouble: Trouble = { does: 'pass' }
  let target: number | null = null
  let change = signal()
  const pairs = new Set<Pair>()

  const isHeld = (way: Way): boolean =>
    trouble.does === 'hang' || (trouble.does === 'half-open' && way === 'answer')

  const breakOff = (pair: Pair): void => {
    pairs.delete(pair)
    for (const socket of [pair.client, pair.server]) if (!socket.destroyed) socket.resetAndDestroy()
  }

  async function* passing(pair: Pair, way: Way, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      while (isHeld(way)) await change.happened
      if (trouble.does === 'slow') await sleep(trouble.ms)
      if (way === 'question') {
        yield chunk
        continue
      }
      yield chunk.subarray(0, pair.bytesUntilCut)
      pair.bytesUntilCut -= chunk.length
      if (pair.bytesUntilCut <= 0) return breakOff(pair)
    }
    while (isHeld(way)) await change.happened
  }

  const listener = createServer({ allowHalfOpen: true }, (client) => {
    client.on('error', () => undefined)
    if (trouble.does === 'refuse' || target === null) {
      client.resetAndDestroy()
      return
    }
    const server = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    server.on('error', () => undefined)
    client.setNoDelay(true)
    const pair: Pair = { client, server, bytesUntilCut: bytesUntilCut(trouble) }
    pairs.add(pair)
    const question = pipeline(
      client,
      (source: AsyncIterable<Buffer>) => passing(pair, 'question', source),
      server,
    )
    const answer = pipeline(
      server,
      (source: AsyncIterable<Buffer>) => passing(pair, 'answer', source),
      client,
    )
    // Whichever side breaks, the other is to hear of it.
    Promise.all([question, answer]).then(
      () => pairs.delete(pair),
      () => breakOff(pair),
    )
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')

  return {
    port: address.port,
    leadTo: (port) => {
      target = port
    },
    set: (next) => {
      trouble = next
      for (const pair of pairs) {
        pair.bytesUntilCut = bytesUntilCut(next)
        if (next.does === 'refuse') breakOff(pair)
      }
      change.tell()
      change = signal()
    },
    close: async () => {
      for (const pair of pairs) breakOff(pair)
      await new Promise((resolve) => listener.close(resolve))
    },
  }
}

function bytesUntilCut(trouble: Trouble): number {
  return trouble.does === 'cut' ? trouble.afterBytes : Number.POSITIVE_INFINITY
}

function signal(): { happened: Promise<void>; tell: () => void } {
  let tell = (): void => {}
  const happened = new Promise<void>((resolve) => {
    tell = resolve
  })
  return { happened, tell }
}
