import { z } from 'zod'
import { BatchKind, type CommandBatch } from '#domain/views/control.ts'
import { maybeRow, rows, sql, type Db } from '#store/db.ts'
import { PersonJson } from './people.ts'

const mostTold = 50

const BatchRow = z.object({
  id: z.string(),
  pilot_id: z.string(),
  kind: BatchKind,
  step_id: z.string().nullable(),
  to_version: z.number().nullable(),
  reason: z.string(),
  by: PersonJson,
  created_at: z.string(),
  total: z.number(),
  succeeded: z.number(),
  failed: z.number(),
  skipped: z.number(),
  trying: z.number(),
  waiting: z.number(),
})
const ToldRow = z.object({
  caseId: z.string(),
  number: z.number(),
  title: z.string(),
  status: z.enum(['pending', 'trying', 'waiting', 'failed', 'skipped']),
  why: z.string(),
})

/** How far a command for many cases is: counted from its rows, so that the numbers add up at every moment. */
export async function commandBatch(db: Db, batchId: string): Promise<CommandBatch | null> {
  const found = await maybeRow(
    db,
    BatchRow,
    sql`select b.id, b.pilot_id, b.kind, b.step_id, b.to_version, b.reason, b.created_at,
        jsonb_build_object('id', s.id, 'name', s.name, 'sample', s.sample) as by, n.*
      from command_batch b join person s on s.id = b.created_by cross join lateral (
        select count(*) as total,
          count(*) filter (where status = 'succeeded') as succeeded,
          count(*) filter (where status = 'failed') as failed,
          count(*) filter (where status = 'skipped') as skipped,
          count(*) filter (where status = 'trying') as trying,
          count(*) filter (where status = 'waiting') as waiting
        from command_batch_case c where c.batch_id = b.id) n
      where b.id = ${batchId}`,
  )
  if (found === null) return null
  const told = await rows(
    db,
    ToldRow,
    sql`select r.case_id as "caseId", c.number, c.title, r.status, r.why
      from command_batch_case r join case_run c on c.id = r.case_id
      where r.batch_id = ${batchId} and r.status <> 'succeeded' and r.why <> ''
      order by r.status = 'failed' desc, c.number, r.task_id limit ${mostTold}`,
  )
  const pending = found.total - found.succeeded - found.failed - found.skipped
  return {
    id: found.id,
    pilotId: found.pilot_id,
    kind: found.kind,
    stepId: found.step_id,
    toVersion: found.to_version,
    reason: found.reason,
    by: found.by,
    createdAt: found.created_at,
    status: pending === 0 ? 'done' : 'working',
    total: found.total,
    succeeded: found.succeeded,
    failed: found.failed,
    skipped: found.skipped,
    pending,
    trying: found.trying,
    waiting: found.waiting,
    told,
  }
}

/** The newest command for many cases of a pilot that is not done. */
export async function workingBatch(db: Db, pilotId: string): Promise<CommandBatch | null> {
  const found = await maybeRow(
    db,
    z.object({ id: z.string() }),
    sql`select b.id from command_batch b where b.pilot_id = ${pilotId} and exists (
        select 1 from command_batch_case c where c.batch_id = b.id and c.status in ('pending', 'trying', 'waiting'))
      order by b.place desc limit 1`,
  )
  return found === null ? null : commandBatch(db, found.id)
}
