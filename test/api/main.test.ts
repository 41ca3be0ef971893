import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openDb, rows, run, sql } from '#store/db.ts'
import { keyRing } from '#store/secrets/key-ring.ts'
import { proveKeys } from '#store/secrets/prove-keys.ts'
import { testPostgres, testTemporal, type TestDatabase } from '../support/servers.ts'

let database: TestDatabase
let temporal: string
const children: ChildProcess[] = []
beforeAll(async () => {
  database = await testPostgres()
  temporal = (await testTemporal()).address
})
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
})
afterAll(() => database.drop())

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The API as a process of its own, as it is started for real. */
async function startApi(
  more: Record<string, string> = {},
): Promise<{ url: string; child: ChildProcess; said: () => string }> {
  const { PATH = '' } = process.env
  const child = spawn(process.execPath, ['--import', 'tsx', 'api/main.ts'], {
    cwd: root,
    env: { PATH, PORT: '0', DATABASE_URL: database.url, TEMPORAL_ADDRESS: temporal, TL_DEMO: '1', ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString()
      const found = /listens on (http:\/\/[^"\s]+)/.exec(said)?.[1]
      if (found !== undefined) resolve(found)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('exit', () => reject(new Error(`the API did not start: ${said}`)))
  })
  return { url, child, said: () => said }
}

describe('the API as a process', () => {
  it('serves the pages with a nonce of their own, the API beside them, and nothing else', async () => {
    const { url } = await startApi()

    const [page, again, api, secret, outside] = await Promise.all([
      fetch(url),
      fetch(`${url}/pilots/some-pilot`),
      fetch(`${url}/api/nothing`),
      fetch(`${url}/..%2f..%2fpackage.json`),
      fetch(`${url}/%2Fapi/health`),
    ])

    const html = await page.text()
    if (page.status === 200) {
      const nonce = /nonce-([^']+)'/.exec(page.headers.get('content-security-policy') ?? '')?.[1] ?? 'none'
      expect(html).toContain(nonce)
      expect(html).not.toContain('__CSP_NONCE__')
      expect(again.status).toBe(200)
      const asset = /(?:src|href)="(\/assets\/[^"]+)"/.exec(html)?.[1] ?? ''
      expect((await fetch(`${url}${asset}`)).headers.get('cache-control')).toContain('immutable')
    } else {
      expect(html).toContain('npm run build')
    }
    expect(api.status).toBe(404)
    expect(secret.status).toBe(404)
    expect(outside.status).toBe(404)
  })

  it('forgets requests whose server died as soon as it starts, however short it lives itself', async () => {
    const db = openDb(database.url)
    const held = sql`insert into idempotency_key (actor, route, key, body_hash, at)
      values ('priya', 'startCase', 'held', 'x', now() - interval '6 minutes'),
        ('priya', 'startCase', 'under way', 'x', now())`
    await run(db, held)

    await startApi()

    const keys = async (): Promise<string[]> =>
      (await rows(db, z.object({ key: z.string() }), sql`select key from idempotency_key`)).map(
        ({ key }) => key,
      )
    await expect.poll(keys, { timeout: 10_000 }).toEqual(['under way'])
    await db.destroy()
  })

  it('stops within seconds when it is asked to, with a page still listening', async () => {
    const { url, child } = await startApi()
    // The people of the demo come with the start.
    const header = { 'throughline-persona': 'priya' }
    await expect.poll(async () => (await fetch(`${url}/api/home`, { headers: header })).status).toBe(200)
    const stream = await fetch(`${url}/api/events`, { headers: header })
    const reader = stream.body?.getReader()
    await reader?.read()
    const began = Date.now()

    child.kill('SIGTERM')
    const [code] = await once(child, 'exit')

    expect(code).toBe(0)
    expect(Date.now() - began).toBeLessThan(10_000)
  })

  it('lives while the database is away: it says so, and answers 503 within three seconds', async () => {
    const { url } = await startApi({ DATABASE_URL: 'postgresql://nobody:x@127.0.0.1:1/none' })
    const began = Date.now()

    const home = await fetch(`${url}/api/home`, { headers: { 'throughline-persona': 'priya' } })
    const body: unknown = await home.json()
    const health = await fetch(`${url}/api/health`)

    expect(home.status).toBe(503)
    expect(home.headers.get('retry-after')).not.toBeNull()
    expect(body).toMatchObject({ code: 'DatabaseUnavailable', status: 503 })
    expect(Date.now() - began).toBeLessThan(6_000)
    expect(health.status).toBe(200)
    expect(await health.json()).toMatchObject({ ok: false, parts: { database: { ok: false } } })
  })

  it('lets nobody act as a persona when other machines can reach it', async () => {
    const { url } = await startApi({ TL_HOST: '0.0.0.0' })
    const address = url.replace('0.0.0.0', '127.0.0.1')

    const answer = await fetch(`${address}/api/home`, { headers: { 'throughline-persona': 'priya' } })

    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({ code: 'DemoOnly' })
  })

  it('does not start in production without a master key', async () => {
    await expect(startApi({ NODE_ENV: 'production' })).rejects.toThrow('There is no master key')
  })

  it('stops when its master key is another than secrets were sealed with', async () => {
    const [theirs, ours] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')]
    const db = openDb(database.url, { max: 1 })
    await proveKeys(db, keyRing([theirs]))
    await db.destroy()

    const { child, said } = await startApi({ TL_MASTER_KEY: ours })

    await expect.poll(() => child.exitCode, { timeout: 20_000 }).toBe(1)
    expect(said()).toContain('another master key')
    expect(said()).not.toContain(ours)
  })

  it('does not start with an environment that it cannot use, and says why', async () => {
    await expect(startApi({ PORT: 'eighty' })).rejects.toThrow('PORT')
  })
})
