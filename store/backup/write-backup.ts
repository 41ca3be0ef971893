import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import pg from 'pg'
import copyStreams from 'pg-copy-streams'
import { migrationsIn } from '../migrate.ts'
import { endOfRows, format, lineOf, rowsIn, type EndLine } from './lines.ts'
import { columnsOf, tablesToKeep } from './tables.ts'

export type Written = { file: string; bytes: number; rows: number; tables: number }

/**
 * Writes everything that is kept into one file, as it was at one moment, while everything goes on. The file gets its
 * name when it is whole and on the disk: one that was cut short never looks like a backup.
 */
export async function writeBackup(url: string, file: string): Promise<Written | { fault: string }> {
  if (existsSync(file))
    return { fault: `${file} is there already, and a backup never replaces another file.` }
  await mkdir(dirname(file), { recursive: true })
  const part = `${file}.${process.pid}.part`
  const client = new pg.Client({ connectionString: url, application_name: 'throughline backup' })
  // The statement that runs then says so.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const counted = { rows: 0, tables: 0 }
    // It holds what people wrote: nobody else on this machine reads it.
    const handle = await open(part, 'w', 0o600)
    try {
      const target = handle.createWriteStream({ flush: true })
      await pipeline(Readable.from(linesOf(client, counted)), createGzip(), target)
    } finally {
      await handle.close().catch(() => undefined)
    }
    await rename(part, file)
    await flushed(dirname(file))
    return { file, bytes: await sizeOf(file), ...counted }
  } finally {
    await client.end().catch(() => undefined)
    await rm(part, { force: true })
  }
}

async function* linesOf(
  client: pg.Client,
  counted: { rows: number; tables: number },
): AsyncGenerator<Buffer, void> {
  const hash = createHash('sha256')
  const told = (bytes: Buffer): Buffer => {
    hash.update(bytes)
    return bytes
  }
  await client.query('begin isolation level repeatable read read only')
  await client.query(
    `set local timezone to 'UTC'; set local datestyle to 'ISO'; set local bytea_output to 'hex'`,
  )
  const tables = await tablesToKeep(client)
  if (tables.length === 0) throw new Error('the database is empty, so there is nothing to back up')
  // Nobody changes their shape until the last one was read.
  await client.query(
    `lock table ${tables.map(({ table }) => pg.escapeIdentifier(table)).join(', ')} in access share mode`,
  )
  const { rows: version } = await client.query<{ server_version: string }>('show server_version')
  yield told(
    lineOf({
      throughline: 'backup',
      format,
      at: new Date().toISOString(),
      postgres: version[0]?.server_version ?? 'unknown',
      migrations: await migrationsIn(client),
    }),
  )
  const rows: EndLine['rows'] = {}
  for (const line of tables) {
    yield told(lineOf(line))
    let found = 0
    const copy = `copy ${pg.escapeIdentifier(line.table)} (${columnsOf(line)}) to stdout`
    for await (const bytes of asBytes(client.query(copyStreams.to(copy)))) {
      found += rowsIn(bytes)
      yield told(bytes)
    }
    yield told(Buffer.from(endOfRows))
    rows[line.table] = found
    counted.rows += found
    counted.tables += 1
  }
  await client.query('commit')
  yield lineOf({ rows, sha256: hash.digest('hex') })
}

async function* asBytes(stream: AsyncIterable<unknown>): AsyncGenerator<Buffer, void> {
  for await (const bytes of stream) {
    if (!Buffer.isBuffer(bytes)) throw new Error('COPY gave something else than bytes')
    yield bytes
  }
}

/** A new name is on the disk when its folder is. */
async function flushed(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  await handle.sync().catch(() => undefined)
  await handle.close()
}

async function sizeOf(file: string): Promise<number> {
  const handle = await open(file, 'r')
  const { size } = await handle.stat()
  await handle.close()
  return size
}
