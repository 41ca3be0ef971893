import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openDb, type Db } from '#store/db.ts'
import { openTestApi, type TestApi } from './test-api.ts'

/** Stands between the API and its database: passes on, says nothing, or cuts. */
type Between = {
  url: string
  pass: () => void
  hang: () => void
  cut: () => void
  close: () => Promise<void>
}

async function standBetween(url: string): Promise<Between> {
  const target = new URL(url)
  const pairs = new Set<{ client: Socket; server: Socket }>()
  const state = { isHanging: false, isCut: false }
  const proxy: Server = createServer((client) => {
    if (state.isCut) return client.destroy()
    const server = connect(Number(target.port), target.hostname)
    const pair = { client, server }
    pairs.add(pair)
    const end = (): void => {
      pairs.delete(pair)
      client.destroy()
      server.destroy()
    }
    client.on('data', (data) => !state.isHanging && server.write(data))
    server.on('data', (data) => !state.isHanging && client.write(data))
    for (const socket of [client, server]) socket.on('error', end).on('close', end)
    return client
  })
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
  const address = proxy.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = String(address.port)
  const drop = (): void => {
    for (const { client, server } of pairs) {
      client.destroy()
      server.destroy()
    }
  }
  return {
    url: through.href,
    pass: () => {
      // What hung is lost: a stream with a hole in it is of no use.
      if (state.isHanging) drop()
      state.isHanging = false
      state.isCut = false
    },
    hang: () => {
      state.isHanging = true
    },
    cut: () => {
      state.isCut = true
      drop()
    },
    close: async () => {
      drop()
      await new Promise((done) => proxy.close(done))
    },
  }
}

let api: TestApi
let between: Between
let db: Db
beforeAll(async () => {
  api = await openTestApi()
  between = await standBetween(api.url)
  db = openDb(between.url)
  api.deps.db = db
})
afterAll(async () => {
  await db.destroy()
  await between.close()
  await api.close()
})

it.each(['cut', 'hang'] as const)(
  'a database that is away (%s) is a 503 in three seconds, and then all is well again',
  async (how) => {
    expect((await api.send('GET', '/api/home')).status).toBe(200)
    between[how]()
    const began = Date.now()

    const answer = await api.send('GET', '/api/home')

    expect(answer.status).toBe(503)
    expect(answer.body['code']).toBe('DatabaseUnavailable')
    expect(answer.headers.get('retry-after')).not.toBeNull()
    expect(Date.now() - began).toBeLessThan(3_000)
    between.pass()
    await expect.poll(async () => (await api.send('GET', '/api/home')).status, { timeout: 10_000 }).toBe(200)
  },
)
