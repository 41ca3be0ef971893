import { createReadStream, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { canariesOf, rowsWithSecrets } from '#store/canaries.ts'
import { openDb, type Db } from '#store/db.ts'
import { checkInvariants, type Invariant } from '#store/invariants.ts'
import { onTemporal } from './checks.ts'
import { compareWithEngine, historiesThatLeak } from './engine-truth.ts'
import type { Home } from './home.ts'
import { knownPostgresUrl } from './postgres.ts'

const casesRead = 20
/** Cases are asked one after the other, on a machine that may be busy. */
const readingMs = 120_000

/**
 * The promises I1 to I10 on a live system: what the database says of them, and beside it what the engine, its
 * histories and the logs say. Null without a database.
 */
export async function checkPromises(
  home: Home,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Invariant[] | null> {
  const url = knownPostgresUrl(home, env)
  if (url === null) return null
  const db = openDb(url, { max: 2, name: 'throughline doctor' })
  try {
    const promises = await checkInvariants(db)
    const secrets = secretsOf(url, env)
    const more = new Map([
      ['I4', () => asTheEngineSays(home, db)],
      ['I9', () => leaksOutside(home, db, secrets)],
    ])
    return await Promise.all(promises.map((promise) => withMore(promise, more.get(promise.id))))
  } finally {
    await db.destroy()
  }
}

type More = { holds: boolean; found: string }

async function withMore(promise: Invariant, ask: (() => Promise<More>) | undefined): Promise<Invariant> {
  if (ask === undefined) return promise
  const startedAt = performance.now()
  const { holds, found } = await ask()
  return {
    ...promise,
    holds: promise.holds && holds,
    found: `${promise.found}; ${found}`,
    tookMs: promise.tookMs + Math.round(performance.now() - startedAt),
  }
}

async function asTheEngineSays(home: Home, db: Db): Promise<More> {
  const compared = await onTemporal(
    home,
    (connection, namespace) => compareWithEngine(db, { connection, namespace }),
    readingMs,
  )
  if ('fault' in compared) return { holds: false, found: `the engine could not be asked: ${compared.fault}` }
  const [first] = compared.differ
  return first === undefined
    ? { holds: true, found: `${compared.compared} open cases are where the engine says` }
    : {
        holds: false,
        found: `${compared.differ.length} of ${compared.compared} open cases differ from the engine, for example ${first.caseId}: ${first.how}`,
      }
}

async function leaksOutside(home: Home, db: Db, secrets: string[]): Promise<More> {
  const canaries = await canariesOf(db, casesRead)
  const words = [...new Set([...canaries.flatMap(({ values }) => values), ...secrets])]
  const logs = await logsWith(home.logs, words)
  const rows = await rowsWithSecrets(db, secrets)
  const histories = await onTemporal(
    home,
    (connection, namespace) => historiesThatLeak({ connection, namespace }, canaries, secrets),
    readingMs,
  )
  if ('fault' in histories) {
    return { holds: false, found: `histories could not be read: ${histories.fault}` }
  }
  const found = [
    ...logs.map((name) => `log ${name}`),
    ...histories.map((caseId) => `history of ${caseId}`),
    ...(rows === 0 ? [] : [`${rows} rows hold a secret`]),
  ]
  return {
    holds: found.length === 0,
    found:
      found.length === 0
        ? `nor in logs, nor in the histories of ${canaries.length} cases`
        : `found in ${found.join(', ')}`,
  }
}

const secretNames = [
  'OPENAI_API_KEY',
  'TEMPORAL_API_KEY',
  'POSTGRES_PASSWORD',
  'THROUGHLINE_DB_PASSWORD',
  'TEMPORAL_DB_PASSWORD',
  'TL_COLLEAGUE_KEY',
]
/** A shorter one would be found by chance, and is no secret. */
const shortestSecret = 8

function secretsOf(databaseUrl: string, env: NodeJS.ProcessEnv): string[] {
  const password = decodeURIComponent(new URL(databaseUrl).password)
  const named = secretNames.map((name) => env[name] ?? '')
  return [...new Set([password, ...named])].filter((secret) => secret.length >= shortestSecret)
}

const mostBytesPerLog = 20_000_000

/** Names of logs whose newest part holds one of the words. */
export async function logsWith(folder: string, words: string[]): Promise<string[]> {
  const found: string[] = []
  if (words.length === 0) return found
  const overlap = Math.max(...words.map((word) => word.length))
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.log'))) {
    const path = join(folder, name)
    const start = Math.max(0, statSync(path).size - mostBytesPerLog)
    let end = ''
    for await (const chunk of createReadStream(path, { start, encoding: 'utf8' })) {
      const text = `${end}${String(chunk)}`
      if (words.some((word) => text.includes(word))) {
        found.push(name)
        break
      }
      end = text.slice(-overlap)
    }
  }
  return found
}
