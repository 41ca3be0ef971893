import { z } from 'zod'
import type { StreamEvent } from '#domain/contract.ts'
import { maybeRow, rows, run, sql, type Db } from '#store/db.ts'

/** A place in the stream: the transaction that wrote an event, and the event's number. */
export type StreamCursor = { xid: string; id: number }
export type PlacedEvent = { cursor: StreamCursor; event: StreamEvent }

const Placed = z.object({
  xid: z.string(),
  id: z.number(),
  pilot_id: z.string(),
  case_id: z.string().nullable(),
  task_id: z.string().nullable(),
  step_id: z.string().nullable(),
  type: z.string(),
})

/**
 * Events after a place, in order. Nothing is read from the first transaction on that is still open: numbers are
 * given before commits, and a reader that went past one would never come back for it.
 */
export async function readStream(db: Db, after: StreamCursor, limit = 1_000): Promise<PlacedEvent[]> {
  const found = await rows(
    db,
    Placed,
    sql`select xid::text as xid, id, pilot_id, case_id, task_id, step_id, type from stream_event
      where (xid, id) > (${after.xid}::xid8, ${after.id}::bigint)
        and xid < pg_snapshot_xmin(pg_current_snapshot())
      order by stream_event.xid, id limit ${limit}`,
  )
  return found.map((row) => ({
    cursor: { xid: row.xid, id: row.id },
    event: {
      pilotId: row.pilot_id,
      caseId: row.case_id,
      taskId: row.task_id,
      stepId: row.step_id,
      type: row.type,
    },
  }))
}

/** The place after everything that can be read now. */
export async function headOfStream(db: Db): Promise<StreamCursor> {
  const found = await maybeRow(
    db,
    z.object({ xid: z.string(), id: z.number() }),
    sql`select xid::text as xid, id from stream_event where xid < pg_snapshot_xmin(pg_current_snapshot())
      order by stream_event.xid desc, id desc limit 1`,
  )
  return found ?? { xid: '0', id: 0 }
}

/**
 * Whether events after a place are still kept. A place that is yet to come is one of another server, from which this
 * database was restored.
 */
export async function isKept(db: Db, cursor: StreamCursor): Promise<boolean> {
  const oldest = await maybeRow(
    db,
    z.object({ kept: z.boolean() }),
    sql`select (xid, id) <= (${cursor.xid}::xid8, ${cursor.id}::bigint)
        and ${cursor.xid}::xid8 < pg_snapshot_xmax(pg_current_snapshot()) as kept from stream_event
      order by stream_event.xid, id limit 1`,
  )
  return oldest?.kept ?? false
}

/** Whether no more than so many events came after a place. */
export async function isWithin(db: Db, cursor: StreamCursor, most: number): Promise<boolean> {
  const beyond = await maybeRow(
    db,
    z.object({ id: z.number() }),
    sql`select id from stream_event where (xid, id) > (${cursor.xid}::xid8, ${cursor.id}::bigint)
      order by stream_event.xid, id offset ${most} limit 1`,
  )
  return beyond === null
}

/** Forgets what no page comes back for, a part at a time; gives how many went. */
export async function pruneStream(db: Db, most = 10_000): Promise<number> {
  return run(
    db,
    sql`delete from stream_event where id in (
      select id from stream_event where at < now() - interval '1 day' order by id limit ${most} for update skip locked)`,
  )
}

export function isAfter(a: StreamCursor, b: StreamCursor): boolean {
  const left = BigInt(a.xid)
  const right = BigInt(b.xid)
  return left === right ? a.id > b.id : left > right
}

export function cursorText(cursor: StreamCursor): string {
  return `${cursor.xid}-${cursor.id}`
}

export function readCursor(text: string): StreamCursor | null {
  const match = /^(\d{1,19})-(\d{1,15})$/.exec(text)
  return match?.[1] === undefined || match[2] === undefined ? null : { xid: match[1], id: Number(match[2]) }
}
