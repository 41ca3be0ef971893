import { z } from 'zod'
import { maybeRow, rows, run, sql, type Db } from './db.ts'

/** Cases that were accepted and that the engine was not told of yet, by pilot. */
export async function waitingStarts(db: Db): Promise<Map<string, number>> {
  const found = await rows(
    db,
    z.object({ pilot_id: z.string(), n: z.number() }),
    sql`select pilot_id, count(*) as n from start_outbox group by pilot_id`,
  )
  return new Map(found.map((row) => [row.pilot_id, row.n]))
}

export type StartOrder = { caseId: string; attempts: number }

/**
 * Takes orders that are due, the same share for every pilot that has some, and lends them out: an order that is not
 * struck off comes back after the lease. Of no pilot are more than `mostUnbegun` cases with the engine that no worker
 * has begun, so that a flood waits here, in turn with the others, and not in the engine before them.
 */
export async function takeStarts(
  db: Db,
  { most, mostUnbegun, leaseSeconds }: { most: number; mostUnbegun: number; leaseSeconds: number },
): Promise<StartOrder[]> {
  const found = await rows(
    db,
    z.object({ case_id: z.string(), attempts: z.number() }),
    sql`with recursive pilots (pilot_id) as (
        (select pilot_id from start_outbox order by pilot_id limit 1)
        union all
        select (select o.pilot_id from start_outbox o where o.pilot_id > p.pilot_id order by o.pilot_id limit 1)
        from pilots p where p.pilot_id is not null
      ), heads as (
        select p.pilot_id,
          (select min(o.next_at) from start_outbox o where o.pilot_id = p.pilot_id) as oldest,
          -- A case that no worker can begin holds its place for a minute only.
          ${mostUnbegun} - (select count(*) from case_run c where c.pilot_id = p.pilot_id and c.status = 'queued'
            and c.told_at > now() - interval '1 minute') as room
        from pilots p where p.pilot_id is not null
      ), turns as (
        select pilot_id, room from heads where room > 0 and oldest <= now() order by oldest limit ${most}
      ), due as (
        select o.case_id from turns t cross join lateral (
          select case_id from start_outbox where pilot_id = t.pilot_id and next_at <= now() order by next_at
          limit least(t.room, greatest(1, ${most} / (select count(*) from turns))) for update skip locked) o
      )
      update start_outbox s set attempts = s.attempts + 1, next_at = now() + make_interval(secs => ${leaseSeconds})
      from due where s.case_id = due.case_id
      returning s.case_id, s.attempts`,
  )
  return found.map((row) => ({ caseId: row.case_id, attempts: row.attempts }))
}

/** Notes that the engine knows the case. True: it was stopped in that very moment, and must not run. */
export async function strikeOff(db: Db, caseId: string): Promise<{ wasStopped: boolean }> {
  const struck = await rows(
    db,
    z.object({ case_id: z.string() }),
    sql`with told as (update case_run set told_at = now() where id = ${caseId} and status = 'queued')
      delete from start_outbox where case_id = ${caseId} returning case_id`,
  )
  if (struck.length > 0) return { wasStopped: false }
  // Nothing to strike off: another relay was here, the case was stopped, or its sample was deleted.
  const found = await maybeRow(
    db,
    z.object({ ended: z.boolean() }),
    sql`select ended_at is not null as ended from case_run where id = ${caseId}`,
  )
  return { wasStopped: found?.ended ?? true }
}

export async function putOffStart(db: Db, caseId: string, seconds: number): Promise<void> {
  await run(
    db,
    sql`update start_outbox set next_at = now() + make_interval(secs => ${seconds}) where case_id = ${caseId}`,
  )
}

export async function hasWaitingStarts(db: Db): Promise<boolean> {
  const found = await maybeRow(
    db,
    z.object({ one: z.number() }),
    sql`select 1 as one from start_outbox limit 1`,
  )
  return found !== null
}

export async function isStartWaiting(db: Db, caseId: string): Promise<boolean> {
  const found = await maybeRow(
    db,
    z.object({ one: z.number() }),
    sql`select 1 as one from start_outbox where case_id = ${caseId}`,
  )
  return found !== null
}
