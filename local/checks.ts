import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Connection } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import pg from 'pg'
import * as z from 'zod'
import { oneRow, openDb, sql } from '#store/db.ts'
import { projectRoot, type Home } from './home.ts'
import { knownPostgresUrl } from './postgres.ts'
import { isRunning } from './processes.ts'
import { readRecord } from './run-records.ts'

export type Finding = { ok: true; found: string } | { ok: false; fault: string; fix: string }

/** One question about a running Throughline; it starts nothing and changes nothing. */
export type Check = { name: string; run: (home: Home) => Promise<Finding> }

const startIt = 'Run "npm start" and keep it running, with the same TL_HOME.'

/** Asked by `npm run doctor`, all at once. */
export const checks: Check[] = [
  { name: 'Node.js', run: checkNode },
  { name: 'PostgreSQL', run: checkPostgres },
  { name: 'Database shape', run: checkMigrations },
  { name: 'Reconciler', run: checkReconciler },
  { name: 'Temporal', run: checkTemporal },
  { name: 'Worker for cases', run: (home) => checkPollers(home, 'tl-core') },
  { name: 'Worker for AI steps', run: (home) => checkPollers(home, 'tl-ai') },
  { name: 'API', run: checkApi },
  { name: 'Model', run: checkModel },
]

async function checkNode(): Promise<Finding> {
  const { node } = process.versions
  const [major = 0, minor = 0] = node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return { ok: true, found: `version ${node}` }
  return { ok: false, fault: `version ${node} is too old`, fix: 'Install Node.js 20.19 or newer.' }
}

async function checkPostgres(home: Home): Promise<Finding> {
  const rows = await ask(home, 'select version() as answer')
  if ('fault' in rows) return { ok: false, ...rows }
  return { ok: true, found: rows.answers[0]?.split(' on ')[0] ?? 'answers' }
}

async function checkMigrations(home: Home): Promise<Finding> {
  const rows = await ask(home, 'select name as answer from kysely_migration')
  if ('fault' in rows) return { ok: false, ...rows }
  const wanted = readdirSync(join(projectRoot, 'store', 'migrations'))
    .filter((name) => name.endsWith('.sql'))
    .map((name) => name.replace(/\.sql$/, ''))
  const missing = wanted.filter((name) => !rows.answers.includes(name))
  if (missing.length === 0) return { ok: true, found: `up to date (${wanted.length} migrations)` }
  return {
    ok: false,
    fault: `not applied: ${missing.join(', ')}`,
    fix: 'Run "npm start", or "npm run db:migrate".',
  }
}

async function checkTemporal(home: Home): Promise<Finding> {
  return onTemporal(home, async (connection, namespace) => {
    const { serverVersion } = await connection.workflowService.getSystemInfo({})
    await connection.workflowService.describeNamespace({ namespace })
    return { ok: true, found: `server ${serverVersion}, namespace ${namespace}` }
  })
}

const Round = z.object({
  ran_at: z.string().nullable(),
  unmended: z.number(),
  stuck: z.number(),
  lost: z.number(),
  repairs: z.number(),
})
const roundIsLateMs = 150_000

async function checkReconciler(home: Home): Promise<Finding> {
  const url = knownPostgresUrl(home)
  if (url === null) return { ok: false, fault: 'no PostgreSQL of this home runs', fix: startIt }
  const db = openDb(url, { max: 1, name: 'throughline doctor' })
  try {
    const round = await oneRow(
      db,
      Round,
      sql`select ran_at, (select count(*) from case_check k join case_run c on c.id = k.case_id
            where not k.agrees and c.ended_at is null) as unmended,
          (select count(*) from case_run where stalled_since is not null and stall <> 'lost') as stuck,
          (select count(*) from case_run where stalled_since is not null and stall = 'lost') as lost,
          (select count(*) from audit where actor = 'system' and action like 'reconcile:%'
            and at > now() - interval '1 day') as repairs
        from reconciler`,
    )
    const lost =
      round.lost === 0
        ? ''
        : `; ${round.lost} cases have no history: begin them again on their pages, or stop them`
    const found = `${round.repairs} repairs noted in 24 h, ${round.stuck} cases stuck, ${round.unmended} not mended${lost}`
    if (round.ran_at === null || Date.now() - Date.parse(round.ran_at) > roundIsLateMs) {
      const last = round.ran_at === null ? 'never' : round.ran_at
      return { ok: false, fault: `its last round was ${last}; ${found}`, fix: startIt }
    }
    if (round.stuck === 0 && round.unmended === 0) return { ok: true, found }
    return {
      ok: false,
      fault: found,
      fix: `Stuck cases are listed under the pilot's cases; the cause is in ${join(home.logs, 'worker.log')}.`,
    }
  } finally {
    await db.destroy()
  }
}

const longestSilenceMs = 120_000

async function checkPollers(home: Home, queue: string): Promise<Finding> {
  return onTemporal(home, async (connection, namespace) => {
    // 1 = workflow tasks, 2 = activity tasks; tl-ai has only the latter.
    const asked = await connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: queue },
      taskQueueType: 2,
    })
    const recent = asked.pollers?.filter(
      ({ lastAccessTime }) => Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1000 < longestSilenceMs,
    )
    if (recent?.length) return { ok: true, found: `asks for work on ${queue}` }
    return { ok: false, fault: `no worker asks for work on ${queue}`, fix: startIt }
  })
}

async function checkApi(home: Home): Promise<Finding> {
  const record = readRecord(home, 'api')
  if (!record || record.port === null || !isRunning(record))
    return { ok: false, fault: 'it does not run', fix: startIt }
  const url = `http://127.0.0.1:${record.port}/api/health`
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => null)
  if (!response)
    return { ok: false, fault: `${url} does not answer`, fix: `See ${join(home.logs, 'api.log')}.` }
  if (response.ok) return { ok: true, found: `http://127.0.0.1:${record.port}` }
  const words = (await response.text()).slice(0, 300)
  return {
    ok: false,
    fault: `${url} answers ${response.status}: ${words}`,
    fix: 'Mend the part that it names.',
  }
}

const Health = z.object({ parts: z.object({ model: z.object({ ok: z.boolean(), detail: z.string() }) }) })

async function checkModel(home: Home): Promise<Finding> {
  const port = readRecord(home, 'api')?.port
  const response = await fetch(`http://127.0.0.1:${port}/api/health`, {
    signal: AbortSignal.timeout(5_000),
  }).catch(() => null)
  if (!response) return { ok: false, fault: 'the API, which knows the model, does not answer', fix: startIt }
  const { ok, detail } = Health.parse(await response.json()).parts.model
  if (ok) return { ok: true, found: detail }
  return {
    ok: false,
    fault: `${detail}; AI steps go to a person`,
    fix: 'Set OPENAI_BASE_URL and OPENAI_API_KEY, or see what "npm start" says about the practice model.',
  }
}

async function ask(
  home: Home,
  query: string,
): Promise<{ answers: string[] } | { fault: string; fix: string }> {
  const url = knownPostgresUrl(home)
  if (url === null) return { fault: 'no server of this home runs', fix: startIt }
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ answer: string }>(query)
    return { answers: rows.map((row) => row.answer) }
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error)
    return { fault, fix: `See ${join(home.logs, 'postgres.log')}, or check DATABASE_URL.` }
  } finally {
    await client.end().catch(() => {})
  }
}

const temporalMs = 5_000

/** Does something with the Temporal server of this home, or says why that cannot be. */
export async function onTemporal<Result>(
  home: Home,
  work: (connection: Connection, namespace: string) => Promise<Result>,
  withinMs: number = temporalMs,
): Promise<Result | Extract<Finding, { ok: false }>> {
  const record = readRecord(home, 'temporal')
  const isOurs = record !== null && record.port !== null && isRunning(record)
  const isConfigured = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'].some(
    (name) => process.env[name],
  )
  if (!isOurs && !isConfigured) return { ok: false, fault: 'no server of this home runs', fix: startIt }
  const { connectionOptions, namespace = 'default' } = isConfigured
    ? loadClientConnectConfig()
    : { connectionOptions: { address: `127.0.0.1:${record?.port}` } }
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: 5_000 })
    try {
      return await connection.withDeadline(Date.now() + withinMs, () => work(connection, namespace))
    } finally {
      await connection.close()
    }
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error)
    return {
      ok: false,
      fault,
      fix: `See ${join(home.logs, 'temporal.log')}, or check the TEMPORAL_ variables.`,
    }
  }
}
