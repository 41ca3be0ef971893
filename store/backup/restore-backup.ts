import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import copyStreams from 'pg-copy-streams'
import { z } from 'zod'
import { addAudit } from '../audit.ts'
import { inTransaction, oneRow, openDb, sql } from '../db.ts'
import { knownMigrations, migrate, takeMigrations } from '../migrate.ts'
import type { Head, TableLine } from './lines.ts'
import { openBackup, UnreadableBackup, type KeptTable } from './read-backup.ts'
import { columnsOf } from './tables.ts'

export type Restored = {
  /** The moment that the database is back at. */
  at: string
  rows: number
  tables: number
  /** What brought its shape up to date. */
  migrated: string[]
  /** Cases that were open then. */
  openCases: number
}

/** One at a time. */
const restoreLock = 7_406_116
/** What the master key sealed, and what proves which key that was. */
const sealedTables: ReadonlySet<string> = new Set(['connection_header', 'secret_key'])

/**
 * Fills an empty database from a backup, in one transaction: what fails or is killed leaves it empty. An older shape is
 * restored as it was and then brought up to date. Whoever lost the master key leaves out the secrets that it sealed.
 */
export async function restoreBackup(
  url: string,
  file: string,
  { withoutSecrets = false }: { withoutSecrets?: boolean } = {},
): Promise<Restored | { fault: string }> {
  const checked = await checkFile(file)
  if ('fault' in checked) return checked
  const { head } = checked
  const client = new pg.Client({ connectionString: url, application_name: 'throughline restore' })
  client.on('error', () => undefined)
  await client.connect()
  let filled: { rows: number; tables: number }
  try {
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock($1)', [restoreLock])
    const fault = await whyNotEmpty(client)
    if (fault !== null) return { fault }
    await takeMigrations(client, head.migrations)
    filled = await fill(client, file, withoutSecrets ? sealedTables : new Set())
    await client.query('commit')
  } finally {
    // Whatever was not committed goes with the connection.
    await client.end().catch(() => undefined)
  }
  return { at: head.at, ...filled, migrated: await migrate(url), openCases: await noteRestore(url, head) }
}

/** Reads the file to its end, so that one that is cut or altered is refused before anything is written. */
async function checkFile(file: string): Promise<{ head: Head } | { fault: string }> {
  try {
    const { head, tables } = await openBackup(file)
    const known = await knownMigrations()
    const unknown = head.migrations.filter((name) => !known.includes(name))
    if (unknown.length > 0) {
      return {
        fault: `${file}: It was written by a newer Throughline, whose database has ${unknown.join(', ')}. Restore it with that version or a later one.`,
      }
    }
    const skipped = known.slice(0, head.migrations.length).filter((name) => !head.migrations.includes(name))
    if (skipped.length > 0) {
      return {
        fault: `${file}: Its database lacked ${skipped.join(', ')} and had later steps, so it cannot be brought up to date.`,
      }
    }
    for await (const { rows } of tables) await passOver(rows)
    return { head }
  } catch (error) {
    if (error instanceof UnreadableBackup) return { fault: `${file}: ${error.message}` }
    throw error
  }
}

async function passOver(rows: AsyncIterable<Buffer>): Promise<void> {
  const parts = rows[Symbol.asyncIterator]()
  while ((await parts.next()).done !== true);
}

async function whyNotEmpty(client: pg.Client): Promise<string | null> {
  const { rows } = await client.query<Record<string, unknown>>(
    `select count(*)::int as n from pg_class
      where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p', 'v', 'm')`,
  )
  const { n } = z.object({ n: z.number() }).parse(rows[0])
  return n === 0
    ? null
    : `The database is not empty: it has ${n} tables. A backup is restored into a new one, and never over anything.`
}

async function fill(
  client: pg.Client,
  file: string,
  leftOut: ReadonlySet<string>,
): Promise<{ rows: number; tables: number }> {
  const filled = { rows: 0, tables: 0 }
  const { tables } = await openBackup(file)
  for await (const table of tables) {
    if (leftOut.has(table.table)) {
      await passOver(table.rows)
      continue
    }
    filled.rows += await fillTable(client, table)
    filled.tables += 1
    await goOnCounting(client, table)
  }
  await client.query('analyze')
  return filled
}

async function fillTable(client: pg.Client, { rows, ...line }: KeptTable): Promise<number> {
  const name = pg.escapeIdentifier(line.table)
  // What the shape itself came with.
  await client.query(`delete from ${name}`)
  const copy = client.query(copyStreams.from(`copy ${name} (${columnsOf(line)}) from stdin`))
  await pipeline(Readable.from(rows), copy)
  return copy.rowCount
}

/** Numbers that the database gives go on after the last one given. */
async function goOnCounting(client: pg.Client, { table }: TableLine): Promise<void> {
  const name = pg.escapeIdentifier(table)
  const { rows } = await client.query<{ column: string }>(
    `select attname as "column" from pg_attribute where attrelid = $1::regclass and attidentity <> ''`,
    [name],
  )
  for (const { column } of rows) {
    const last = `(select max(${pg.escapeIdentifier(column)}) from ${name})`
    await client.query(`select setval(pg_get_serial_sequence($1, $2), ${last})`, [name, column])
  }
}

/** Says in the audit that what follows goes on from an earlier moment; gives how many cases were open then. */
async function noteRestore(url: string, { at }: Head): Promise<number> {
  const db = openDb(url, { max: 1, name: 'throughline restore' })
  try {
    const { n } = await oneRow(
      db,
      z.object({ n: z.number() }),
      sql`select count(*) as n from case_run where ended_at is null`,
    )
    await inTransaction(db, (tx) =>
      addAudit(tx, {
        actor: 'system',
        action: 'restore',
        object: { kind: 'database', id: at },
        processId: null,
        detail: { openCases: n },
      }),
    )
    return n
  } finally {
    await db.destroy()
  }
}
