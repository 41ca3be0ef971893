import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { startProxy, type Proxy } from './proxy.ts'

const opened: (Proxy | Server | Socket)[] = []
afterEach(async () => {
  for (const thing of opened.splice(0).toReversed()) {
    if ('destroy' in thing) thing.destroy()
    else await thing.close()
  }
})

/** A server that says back what it hears, behind a proxy, and what a client has heard so far. */
async function echoBehindProxy(): Promise<{ proxy: Proxy; call: () => Promise<Heard> }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.pipe(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy = await startProxy()
  opened.push(server, proxy)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  proxy.leadTo(address.port)
  return { proxy, call: () => listen(proxy.port) }
}

type Heard = { socket: Socket; text: () => string; isOver: () => boolean }

async function listen(port: number): Promise<Heard> {
  const socket = connect({ port, host: '127.0.0.1' })
  opened.push(socket)
  let text = ''
  let isOver = false
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  socket.on('error', () => undefined)
  socket.on('close', () => (isOver = true))
  await new Promise((resolve) => socket.once('connect', resolve).once('error', resolve))
  return { socket, text: () => text, isOver: () => isOver }
}

const soon = { timeout: 10_000, interval: 20 }

describe('a proxy', () => {
  it('passes bytes both ways', async () => {
    const { call } = await echoBehindProxy()
    const { socket, text } = await call()

    socket.write('hello')

    await expect.poll(text, soon).toBe('hello')
  })

  it('that hangs holds everything back and lets it through afterwards', async () => {
    const { proxy, call } = await echoBehindProxy()
    const { socket, text } = await call()
    proxy.set({ does: 'hang' })

    socket.write('held')
    await new Promise((resolve) => setTimeout(resolve, 100))
    const before = text()
    proxy.set({ does: 'pass' })

    expect(before).toBe('')
    await expect.poll(text, soon).toBe('held')
  })

  it('that refuses breaks off what is open and what comes new', async () => {
    const { proxy, call } = await echoBehindProxy()
    const open = await call()

    proxy.set({ does: 'refuse' })
    const fresh = await call()

    await expect.poll(open.isOver, soon).toBe(true)
    await expect.poll(fresh.isOver, soon).toBe(true)
  })

  it('that cuts lets so many bytes of the answer pass and no more', async () => {
    const { proxy, call } = await echoBehindProxy()
    proxy.set({ does: 'cut', afterBytes: 4 })
    const { socket, text, isOver } = await call()

    socket.write('longer than four')

    await expect.poll(isOver, soon).toBe(true)
    expect('long'.startsWith(text())).toBe(true)
  })

  it('that is half open carries the question, and the answer only later', async () => {
    const { proxy, call } = await echoBehindProxy()
    const { socket, text } = await call()
    proxy.set({ does: 'half-open' })

    socket.write('question')
    await new Promise((resolve) => setTimeout(resolve, 100))
    const before = text()
    proxy.set({ does: 'pass' })

    expect(before).toBe('')
    await expect.poll(text, soon).toBe('question')
  })
})
