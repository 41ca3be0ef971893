import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createAdaptorServer } from '@hono/node-server'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { z } from 'zod'
import { privateCallsOf } from '#domain/call-address.ts'
import { demoPersonas } from '#domain/personas.ts'
import * as csv from '#workers/parse/csv.ts'
import { openDb } from '#store/db.ts'
import { pruneKeys } from '#store/idempotency.ts'
import { keptVersions } from '#store/processes.ts'
import { putPeople } from '#store/samples.ts'
import { keyRingOf, type KeyRing } from '#store/secrets/key-ring.ts'
import { untilProven } from '#store/secrets/prove-keys.ts'
import { pruneStream } from '#store/views/stream.ts'
import { createAdmission } from './admission.ts'
import { createApp } from './app.ts'
import { csvLogs } from './csv-logs.ts'
import type { HostRule, LogEntry } from './deps.ts'
import { allowedHosts, isLoopback, readEnv } from './env.ts'
import { startJobs } from './jobs.ts'
import { createLive } from './live.ts'
import { modelOf } from './model.ts'
import { startRelay } from './start-relay.ts'
import { temporalEngine } from './temporal-engine.ts'
import { webPages } from './web-pages.ts'

const drainMs = 15_000
/** A client that keeps its connection learns with its next answer that it is the last one. */
const farewellMs = 500
const pruneEveryMs = 600_000

let isStopping = false

const env = readEnv(process.env)
const isLocal = isLoopback(env.TL_HOST)
const demo = env.TL_DEMO && isLocal
if (env.TL_DEMO && !isLocal) {
  log({ level: 'warn', message: `The demo is off: ${env.TL_HOST} can be reached from other machines.` })
}

const secretKeys = keyRingOf({
  key: env.TL_MASTER_KEY,
  file: env.TL_MASTER_KEY_FILE,
  isRequired: env.NODE_ENV === 'production',
})
/** What the lanes, the relay, the jobs and the live pages use at once, and some for decisions under way. */
const connections = 32
/** Longer than any answer may take; a file's work is cut into shorter parts. */
const statementMs = 15_000

const db = openDb(env.DATABASE_URL, { max: connections, name: 'throughline api', statementMs })
const engine = temporalEngine(loadClientConnectConfig())
const logs = csvLogs(csv)
const live = createLive(db)
const warn = (message: string, error: unknown): void => log({ level: 'warn', message, error: String(error) })
const relay = startRelay({ db, engine }, warn)
const jobs = startJobs({ db, engine, logs, kickStarts: relay.kick, onError: warn })
// At once as well: a server that never lives for ten minutes forgets nothing otherwise.
const housekeeping = setInterval(keepHouse, pruneEveryMs)
keepHouse()

const app = createApp(
  {
    db,
    engine,
    live,
    logs,
    now: () => new Date(),
    demo,
    personas: demoPersonas,
    colleagueKey: demo ? env.TL_COLLEAGUE_KEY : null,
    model: modelOf(env),
    hosts: hostRule(),
    secretKeys,
    privateCalls: privateCallsOf(env.TL_ALLOW_PRIVATE_CALLS, env.NODE_ENV === 'production'),
    version: versionOfPackage(),
    writesPerMinute: env.TL_WRITES_PER_MINUTE,
    admission: createAdmission(db),
    versionOf: keptVersions(),
    kickStarts: relay.kick,
    kickJobs: jobs.kick,
    log,
  },
  webPages(fileURLToPath(new URL('../dist/web', import.meta.url))),
)

const server = createAdaptorServer({
  fetch: async (request) => {
    const response = await app.fetch(request)
    // Whoever keeps a connection open asks the next server from here on.
    if (isStopping) response.headers.set('connection', 'close')
    return response
  },
  serverOptions: { maxHeaderSize: 16_384, headersTimeout: 10_000, requestTimeout: 30_000 },
})
server.on('error', (error) => {
  log({ level: 'error', message: `Cannot listen on ${env.TL_HOST}:${env.PORT}`, error: String(error) })
  process.exit(1)
})
// Each waiting connection costs memory; beyond this a proxy asks the next server.
server.maxConnections = 10_000
server.listen({ port: env.PORT, host: env.TL_HOST, backlog: 4_096 }, () => {
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : env.PORT
  log({ level: 'info', message: `The API listens on http://${env.TL_HOST}:${port}` })
})
if (demo) void addPersonas()
if (secretKeys !== null) void stopWithWrongKeys(secretKeys)

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop())

/** Answers what was asked already, ends the streams, and leaves. */
async function stop(): Promise<void> {
  if (isStopping) return
  isStopping = true
  setTimeout(() => process.exit(1), drainMs + 3_000).unref()
  clearInterval(housekeeping)
  await new Promise((done) => setTimeout(done, farewellMs))
  const closed = new Promise<void>((done) => server.close(() => done()))
  // Streams end here, and their pages come back to another server, each a little later than the one before.
  live.close()
  const idle = setInterval(() => closeIdle(), 100)
  await Promise.race([closed, new Promise((done) => setTimeout(done, drainMs))])
  clearInterval(idle)
  await Promise.allSettled([relay.stop(), jobs.stop()])
  await Promise.allSettled([db.destroy(), engine.close()])
  process.exit(0)
}

/** Connections that a browser keeps open with nothing asked would hold up the end. */
function closeIdle(): void {
  if ('closeIdleConnections' in server) server.closeIdleConnections()
}

function keepHouse(): void {
  void forget().catch(() => undefined)
}

/** Deletes what is past its day, in parts, so that nobody waits for it. */
async function forget(): Promise<void> {
  for (const part of [pruneStream, pruneKeys]) {
    for (let gone = await part(db); gone > 0; gone = await part(db)) if (isStopping) return
  }
}

/** Looks at the master key as soon as the database is there: with a wrong one nothing is to be sealed. */
async function stopWithWrongKeys(keys: KeyRing): Promise<void> {
  const fault = await untilProven(db, keys, warn)
  if (fault === null) return
  log({ level: 'error', message: fault })
  process.exit(1)
}

/** The people of the demo, as soon as the database is there. */
async function addPersonas(): Promise<void> {
  for (;;) {
    try {
      await putPeople(
        db,
        demoPersonas.map(({ person }) => person),
      )
      return
    } catch (error) {
      warn('The people of the demo wait for the database', error)
      await new Promise((done) => setTimeout(done, 2_000))
    }
  }
}

function hostRule(): HostRule {
  const listed = allowedHosts(env)
  if (isLocal) return { kind: 'listed', hosts: ['127.0.0.1', 'localhost', '[::1]', ...listed] }
  return listed.length === 0 ? { kind: 'any' } : { kind: 'listed', hosts: listed }
}

function versionOfPackage(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const json: unknown = JSON.parse(text)
  return z.object({ version: z.string() }).parse(json).version
}

function log({ level, message, ...more }: LogEntry): void {
  const line = JSON.stringify({ at: new Date().toISOString(), level, message, ...more })
  if (level === 'error') console.error(line)
  else console.log(line)
}
