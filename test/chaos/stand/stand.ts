import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { z } from 'zod'
import { buildIfChanged, workflowBuild } from '#local/builds.ts'
import { homeAt, type Home } from '#local/home.ts'
import { anyFreePort } from '#local/ports.ts'
import { isRunning } from '#local/processes.ts'
import { readRecord } from '#local/run-records.ts'
import { migrate } from '#store/migrate.ts'
import { canariesOf, type Canaries } from './canaries.ts'
import { startLinks, type Links } from './links.ts'
import { ModelCall, ModelNews, type ModelMood, type ModelOrder } from './model.ts'
import { aProgram, type Program } from './program.ts'
import { ReceiverCall, ReceiverNews, type ReceiverMood, type ReceiverOrder } from './receiver.ts'
import { postgresServer, temporalServer, type Server } from './server.ts'

export const programNames = ['api-1', 'api-2', 'core', 'ai', 'model', 'receiver'] as const
export type ProgramName = (typeof programNames)[number]
export const serverNames = ['postgres', 'temporal'] as const
export type ServerName = (typeof serverNames)[number]

/** Everything that runs, each part a child process, with a proxy between each pair. */
export type Stand = {
  home: Home
  canaries: Canaries
  servers: Record<ServerName, Server>
  programs: Record<ProgramName, Program>
  links: Links
  /** Where the driver reaches the two APIs, through their proxies. */
  apis: readonly [string, string]
  modelMood: (mood: ModelMood) => void
  modelCalls: () => ModelCall[]
  receiverMood: (mood: ReceiverMood) => void
  receiverCalls: () => ReceiverCall[]
  /** Where the other system is called, through its proxy. */
  receiverUrl: string
  /** Whether both APIs say that every part works, asked without a proxy between. */
  isHealthy: () => Promise<boolean>
  untilHealthy: (withinMs: number) => Promise<boolean>
  /** What is to be undone when the servers have stopped. */
  onClose: (undo: () => Promise<void>) => void
  close: () => Promise<void>
}

const startWithinMs = 120_000

export async function openStand({ seed, keep }: { seed: number; keep: boolean }): Promise<Stand> {
  const folder = mkdtempSync(join(tmpdir(), 'tl-chaos-'))
  // PostgreSQL runs as another user when we are root, and keeps its data in here.
  chmodSync(folder, 0o755)
  const home = homeAt(folder)
  const canaries = canariesOf(seed)
  const closing: (() => Promise<unknown>)[] = []
  // Servers outlive whoever started them; when the harness itself breaks they must not.
  const endServers = (): void => {
    for (const name of ['postgres', 'temporal']) {
      const record = readRecord(home, name)
      if (record !== null && isRunning(record)) process.kill(record.pid, 'SIGKILL')
    }
  }
  process.once('exit', endServers)
  const close = async (): Promise<void> => {
    process.off('exit', endServers)
    for (const part of closing.toReversed()) await part()
    if (!keep) rmSync(folder, { recursive: true, force: true })
  }
  try {
    return await assemble({ home, canaries, closing, close })
  } catch (error) {
    await close()
    throw error
  }
}

type Assembly = {
  home: Home
  canaries: Canaries
  closing: (() => Promise<unknown>)[]
  close: () => Promise<void>
}

async function assemble({ home, canaries, closing, close }: Assembly): Promise<Stand> {
  const links = await startLinks()
  closing.push(async () => Promise.all(Object.values(links).map((link) => link.close())))
  const servers = { postgres: postgresServer(home, links), temporal: temporalServer(home, links) }
  closing.push(async () => Promise.all(Object.values(servers).map((server) => server.down('SIGTERM'))))
  await Promise.all([buildIfChanged(workflowBuild), servers.postgres.up(), servers.temporal.up()])
  await migrate(servers.postgres.address())

  const modelLog = join(home.root, 'model-calls.jsonl')
  const receiverLog = join(home.root, 'receiver-calls.jsonl')
  const ports = { 'api-1': await anyFreePort(), 'api-2': await anyFreePort() }
  links['driver→api-1'].leadTo(ports['api-1'])
  links['driver→api-2'].leadTo(ports['api-2'])
  const shared = {
    OPENAI_BASE_URL: `http://127.0.0.1:${links['ai→model'].port}/v1`,
    OPENAI_API_KEY: canaries.modelKey,
    TL_MODEL: 'chaos-model',
    TL_MASTER_KEY: randomBytes(32).toString('base64'),
  }
  const through = (name: 'api-1' | 'api-2' | 'core' | 'ai'): Record<string, string> => {
    const database = new URL(servers.postgres.address())
    database.port = String(links[`${name}→postgres`].port)
    return {
      ...shared,
      DATABASE_URL: database.toString(),
      TEMPORAL_ADDRESS: `127.0.0.1:${links[`${name}→temporal`].port}`,
      TEMPORAL_NAMESPACE: 'default',
      // No profile of the machine's user may lead anywhere else.
      TEMPORAL_CONFIG_FILE: join(home.root, 'no-profile.toml'),
    }
  }
  const api = (name: 'api-1' | 'api-2'): Program =>
    aProgram({
      name,
      entry: 'api/main.ts',
      logs: home.logs,
      env: {
        ...through(name),
        PORT: String(ports[name]),
        TL_DEMO: '1',
        TL_COLLEAGUE_KEY: canaries.colleagueKey,
        TL_WRITES_PER_MINUTE: '999999',
      },
    })
  const worker = (name: 'core' | 'ai'): Program =>
    aProgram({
      name,
      entry: 'workers/main.ts',
      logs: home.logs,
      env: { ...through(name), TL_WORKER_ROLES: name },
    })
  const programs: Record<ProgramName, Program> = {
    'api-1': api('api-1'),
    'api-2': api('api-2'),
    core: worker('core'),
    ai: worker('ai'),
    model: aProgram({
      name: 'model',
      entry: 'test/chaos/stand/model-main.ts',
      logs: home.logs,
      env: { TL_CHAOS_MODEL_LOG: modelLog, TL_CHAOS_CANARY: canaries.personal },
      onMessage: (message) => {
        links['ai→model'].leadTo(ModelNews.parse(message).port)
        // One that was killed in a bad mood is in the same mood afterwards.
        tellModel()
      },
    }),
    receiver: aProgram({
      name: 'receiver',
      entry: 'test/chaos/stand/receiver-main.ts',
      logs: home.logs,
      env: {
        TL_CHAOS_RECEIVER_LOG: receiverLog,
        TL_CHAOS_CONNECTION_SECRET: canaries.connectionSecret,
      },
      onMessage: (message) => {
        links['ai→receiver'].leadTo(ReceiverNews.parse(message).port)
        tellReceiver()
      },
    }),
  }
  let mood: ModelMood = 'well'
  const tellModel = (): void => {
    const order: ModelOrder = { mood }
    if (programs.model.isRunning()) programs.model.tell(order)
  }
  let receiverMood: ReceiverMood = 'well'
  const tellReceiver = (): void => {
    const order: ReceiverOrder = { mood: receiverMood }
    if (programs.receiver.isRunning()) programs.receiver.tell(order)
  }
  closing.push(async () => Promise.all(Object.values(programs).map((program) => program.down('SIGKILL'))))
  for (const program of Object.values(programs)) program.up()

  const isHealthy = async (): Promise<boolean> =>
    (await Promise.all(Object.values(ports).map(answersWell))).every((isWell) => isWell)
  const untilHealthy = async (withinMs: number): Promise<boolean> => {
    for (const until = Date.now() + withinMs; Date.now() < until; await sleep(100)) {
      if (await isHealthy()) return true
    }
    return false
  }
  if (!(await untilHealthy(startWithinMs))) {
    throw new Error(`The stand did not get ready; see ${home.logs}.`)
  }
  return {
    home,
    canaries,
    servers,
    programs,
    links,
    apis: [
      `http://127.0.0.1:${links['driver→api-1'].port}`,
      `http://127.0.0.1:${links['driver→api-2'].port}`,
    ],
    modelMood: (wanted) => {
      mood = wanted
      tellModel()
    },
    modelCalls: () => linesOf(ModelCall, modelLog),
    receiverMood: (wanted) => {
      receiverMood = wanted
      tellReceiver()
    },
    receiverCalls: () => linesOf(ReceiverCall, receiverLog),
    receiverUrl: `http://127.0.0.1:${links['ai→receiver'].port}/api`,
    isHealthy,
    untilHealthy,
    onClose: (undo) => void closing.unshift(undo),
    close,
  }
}

async function answersWell(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/api/health`, {
      signal: AbortSignal.timeout(8_000),
    })
    const text = await response.text()
    return response.ok && /"ok":true,"version"/.test(text)
  } catch {
    return false
  }
}

function linesOf<T>(shape: z.ZodType<T>, file: string): T[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => shape.parse(JSON.parse(line)))
}
