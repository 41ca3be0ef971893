import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { homeKey, type Home } from './home.ts'
import { withLock } from './lock.ts'
import { findPrograms, type PostgresPrograms } from './postgres-programs.ts'
import { freePortLike } from './ports.ts'
import {
  isRunning,
  lastLines,
  markOf,
  processesIn,
  spawnServer,
  stopProcess,
  type ProcessMark,
} from './processes.ts'
import { readRecord, writeRecord } from './run-records.ts'
import { canEnter, serverIdentity, type Identity } from './server-identity.ts'

export type Postgres = {
  url: string
  source: string
  /** Null when the server is not ours to watch or stop. */
  process: ProcessMark | null
  wasRunning: boolean
  stop: () => Promise<void>
}

type Log = (line: string) => void
type Place = { folder: string; data: string; passwordFile: string; identity: Identity | null }

const userName = 'throughline'
const databaseName = 'throughline'

/** A real PostgreSQL for this home: the configured one, the one still running, or one started now. */
export async function ensurePostgres({
  home,
  log,
  env = process.env,
}: {
  home: Home
  log: Log
  env?: NodeJS.ProcessEnv
}): Promise<Postgres> {
  const configured = env['DATABASE_URL']
  if (configured) {
    await answersOrThrow(configured)
    return {
      url: configured,
      source: 'PostgreSQL of DATABASE_URL',
      process: null,
      wasRunning: true,
      stop: async () => {},
    }
  }
  return withLock(join(home.run, 'postgres.lock'), async () => {
    const place = preparePlace(home, env)
    const adopted = await adopt(home, place, log)
    if (adopted) return adopted
    const programs = choosePrograms(place, env)
    if (!existsSync(place.data)) await initialise(place, programs, log)
    return start({ home, place, programs })
  })
}

/** Where the PostgreSQL of this home is to be found, without starting one; null when it does not run. */
export function knownPostgresUrl(home: Home, env: NodeJS.ProcessEnv = process.env): string | null {
  if (env['DATABASE_URL']) return env['DATABASE_URL']
  const record = readRecord(home, 'postgres')
  if (!record || record.port === null || !isRunning(record)) return null
  return urlOfDatabase(urlOn(record.port, passwordFileOf(home)), databaseName)
}

/** Creates the database when it is missing; its name is the last part of the address. */
export async function ensureDatabase(url: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const known = await client.query('select 1 from pg_database where datname = $1', [name])
    if (known.rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(name)}`)
  } finally {
    await client.end()
  }
  return urlOfDatabase(url, name)
}

export function urlOfDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.toString()
}

function preparePlace(home: Home, env: NodeJS.ProcessEnv): Place {
  const identity = serverIdentity(env)
  const folder = canEnter(home.root, identity)
    ? home.postgres
    : join('/var/lib', `throughline-${homeKey(home)}`)
  mkdirSync(folder, { recursive: true })
  if (identity) chownSync(folder, identity.uid, identity.gid)
  chmodSync(folder, 0o755)
  // Read by `npm run reset`, which has no other way to know of a folder outside the home.
  if (folder !== home.postgres) writeFileSync(join(home.root, 'postgres-folder'), folder)
  return { folder, data: join(folder, 'data'), passwordFile: passwordFileOf(home), identity }
}

function choosePrograms(place: Place, env: NodeJS.ProcessEnv): PostgresPrograms {
  const { found, refused } = findPrograms({ workFolder: place.folder, identity: place.identity, env })
  const dataMajor = existsSync(place.data)
    ? Number(readFileSync(join(place.data, 'PG_VERSION'), 'utf8'))
    : null
  const fitting = found.find((programs) => dataMajor === null || programs.major === dataMajor)
  if (fitting) return fitting
  const tried = [...found.map(({ source, major }) => `${source} is version ${major}`), ...refused]
  throw new Error(
    dataMajor === null
      ? `No PostgreSQL could be used. Set DATABASE_URL, or install one. Tried: ${tried.join('; ') || 'nothing found'}`
      : `${place.data} was made by PostgreSQL ${dataMajor}, and no such version was found (${tried.join('; ')}). ` +
          'Name its programs with TL_PG_BIN, or start afresh with "npm run reset".',
  )
}

async function initialise(place: Place, programs: PostgresPrograms, log: Log): Promise<void> {
  log('making a new database folder, once')
  const password = randomBytes(24).toString('base64url')
  writeSecret(place.passwordFile, password)
  const fresh = join(place.folder, `data.new.${process.pid}`)
  const passwordFile = join(place.folder, `password.${process.pid}`)
  rmSync(fresh, { recursive: true, force: true })
  writeSecret(passwordFile, password, place.identity)
  try {
    await run({
      command: join(programs.bin, 'initdb'),
      args: [
        `--pgdata=${fresh}`,
        `--username=${userName}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--no-instructions',
        ...(programs.major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []),
      ],
      programs,
      place,
    })
    // Only a complete folder gets the final name, so a killed initdb leaves nothing half made.
    renameSync(fresh, place.data)
  } finally {
    rmSync(passwordFile, { force: true })
    rmSync(fresh, { recursive: true, force: true })
  }
}

async function start({
  home,
  place,
  programs,
}: {
  home: Home
  place: Place
  programs: PostgresPrograms
}): Promise<Postgres> {
  await clearStaleLock(place)
  const logFile = join(home.logs, 'postgres.log')
  let failure = ''
  for (let attempt = 1; attempt <= 3; attempt++) {
    const port = await freePortLike(attempt === 1 ? (readRecord(home, 'postgres')?.port ?? null) : null)
    const child = spawnServer({
      command: join(programs.bin, 'postgres'),
      args: ['-D', place.data, '-p', String(port), ...settings],
      env: { PATH: process.env['PATH'], LC_ALL: 'C', ...programs.env },
      cwd: place.data,
      logFile,
      identity: place.identity,
    })
    const spawnFailure = new Promise<string>((resolve) =>
      child.once('error', (error) => resolve(error.message)),
    )
    const mark = child.pid === undefined ? null : markOf(child.pid)
    if (mark) {
      writeRecord(home, 'postgres', { ...mark, port })
      const url = urlOn(port, place.passwordFile)
      if (await untilAnswering(url, mark, 60_000)) {
        return {
          url: await ensureDatabase(url, databaseName),
          source: programs.source,
          process: mark,
          wasRunning: false,
          stop: () => stop(mark),
        }
      }
      failure = lastLines(logFile, 5)
      await stopProcess(mark, { signal: 'SIGQUIT', graceMs: 5_000 })
    } else {
      failure = await spawnFailure
    }
    await sleep(300 * attempt)
  }
  throw new Error(
    `PostgreSQL did not start (${programs.source}). Its last words, from ${logFile}:\n${failure}`,
  )
}

const settings = Object.entries({
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '64MB',
  max_connections: '200',
  fsync: 'on',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  log_timezone: 'UTC',
}).flatMap(([name, value]) => ['-c', `${name}=${value}`])

/** The server of this home outlives a killed launcher: it is taken over, or ended when it no longer answers. */
async function adopt(home: Home, place: Place, log: Log): Promise<Postgres | null> {
  const running = runningServer(place)
  if (!running) return null
  const url = urlOn(running.port, place.passwordFile)
  if (await untilAnswering(url, running.mark, 10_000)) {
    writeRecord(home, 'postgres', { ...running.mark, port: running.port })
    return {
      url: await ensureDatabase(url, databaseName),
      source: 'PostgreSQL still running from an earlier start',
      process: running.mark,
      wasRunning: true,
      stop: () => stop(running.mark),
    }
  }
  log('ending a PostgreSQL of an earlier start that no longer answers')
  await stopProcess(running.mark, { signal: 'SIGQUIT', graceMs: 5_000 })
  return null
}

function runningServer(place: Place): { mark: ProcessMark; port: number } | null {
  const lines = lockLines(place)
  const mark = markOf(Number(lines[0]))
  const port = Number(lines[3])
  return mark && port && isServerOf(mark, place) ? { mark, port } : null
}

function isServerOf(mark: ProcessMark, place: Place): boolean {
  // Elsewhere the working folder cannot be read; there the password decides when we connect.
  if (process.platform !== 'linux') return true
  return processesIn(realpathSync(place.data)).some(({ pid }) => pid === mark.pid)
}

/**
 * PostgreSQL clears the lock of a dead server itself, except when the number belongs to another process by
 * now, or to one that nobody has collected. Children of a killed server are given a moment, then ended.
 */
async function clearStaleLock(place: Place): Promise<void> {
  if (process.platform !== 'linux') return
  const leftovers = processesIn(realpathSync(place.data))
  for (const leftover of leftovers) await stopProcess(leftover, { signal: 'SIGQUIT', graceMs: 3_000 })
  rmSync(join(place.data, 'postmaster.pid'), { force: true })
}

function lockLines(place: Place): string[] {
  try {
    return readFileSync(join(place.data, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    return []
  }
}

async function stop(mark: ProcessMark): Promise<void> {
  // SIGINT is PostgreSQL's "fast" shutdown: sessions are ended, everything committed is kept.
  await stopProcess(mark, { signal: 'SIGINT', graceMs: 20_000 })
}

async function untilAnswering(url: string, mark: ProcessMark, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs
  while (Date.now() < deadline) {
    if ((await answers(url)) === null) return true
    if (!isRunning(mark)) return false
    await sleep(40)
  }
  return false
}

/** Null when the server answers, else why it does not. */
async function answers(url: string): Promise<string | null> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 })
  // Without a listener a connection that breaks between two awaits would end this process.
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select 1')
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    await client.end().catch(() => {})
  }
}

async function answersOrThrow(url: string): Promise<void> {
  const reason = await answers(url)
  if (reason === null) return
  throw new Error(
    `DATABASE_URL is set, but that PostgreSQL does not answer: ${reason}. Start it, or unset DATABASE_URL.`,
  )
}

function passwordFileOf(home: Home): string {
  return join(home.root, 'postgres-password')
}

function urlOn(port: number, passwordFile: string): string {
  const password = readFileSync(passwordFile, 'utf8').trim()
  return `postgresql://${userName}:${password}@127.0.0.1:${port}/postgres`
}

function writeSecret(file: string, text: string, owner: Identity | null = null): void {
  rmSync(file, { force: true })
  writeFileSync(file, text, { mode: 0o600 })
  if (owner) chownSync(file, owner.uid, owner.gid)
}

function run({
  command,
  args,
  programs,
  place,
}: {
  command: string
  args: string[]
  programs: PostgresPrograms
  place: Place
}): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: place.folder,
      env: { PATH: process.env['PATH'], LC_ALL: 'C', ...programs.env },
      stdio: ['ignore', 'ignore', 'pipe'],
      ...place.identity,
    })
    let words = ''
    child.stderr.on('data', (chunk: Buffer) => (words += chunk.toString()))
    child.once('error', reject)
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`initdb failed: ${words.trim()}`)),
    )
  })
}
