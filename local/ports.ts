import { createServer } from 'node:net'

export async function isPortFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== null
}

export async function anyFreePort(): Promise<number> {
  const port = await listenOnce(0)
  if (port === null) throw new Error('this machine has no free port on 127.0.0.1')
  return port
}

/** The port used last time when it is still free, so that bookmarks and tools keep working. */
export async function freePortLike(preferred: number | null): Promise<number> {
  if (preferred !== null && (await isPortFree(preferred))) return preferred
  return anyFreePort()
}

function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(null))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : null))
    })
  })
}
