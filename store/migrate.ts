import { readdir, readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { Migrator, sql, type Migration, type MigrationProvider } from 'kysely'
import type pg from 'pg'
import { openDb, type Db } from './db.ts'

const folder = new URL('./migrations/', import.meta.url)

const provider: MigrationProvider = {
  async getMigrations() {
    const migrations: Record<string, Migration> = {}
    for (const name of await knownMigrations()) {
      migrations[name] = {
        up: async (db) => {
          await sql.raw(await migrationSql(name)).execute(db)
        },
      }
    }
    return migrations
  },
}

/** The steps from nothing to the present shape, in order. */
export async function knownMigrations(): Promise<string[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()
  return files.map((name) => name.replace(/\.sql$/, ''))
}

/** The steps that a database has taken, in order. */
export async function migrationsIn(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    'select name from kysely_migration order by name collate "C"',
  )
  return rows.map(({ name }) => name)
}

/** Takes steps within the transaction of the client. That they were taken is for the caller to note. */
export async function takeMigrations(client: pg.ClientBase, names: string[]): Promise<void> {
  await client.query(`create table kysely_migration (name varchar(255) primary key, timestamp varchar(255) not null);
    create table kysely_migration_lock (id varchar(255) primary key, is_locked integer default 0 not null)`)
  for (const name of names) await client.query(await migrationSql(name))
}

async function migrationSql(name: string): Promise<string> {
  return readFile(new URL(`${name}.sql`, folder), 'utf8')
}

/** Brings a database to the present shape, in one transaction; several at once wait for each other. */
export async function migrate(url: string): Promise<string[]> {
  const db: Db = openDb(url, { max: 2, name: 'throughline migrations' })
  try {
    const { error, results = [] } = await new Migrator({ db, provider }).migrateToLatest()
    if (error !== undefined) throw new Error('the database could not be brought up to date', { cause: error })
    return results.map((result) => result.migrationName)
  } finally {
    await db.destroy()
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const url = process.env['DATABASE_URL']
  if (url === undefined) {
    console.error('DATABASE_URL is not set: say which database to bring up to date.')
    process.exit(1)
  }
  const done = await migrate(url)
  console.log(done.length === 0 ? 'The database is up to date.' : `Done: ${done.join(', ')}`)
}
