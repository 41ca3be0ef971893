import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Connection, type ConnectionOptions } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import type { Home } from './home.ts'
import { withLock } from './lock.ts'
import { freePortLike } from './ports.ts'
import { isRunning, lastLines, markOf, spawnServer, stopProcess, type ProcessMark } from './processes.ts'
import { readRecord, writeRecord } from './run-records.ts'
import { findTemporalProgram, type TemporalProgram } from './temporal-program.ts'

export type Temporal = {
  address: string
  namespace: string
  source: string
  /** What a child needs so that it reaches this very server and no other profile of the user. */
  env: Record<string, string>
  /** Null when the server is not ours to watch or stop. */
  process: ProcessMark | null
  wasRunning: boolean
  stop: () => Promise<void>
}

type Log = (line: string) => void

const connectionVariables = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE']

/** A real Temporal server for this home: the configured one, the one still running, or one started now. */
export async function ensureTemporal({
  home,
  log,
  env = process.env,
}: {
  home: Home
  log: Log
  env?: NodeJS.ProcessEnv
}): Promise<Temporal> {
  if (connectionVariables.some((name) => env[name])) return configured(env)
  mkdirSync(home.temporal, { recursive: true })
  return withLock(join(home.run, 'temporal.lock'), async () => {
    const adopted = await adopt(home, log)
    if (adopted) return adopted
    const program = await findTemporalProgram({ serverVersion: lastServerVersion(home), log, env })
    return start(home, program, log)
  })
}

async function configured(env: NodeJS.ProcessEnv): Promise<Temporal> {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({
    overrideEnvVars: definedOnly(env),
  })
  const address = connectionOptions.address ?? 'localhost:7233'
  const reason = await answers(connectionOptions, namespace)
  if (reason !== null) {
    throw new Error(
      `The TEMPORAL_ variables name the server ${address}, which does not answer: ${reason}. Start it, or unset them.`,
    )
  }
  return {
    address,
    namespace,
    source: `Temporal of the TEMPORAL_ variables (${address})`,
    env: {},
    process: null,
    wasRunning: true,
    stop: async () => {},
  }
}

async function start(home: Home, program: TemporalProgram, log: Log): Promise<Temporal> {
  const stateFile = stateFileOf(home, program, log)
  const logFile = join(home.logs, 'temporal.log')
  let failure = ''
  for (let attempt = 1; attempt <= 3; attempt++) {
    const port = await freePortLike(attempt === 1 ? (readRecord(home, 'temporal')?.port ?? null) : null)
    const child = spawnServer({
      command: program.path,
      args: ['server', 'start-dev', '--port', String(port), '--db-filename', stateFile, ...settings],
      env: { PATH: process.env['PATH'], HOME: home.temporal },
      cwd: home.temporal,
      logFile,
    })
    const spawnFailure = new Promise<string>((resolve) =>
      child.once('error', (error) => resolve(error.message)),
    )
    const mark = child.pid === undefined ? null : markOf(child.pid)
    if (mark) {
      writeRecord(home, 'temporal', { ...mark, port })
      if (await untilAnswering(port, mark, 60_000)) {
        return running({ home, mark, port, source: program.source, wasRunning: false })
      }
      failure = lastLines(logFile, 5)
      await stopProcess(mark, { signal: 'SIGTERM', graceMs: 5_000 })
    } else {
      failure = await spawnFailure
    }
  }
  throw new Error(`Temporal did not start (${program.source}). Its last words, from ${logFile}:\n${failure}`)
}

const settings = [
  '--headless',
  '--ip=127.0.0.1',
  '--namespace=default',
  '--log-level=warn',
  // A full sync per write would cost more than half of the throughput; WAL survives a killed process.
  '--sqlite-pragma=journal_mode=WAL',
  '--sqlite-pragma=synchronous=NORMAL',
  // Work of several pilots that waits for workers is handed out in turn.
  '--dynamic-config-value=matching.enableFairness=true',
  // Its one shard hands work on and looks at its timers at most 20 times a second otherwise: steps would wait for it.
  '--dynamic-config-value=history.transferProcessorMaxPollRPS=1000',
  '--dynamic-config-value=history.timerProcessorMaxPollRPS=1000',
  '--search-attribute=TlPilotId=Keyword',
  '--search-attribute=TlMapVersion=Int',
]

async function adopt(home: Home, log: Log): Promise<Temporal | null> {
  const record = readRecord(home, 'temporal')
  if (!record || record.port === null || !isRunning(record)) return null
  if (await untilAnswering(record.port, record, 10_000)) {
    const source = 'Temporal still running from an earlier start'
    return running({ home, mark: record, port: record.port, source, wasRunning: true })
  }
  log('ending a Temporal server of an earlier start that no longer answers')
  await stopProcess(record, { signal: 'SIGTERM', graceMs: 5_000 })
  return null
}

function running({
  home,
  mark,
  port,
  source,
  wasRunning,
}: {
  home: Home
  mark: ProcessMark
  port: number
  source: string
  wasRunning: boolean
}): Temporal {
  const address = `127.0.0.1:${port}`
  return {
    address,
    namespace: 'default',
    source,
    env: {
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: 'default',
      TEMPORAL_CONFIG_FILE: ownProfile(home, address),
    },
    process: { pid: mark.pid, startedAt: mark.startedAt },
    wasRunning,
    stop: () => stopProcess(mark, { signal: 'SIGTERM', graceMs: 10_000 }),
  }
}

/** Keeps keys and addresses of the user's own default profile away from the local server. */
function ownProfile(home: Home, address: string): string {
  const file = join(home.temporal, 'profile.toml')
  writeFileSync(file, `[profile.default]\naddress = "${address}"\nnamespace = "default"\n`)
  return file
}

/** State files have no upgrade between server versions, so each version keeps its own. */
function stateFileOf(home: Home, { serverVersion }: TemporalProgram, log: Log): string {
  const last = lastServerVersion(home)
  if (last !== null && last !== serverVersion) {
    log(
      `the cases in flight were left in the state file of Temporal server ${last}; this is ${serverVersion}`,
    )
  }
  writeFileSync(versionFile(home), serverVersion)
  return join(home.temporal, `state-${serverVersion}.db`)
}

function lastServerVersion(home: Home): string | null {
  return existsSync(versionFile(home)) ? readFileSync(versionFile(home), 'utf8').trim() : null
}

function versionFile(home: Home): string {
  return join(home.temporal, 'server-version')
}

async function untilAnswering(port: number, mark: ProcessMark, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs
  while (Date.now() < deadline) {
    if ((await answers({ address: `127.0.0.1:${port}` }, 'default')) === null) return true
    if (!isRunning(mark)) return false
    await sleep(50)
  }
  return false
}

/** Null when the server answers for the namespace, else why it does not. */
async function answers(options: ConnectionOptions, namespace: string): Promise<string | null> {
  try {
    const connection = await Connection.connect({ ...options, connectTimeout: 3_000 })
    try {
      await connection.withDeadline(Date.now() + 3_000, () =>
        connection.workflowService.describeNamespace({ namespace }),
      )
      return null
    } finally {
      await connection.close()
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
