import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { titleOf } from '#domain/case-values.ts'
import { FieldValues, ProcessMap } from '#domain/process-map.ts'
import type { CaseBatch } from '#domain/views/cases.ts'
import { addAudit } from './audit.ts'
import { createCases } from './cases.ts'
import { inTransaction, json, maybeRow, oneRow, run, sql, type Db } from './db.ts'

/** One case to start: its row in the file, the header being row 1, and its values. */
const BatchRow = z.strictObject({ row: z.int(), values: FieldValues })
export type BatchRow = z.infer<typeof BatchRow>

/** Orders the start of many cases. Rows that were refused beforehand are counted and not kept. */
export async function orderBatch(
  db: Db,
  order: {
    pilotId: string
    processId: string
    rows: BatchRow[]
    refused: number
    channel: 'csv' | 'sample'
    by: string
  },
): Promise<string> {
  const id = randomUUID()
  await inTransaction(db, async (tx) => {
    await run(
      tx,
      sql`insert into case_batch (id, pilot_id, total, refused, status, rows, channel, created_by)
        values (${id}, ${order.pilotId}, ${order.rows.length + order.refused}, ${order.refused},
          ${order.rows.length === 0 ? 'done' : 'working'}, ${json(order.rows)}, ${order.channel}, ${order.by})`,
    )
    await addAudit(tx, {
      actor: order.by,
      action: 'start-cases',
      object: { kind: 'batch', id },
      processId: order.processId,
      detail: { cases: order.rows.length, refused: order.refused, channel: order.channel },
    })
  })
  return id
}

const WorkRow = z.object({
  id: z.string(),
  pilot_id: z.string(),
  started: z.number(),
  rows: z.array(BatchRow),
  handled: z.number(),
  kept: z.number(),
  channel: z.string(),
  by: z.object({ id: z.string(), name: z.string(), sample: z.boolean() }),
  map: ProcessMap,
})

const chunkSize = 100

/**
 * Accepts the next cases of some batch, in one transaction with the batch's progress: after a crash it goes on where
 * it stopped, and a row is never started twice. Batches take turns, and one whose pilot has `mostWaiting` starts that
 * the engine was not told of waits for those first, as one whose pilot is paused waits for that to end. False: no batch can go on.
 */
export async function workOnBatch(db: Db, mostWaiting: number): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const batch = await maybeRow(
      tx,
      WorkRow,
      sql`select b.id, b.pilot_id, b.started, b.channel, v.map,
          (select coalesce(jsonb_agg(r.entry order by r.place), '[]')
            from jsonb_array_elements(b.rows) with ordinality as r(entry, place)
            where r.place > b.handled and r.place <= b.handled + ${chunkSize}) as rows,
          b.handled, jsonb_array_length(b.rows) as kept,
          jsonb_build_object('id', s.id, 'name', s.name, 'sample', s.sample) as by
        from case_batch b join person s on s.id = b.created_by join pilot p on p.id = b.pilot_id
          join map_version v on v.process_id = p.process_id and v.version = p.map_version
        where b.status = 'working' and p.status <> 'paused' and not exists (
          select 1 from start_outbox o where o.pilot_id = b.pilot_id offset ${mostWaiting - 1} limit 1)
        order by b.worked_at nulls first, b.created_at limit 1 for update of b skip locked`,
    )
    if (batch === null) return false
    const created = await createCases(tx, {
      pilotId: batch.pilot_id,
      by: batch.by,
      channel: batch.channel,
      cases: batch.rows.map(({ row, values }) => ({
        title: titleOf(batch.map, values),
        values,
        externalKey: `${batch.id}:${row}`,
      })),
    })
    const started = 'code' in created ? 0 : created.length
    const handled = batch.handled + batch.rows.length
    await run(
      tx,
      sql`update case_batch set started = started + ${started}, refused = refused + ${batch.rows.length - started},
          handled = ${handled}, status = ${handled >= batch.kept ? 'done' : 'working'}, worked_at = clock_timestamp()
        where id = ${batch.id}`,
    )
    return true
  })
}

/** Rows of batches that no case was made of yet: of one pilot, and of all. */
export async function waitingRows(db: Db, pilotId: string): Promise<{ ofPilot: number; ofAll: number }> {
  return oneRow(
    db,
    z.object({ ofPilot: z.number(), ofAll: z.number() }),
    sql`select coalesce(sum(total - started - refused) filter (where pilot_id = ${pilotId}), 0) as "ofPilot",
        coalesce(sum(total - started - refused), 0) as "ofAll"
      from case_batch where status = 'working'`,
  )
}

const ViewRow = z.object({
  id: z.string(),
  pilot_id: z.string(),
  status: z.enum(['working', 'done']),
  total: z.number(),
  started: z.number(),
  refused: z.number(),
})

export async function batchView(db: Db, batchId: string): Promise<CaseBatch | null> {
  const found = await maybeRow(
    db,
    ViewRow,
    sql`select id, pilot_id, status, total, started, refused from case_batch where id = ${batchId}`,
  )
  return found === null
    ? null
    : {
        id: found.id,
        pilotId: found.pilot_id,
        status: found.status,
        total: found.total,
        started: found.started,
        refused: found.refused,
      }
}
