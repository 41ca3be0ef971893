import pg from 'pg'
import { z } from 'zod'
import type { TableLine } from './lines.ts'

/** Places in the stream are transaction numbers of one server: on another they mean nothing, and pages ask anew. */
const leftOut = ['stream_event']

const Table = z.object({ table: z.string(), columns: z.array(z.string()), needs: z.array(z.string()) })
type Table = z.infer<typeof Table>

/**
 * The tables that a backup holds, each after those that its rows refer to. What a crash may empty (unlogged tables)
 * is not among them.
 */
export async function tablesToKeep(client: pg.ClientBase): Promise<TableLine[]> {
  const { rows } = await client.query<Record<string, unknown>>(
    `select c.relname::text as "table",
        (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
          where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
        (select coalesce(array_agg(distinct r.relname::text), '{}') from pg_constraint f join pg_class r on r.oid = f.confrelid
          where f.conrelid = c.oid and f.contype = 'f' and f.confrelid <> c.oid) as needs
      from pg_class c
      where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and c.relpersistence = 'p'
        and c.relname <> all ($1)
      order by c.relname`,
    [leftOut],
  )
  return inOrder(rows.map((row) => Table.parse(row))).map(({ table, columns }) => ({ table, columns }))
}

function inOrder(tables: Table[]): Table[] {
  const ordered: Table[] = []
  const done = new Set<string>()
  for (let left = tables; left.length > 0; left = left.filter(({ table }) => !done.has(table))) {
    const ready = left.filter(({ needs }) => needs.every((name) => done.has(name)))
    if (ready.length === 0)
      throw new Error(`tables refer to each other: ${left.map((one) => one.table).join(', ')}`)
    ordered.push(...ready)
    for (const { table } of ready) done.add(table)
  }
  return ordered
}

export function columnsOf({ columns }: TableLine): string {
  return columns.map((column) => pg.escapeIdentifier(column)).join(', ')
}
