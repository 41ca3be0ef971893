import { createServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { chooseWebPort } from '#local/port-owner.ts'
import { anyFreePort } from '#local/ports.ts'

const listening: Server[] = []
afterEach(() => {
  for (const server of listening.splice(0)) server.close()
})

test('a free PORT is taken at its word', async () => {
  const port = await anyFreePort()

  expect(await chooseWebPort({ PORT: String(port) })).toMatchObject({ port })
})

test('a busy PORT is refused, naming who uses it and what to do', async () => {
  const port = await listenSomewhere()

  const chosen = await chooseWebPort({ PORT: String(port) })

  expect(chosen).toHaveProperty('fault')
  expect(JSON.stringify(chosen)).toContain(`Port ${port} is in use by process ${process.pid}`)
})

test.each(['zero', '0', '70000', '80.5'])('PORT=%s is refused', async (asked) => {
  expect(JSON.stringify(await chooseWebPort({ PORT: asked }))).toContain('not a port number')
})

test('without PORT a free one from 4400 on is chosen', async () => {
  const chosen = await chooseWebPort({})

  expect(chosen).toHaveProperty('port')
  if ('port' in chosen) expect(chosen.port).toBeGreaterThanOrEqual(4400)
})

function listenSomewhere(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    listening.push(server)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (typeof address === 'object' && address) resolve(address.port)
      else reject(new Error('no port'))
    })
  })
}
