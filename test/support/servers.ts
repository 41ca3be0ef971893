import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { projectRoot, testHome } from '#local/home.ts'
import { ensurePostgres, urlOfDatabase } from '#local/postgres.ts'
import { ensureTemporal } from '#local/temporal.ts'

export type TestDatabase = { url: string; drop: () => Promise<void> }

/**
 * A fresh, migrated database of a real server. Under `npm test` the servers are already running; for a
 * single file they are started here and left running for the next run.
 */
export async function testPostgres(): Promise<TestDatabase> {
  const server = await postgresUrl()
  return newDatabase(server, `template ${await ensureTemplate(server)}`)
}

/** A database in which nothing is, not even tables. */
export async function emptyPostgres(): Promise<TestDatabase> {
  return newDatabase(await postgresUrl(), '')
}

async function newDatabase(server: string, how: string): Promise<TestDatabase> {
  const name = `tl_test_${Date.now().toString(36)}_${randomBytes(4).toString('hex')}`
  await onServer(server, (client) => client.query(`create database ${name} ${how}`))
  return {
    url: urlOfDatabase(server, name),
    drop: async () => {
      await onServer(server, (client) => client.query(`drop database if exists ${name} with (force)`))
    },
  }
}

/** A real Temporal server, shared: use task queues and workflow ids of your own. */
export async function testTemporal(): Promise<{ address: string; namespace: string }> {
  const address = process.env['TEMPORAL_TEST_ADDRESS']
  if (address) return { address, namespace: 'default' }
  const { address: started } = await ensureTemporal({
    home: testHome(),
    log: () => {},
    env: withoutServers(),
  })
  return { address: started, namespace: 'default' }
}

async function postgresUrl(): Promise<string> {
  const url = process.env['TL_TEST_DATABASE_URL']
  if (url) return url
  const { url: started } = await ensurePostgres({ home: testHome(), log: () => {}, env: withoutServers() })
  return started
}

/** Tests never run against the servers that the user's own environment names. */
function withoutServers(): NodeJS.ProcessEnv {
  const { DATABASE_URL, TEMPORAL_ADDRESS, TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE, ...rest } = process.env
  return rest
}

let templateOfThisProcess: Promise<string> | null = null

function ensureTemplate(server: string): Promise<string> {
  templateOfThisProcess ??= makeTemplate(server)
  return templateOfThisProcess
}

async function makeTemplate(server: string): Promise<string> {
  const { migrate } = await import('#store/migrate.ts')
  const template = `tl_template_${migrationsHash()}`
  const half = `${template}_${process.pid}_new`
  await onServer(server, async (client) => {
    // Several test processes may want it at once; one of them makes it.
    await client.query(`select pg_advisory_lock(hashtext('${template}'))`)
    await dropForgotten(client)
    const known = await client.query('select 1 from pg_database where datname = $1', [template])
    if (known.rowCount !== 0) return
    await client.query(`drop database if exists ${half} with (force)`)
    await client.query(`create database ${half}`)
    await migrate(urlOfDatabase(server, half))
    await client.query(`alter database ${half} rename to ${template}`)
  })
  return template
}

const forgottenAfterMs = 60 * 60 * 1000

/** Databases that a killed test run could not drop; their names hold when they were made. */
async function dropForgotten(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ datname: string }>(
    "select datname from pg_database where datname like 'tl\\_test\\_%'",
  )
  for (const { datname } of rows) {
    const madeAt = Number.parseInt(datname.split('_')[2] ?? '', 36)
    if (Date.now() - madeAt > forgottenAfterMs)
      await client.query(`drop database if exists ${datname} with (force)`)
  }
}

/** A changed migration gets a template of its own. */
function migrationsHash(): string {
  const hash = createHash('sha256')
  const folder = join(projectRoot, 'store', 'migrations')
  const files = existsSync(folder) ? readdirSync(folder).toSorted() : []
  for (const file of files) hash.update(file).update(readFileSync(join(folder, file)))
  hash.update(readFileSync(join(projectRoot, 'store', 'migrate.ts')))
  return hash.digest('hex').slice(0, 16)
}

async function onServer<T>(server: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: server })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
