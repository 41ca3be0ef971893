import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { addAudit, firstBrokenAudit } from '#store/audit.ts'
import { restoreBackup } from '#store/backup/restore-backup.ts'
import { tablesToKeep } from '#store/backup/tables.ts'
import { writeBackup } from '#store/backup/write-backup.ts'
import { createCase } from '#store/cases.ts'
import { inTransaction, openDb, run, sql, type Db } from '#store/db.ts'
import { checkInvariants } from '#store/invariants.ts'
import { knownMigrations, migrate, takeMigrations } from '#store/migrate.ts'
import { headOfStream, isKept } from '#store/views/stream.ts'
import { someOfEverything, type Ids } from '../api/some-of-everything.ts'
import { openTestApi, type TestApi } from '../api/test-api.ts'
import { emptyPostgres, type TestDatabase } from '../support/servers.ts'
import { addPeople, priya } from '../support/store.ts'

let folder: string
let api: TestApi
let ids: Ids
let whole: string
const databases: TestDatabase[] = []
const connections: { end: () => Promise<void> }[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tl-backup-'))
  api = await openTestApi()
  ids = await someOfEverything(api)
  // Nothing changes between the backup and the look at what it was made of.
  const batch = { params: { commandBatchId: ids.commandBatchId } }
  await vi.waitFor(async () => expect((await api.call('commandBatch', batch)).status).toBe('done'), 60_000)
  whole = file('whole')
  await writeBackup(api.url, whole)
}, 240_000)
afterEach(async () => {
  for (const connection of connections.splice(0)) await connection.end().catch(() => undefined)
  for (const database of databases.splice(0)) await database.drop()
})
afterAll(async () => {
  await api.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('a backup', () => {
  it('gives back every row that is kept, after which everything goes on', async () => {
    const before = await everyRow(api.url)
    const target = await newDatabase()

    const restored = await restoreBackup(target.url, whole)

    expect(restored).toMatchObject({ migrated: [], rows: total(before) })
    const after = await everyRow(target.url)
    const { audit: audits = [], ...others } = after
    const { audit: earlier = [], ...expected } = before
    expect(others).toEqual(expected)
    expect(audits.slice(0, -1)).toEqual(earlier)
    expect(audits.at(-1)).toContain('"action": "restore"')
    // Something of nearly everything was there: an empty table proves nothing.
    expect(Object.values(before).filter((found) => found.length > 0).length).toBeGreaterThan(20)

    const db = opened(target.url)
    expect((await checkInvariants(db)).filter(({ holds }) => !holds)).toEqual([])
    await inTransaction(db, (tx) =>
      addAudit(tx, {
        actor: priya.id,
        action: 'look',
        object: { kind: 'case', id: ids.caseId },
        processId: null,
        detail: {},
      }),
    )
    expect(await firstBrokenAudit(db)).toBeNull()
    const made = await createCase(db, {
      pilotId: ids.pilotId,
      title: 'After',
      values: {},
      externalKey: 'after',
      by: priya,
      channel: 'form',
    })
    expect(made).toMatchObject({ existed: false })
    expect(await migrate(target.url)).toEqual([])
  }, 240_000)

  it('is of one moment, holds up nobody, and never has half of what happens meanwhile', async () => {
    // It waits for this table after it has fixed its moment.
    const release = await held(api.url, 'lock table step_week in access exclusive mode')
    const path = file('moment')
    const writing = writeBackup(api.url, path)
    await waiting(api.url, 'throughline backup')
    const ownNumber = await onClient(api.url, async (client) =>
      client.query(`select backend_xid from pg_stat_activity where application_name = 'throughline backup'`),
    )
    const made = await createCase(api.db, {
      pilotId: ids.pilotId,
      title: 'Meanwhile',
      values: {},
      externalKey: 'meanwhile',
      by: priya,
      channel: 'form',
    })
    if ('code' in made) throw new Error(made.code)
    await release()
    await writing

    // Pages are told up to the first transaction with a number of its own that is still open: it takes none.
    expect(ownNumber.rows).toEqual([{ backend_xid: null }])
    expect(gunzipSync(readFileSync(path)).toString()).not.toContain(made.caseId)
    const target = await newDatabase()
    expect(await restoreBackup(target.url, path)).not.toHaveProperty('fault')
    const db = opened(target.url)
    expect((await checkInvariants(db)).filter(({ holds }) => !holds)).toEqual([])
  }, 240_000)

  it('that is killed leaves nothing that looks like one, and nothing is ever written over', async () => {
    const own = join(folder, 'killed')
    const path = join(own, 'one.backup.gz')
    const release = await held(api.url, 'lock table step_week in access exclusive mode')
    const child = command(api.url, 'backup', '--to', path)
    await waiting(api.url, 'throughline backup')
    await killed(child)
    await release()

    expect(readdirSync(own).filter((name) => name.endsWith('.gz'))).toEqual([])
    expect(await ended(command(api.url, 'backup', '--to', path))).toBe(0)
    expect(statSync(path).mode & 0o077).toBe(0)
    const bytes = readFileSync(path)
    expect(await ended(command(api.url, 'backup', '--to', path))).toBe(1)
    expect(readFileSync(path)).toEqual(bytes)
  }, 240_000)
})

describe('a restore', () => {
  it('refuses a file that was cut anywhere, and leaves the database empty', async () => {
    const bytes = readFileSync(whole)
    const target = await newDatabase()
    const lengths = [
      0,
      1,
      9,
      10,
      ...Array.from({ length: 12 }, (_, at) => Math.floor((bytes.length * at) / 12)),
      bytes.length - 1,
    ]

    for (const length of lengths) {
      const path = file(`cut-${length}`)
      writeFileSync(path, bytes.subarray(0, length))
      expect(await restoreBackup(target.url, path), `${length} bytes`).toMatchObject({
        fault: expect.stringContaining('cut short or altered'),
      })
    }
    expect(await tablesIn(target.url)).toBe(0)
  }, 240_000)

  it('refuses a file in which anything was changed, however well it was packed again', async () => {
    const text = gunzipSync(readFileSync(whole)).toString()
    const target = await newDatabase()
    const changes: [string, (given: string) => string][] = [
      ['a value', (given) => given.replace('They ask for 4200 euros.', 'They ask for 9999 euros.')],
      ['a row less', (given) => given.replace(/(\{"table":"case_event".*\n).*\n/, '$1')],
      ['a table less', (given) => given.replace(/\{"table":"decision",[^]*?\n\\\.\n/, '')],
      ['a count', (given) => given.replace(/"case_event":(\d+)/, '"case_event":1')],
      ['something after the end', (given) => `${given}{"table":"person","columns":["id"]}\n`],
      ['no end', (given) => given.replace(/\n[^\n]*\n$/, '\n')],
      ['another file', () => 'name,amount\nRuth,12\n'],
    ]

    for (const [what, change] of changes) {
      const changed = change(text)
      expect(changed, what).not.toBe(text)
      const path = file(`altered-${what.replaceAll(' ', '-')}`)
      writeFileSync(path, gzipSync(changed))
      expect(await restoreBackup(target.url, path), what).toMatchObject({
        fault: expect.stringContaining('cut short or altered'),
      })
    }
    writeFileSync(file('plain'), text)
    expect(await restoreBackup(target.url, file('plain'))).toHaveProperty('fault')
    expect(await restoreBackup(target.url, file('nowhere'))).toEqual({
      fault: `${file('nowhere')}: There is no such file.`,
    })
    expect(await tablesIn(target.url)).toBe(0)
  }, 240_000)

  it('refuses a database that is not empty, and what a newer Throughline wrote', async () => {
    const before = await everyRow(api.url)
    expect(await restoreBackup(api.url, whole)).toMatchObject({
      fault: expect.stringContaining('The database is not empty'),
    })
    expect(await everyRow(api.url)).toEqual(before)

    const target = await newDatabase()
    const text = gunzipSync(readFileSync(whole)).toString()
    const newer = summed(text.replace('"migrations":[', '"migrations":["9999_later",'))
    writeFileSync(file('newer'), gzipSync(newer))
    expect(await restoreBackup(target.url, file('newer'))).toMatchObject({
      fault: expect.stringContaining('newer Throughline, whose database has 9999_later'),
    })
    writeFileSync(file('format'), gzipSync(summed(text.replace('"format":1', '"format":2'))))
    expect(await restoreBackup(target.url, file('format'))).toMatchObject({
      fault: expect.stringContaining('newer Throughline (format 2'),
    })
    expect(await tablesIn(target.url)).toBe(0)
  }, 240_000)

  it('that fails or is killed half way leaves an empty database, into which the next one goes', async () => {
    const target = await newDatabase()
    const text = gunzipSync(readFileSync(whole)).toString()
    // Whole by its sums, and against a rule of the database in the last table but one.
    const doubled = summed(text.replace(/(\{"table":"task","columns".*\n)(.*\n)/, '$1$2$2'), { task: 1 })
    writeFileSync(file('doubled'), gzipSync(doubled))
    await expect(restoreBackup(target.url, file('doubled'))).rejects.toThrow(/duplicate key/)
    expect(await tablesIn(target.url)).toBe(0)

    // Somebody else is just making one of the tables, so that it waits in the middle of its work.
    const release = await held(target.url, 'create table write_count (n integer)')
    const child = command(target.url, 'restore', whole)
    await waiting(target.url, 'throughline restore')
    await killed(child)
    await release()
    await expect.poll(async () => tablesIn(target.url), { timeout: 60_000 }).toBe(0)

    expect(await ended(command(target.url, 'restore', whole))).toBe(0)
    expect((await everyRow(target.url))['decision']).toEqual((await everyRow(api.url))['decision'])
  }, 240_000)

  it('of an older shape brings it up to date', async () => {
    const old = await newDatabase()
    const names = await knownMigrations()
    const known = names.slice(0, -2)
    await onClient(old.url, async (client) => {
      await client.query('begin')
      await takeMigrations(client, known)
      for (const name of known) {
        await client.query(`insert into kysely_migration values ($1, '2026-01-01T00:00:00.000Z')`, [name])
      }
      await client.query('commit')
    })
    const db = opened(old.url)
    await addPeople(db)
    await run(db, sql`update reconciler set cursor = 'somewhere'`)
    await writeBackup(old.url, file('old'))
    const target = await newDatabase()

    const restored = await restoreBackup(target.url, file('old'))

    expect(restored).toMatchObject({ migrated: names.slice(-2) })
    const after = await everyRow(target.url)
    expect(after['person']).toEqual((await everyRow(old.url))['person'])
    expect(after['reconciler']?.[0]).toContain('somewhere')
    expect(await migrate(target.url)).toEqual([])
  }, 240_000)

  it('keeps secrets sealed, and leaves them out when their key is lost', async () => {
    const text = gunzipSync(readFileSync(whole)).toString()
    expect(text).toContain('https://register.example/v1')
    expect(text).not.toContain('Bearer of-everything')
    const target = await newDatabase()

    await restoreBackup(target.url, whole, { withoutSecrets: true })

    const after = await everyRow(target.url)
    expect(after['connection']?.length).toBeGreaterThan(0)
    expect(after['connection_header']).toEqual([])
    expect(after['secret_key']).toEqual([])
  }, 240_000)

  it('lets pages that were open on the old host ask for everything anew', async () => {
    const target = await newDatabase()
    await restoreBackup(target.url, whole)
    const db = opened(target.url)
    const ofOldHost = { xid: '99999999999', id: 7 }
    await createCase(db, {
      pilotId: ids.pilotId,
      title: 'After',
      values: {},
      externalKey: 'page',
      by: priya,
      channel: 'form',
    })

    expect(await isKept(db, ofOldHost)).toBe(false)
    expect(await isKept(db, await headOfStream(db))).toBe(true)
  }, 240_000)
})

function file(name: string): string {
  return join(folder, `${name}.gz`)
}

async function newDatabase(): Promise<TestDatabase> {
  const database = await emptyPostgres()
  databases.push(database)
  return database
}

function opened(url: string): Db {
  const db = openDb(url, { max: 2 })
  connections.push({ end: () => db.destroy() })
  return db
}

async function onClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Every row of every table that is kept, as text, in an order of its own. */
async function everyRow(url: string): Promise<Record<string, string[]>> {
  return onClient(url, async (client) => {
    const found: Record<string, string[]> = {}
    for (const { table } of await tablesToKeep(client)) {
      const order = table === 'audit' ? 't.id' : 'to_jsonb(t)::text'
      const { rows } = await client.query<{ row: string }>(
        `select to_jsonb(t)::text as row from ${pg.escapeIdentifier(table)} t order by ${order}`,
      )
      found[table] = rows.map(({ row }) => row)
    }
    return found
  })
}

function total(rows: Record<string, string[]>): number {
  return Object.values(rows).reduce((sum, found) => sum + found.length, 0)
}

async function tablesIn(url: string): Promise<number> {
  return onClient(url, async (client) => {
    const { rowCount } = await client.query(`select from pg_tables where schemaname = 'public'`)
    return rowCount ?? 0
  })
}

/** Does something and keeps it from being over until it is released; then nothing was done. */
async function held(url: string, statement: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('begin')
  await client.query(statement)
  return async () => {
    await client.query('rollback')
    await client.end()
  }
}

/** Until a program of that name waits for a lock of somebody else. */
async function waiting(url: string, name: string): Promise<void> {
  await onClient(url, async (client) => {
    await expect
      .poll(
        async () => {
          const { rowCount } = await client.query(
            `select from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'
              and datname = current_database()`,
            [name],
          )
          return rowCount
        },
        { timeout: 60_000, interval: 50 },
      )
      .toBe(1)
  })
}

function command(url: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', 'store/backup/main.ts', ...args], {
    env: { ...process.env, DATABASE_URL: url },
    stdio: 'ignore',
  })
}

async function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)))
}

async function killed(child: ChildProcess): Promise<void> {
  const end = ended(child)
  child.kill('SIGKILL')
  await end
}

/** The same text with an end that fits it, as whoever wrote it would have written it. */
function summed(text: string, more: Record<string, number> = {}): string {
  const lines = text.trimEnd().split('\n')
  const end: { rows: Record<string, number> } = JSON.parse(lines.pop() ?? '')
  const rows = Object.fromEntries(
    Object.entries(end.rows).map(([table, n]) => [table, n + (more[table] ?? 0)]),
  )
  const body = `${lines.join('\n')}\n`
  const sha256 = createHash('sha256').update(body).digest('hex')
  return `${body}${JSON.stringify({ rows, sha256 })}\n`
}
