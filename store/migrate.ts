import { readdir, readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { Migrator, sql, type Migration, type MigrationProvider } from 'kysely'
import { openDb, type Db } from './db.ts'

const folder = new URL('./migrations/', import.meta.url)

const provider: MigrationProvider = {
  async getMigrations() {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()
    const migrations: Record<string, Migration> = {}
    for (const name of names) {
      migrations[name.replace(/\.sql$/, '')] = {
        up: async (db) => {
          await sql.raw(await readFile(new URL(name, folder), 'utf8')).execute(db)
        },
      }
    }
    return migrations
  },
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
