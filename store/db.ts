import { Kysely, PostgresDialect, sql, type RawBuilder } from 'kysely'
import pg from 'pg'
import type { z } from 'zod'

/** Queries are written in SQL and their rows parsed by a schema, so no table type has to be kept beside them. */
export type Db = Kysely<unknown>

const oid = { int8: 20, date: 1082, timestamptz: 1184, numeric: 1700 }

/** Instants come back as ISO strings, dates as dates, counts as numbers. */
function parserOf(type: number): (text: string) => unknown {
  if (type === oid.int8 || type === oid.numeric) return Number
  if (type === oid.date) return (text) => text
  if (type === oid.timestamptz) return (text) => new Date(text).toISOString()
  return pg.types.getTypeParser(type, 'text')
}

/**
 * Opens a pool. Waiting for a connection ends after five seconds and a statement after thirty. A program that is
 * frozen or cut off in the middle of a transaction loses it, with all its locks, after fifteen.
 */
export function openDb(
  url: string,
  {
    max = 10,
    name = 'throughline',
    statementMs = 30_000,
  }: { max?: number; name?: string; statementMs?: number } = {},
): Db {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    application_name: name,
    connectionTimeoutMillis: 5_000,
    statement_timeout: statementMs,
    idle_in_transaction_session_timeout: 15_000,
    keepAlive: true,
    types: { getTypeParser: parserOf },
  })
  // An idle connection that dies is replaced with the next query; without a listener it would end the process.
  pool.on('error', () => undefined)
  // So would one that dies between two statements of a transaction; the next statement then says so.
  pool.on('connect', (client) => {
    client.on('error', () => undefined)
    // oxlint-disable-next-line typescript/unbound-method -- the proxy hands its own `this` on
    client.query = prepared(client.query)
  })
  return new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
}

const names = new Map<string, string>()

/**
 * Has the server parse and plan a statement once per connection and not each time: half of its work for a small one.
 * Our statements are constants, so there are not many; one that is named never gives `*`, whose columns may change.
 */
function prepared<Query extends pg.PoolClient['query']>(query: Query): Query {
  return new Proxy(query, {
    apply: (target, client, [text, values, ...rest]: unknown[]) => {
      const isNamed = typeof text === 'string' && Array.isArray(values) && values.length > 0
      const sent = isNamed ? [{ text, values, name: nameOf(text) }] : [text, values]
      return Reflect.apply(target, client, [...sent, ...rest])
    },
  })
}

function nameOf(text: string): string {
  const name = names.get(text) ?? `q${names.size}`
  names.set(text, name)
  return name
}

export async function rows<Row>(db: Db, row: z.ZodType<Row>, query: RawBuilder<unknown>): Promise<Row[]> {
  const result = await query.execute(db)
  return result.rows.map((found) => row.parse(found))
}

export async function maybeRow<Row>(
  db: Db,
  row: z.ZodType<Row>,
  query: RawBuilder<unknown>,
): Promise<Row | null> {
  const [first] = await rows(db, row, query)
  return first ?? null
}

export async function oneRow<Row>(db: Db, row: z.ZodType<Row>, query: RawBuilder<unknown>): Promise<Row> {
  const first = await maybeRow(db, row, query)
  if (first === null) throw new Error('a query that always gives a row gave none')
  return first
}

/** Runs a statement and gives the number of rows it touched. */
export async function run(db: Db, query: RawBuilder<unknown>): Promise<number> {
  const result = await query.execute(db)
  return Number(result.numAffectedRows ?? 0n)
}

/** Work within a transaction that is open already becomes part of it. */
export async function inTransaction<T>(db: Db, work: (tx: Db) => Promise<T>): Promise<T> {
  return db.isTransaction ? work(db) : db.transaction().execute(work)
}

/** A value for a jsonb column. */
export function json(value: unknown): RawBuilder<unknown> {
  return sql`${JSON.stringify(value)}::jsonb`
}

export { sql }
