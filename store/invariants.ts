import type { RawBuilder } from 'kysely'
import { z } from 'zod'
import { CaseEvent } from '#domain/case-events.ts'
import { firstBrokenAudit } from './audit.ts'
import { figuresThatDiffer } from './case-events.ts'
import { oneRow, rows, sql, type Db } from './db.ts'

/** One thing that must hold at every moment, and what was found. */
export type Invariant = { id: string; promise: string; holds: boolean; found: string }

const Count = z.object({ n: z.number() })

/** Checks on live data what nothing may ever break. Reads only. */
export async function checkInvariants(db: Db): Promise<Invariant[]> {
  return [
    await none(db, {
      id: 'I1',
      promise: 'Every acknowledged decision exists exactly once',
      broken: 'acknowledged decisions without a record',
      query: sql`select count(*)::int as n from decision_attempt a
        where a.outcome->>'status' = 'applied'
          and not exists (select 1 from decision d where d.decision_id = a.decision_id)`,
    }),
    await none(db, {
      id: 'I2',
      promise: 'At most one decision counts per task and version',
      broken: 'versions of tasks with two decisions that count',
      query: sql`select count(*)::int as n from (select 1 from decision where undone_at is null
        group by task_id, task_version having count(*) > 1) as doubled`,
    }),
    await none(db, {
      id: 'I3',
      promise: 'Every accepted start is exactly one case',
      broken: 'cases that wait although nobody was told to start them',
      query: sql`select count(*)::int as n from case_run c
        where c.status = 'queued' and c.last_event_at < now() - interval '60 seconds'
          and not exists (select 1 from start_outbox o where o.case_id = c.id)`,
    }),
    await none(db, {
      id: 'I4',
      promise: 'What is shown of a case is where it is',
      broken:
        'ended cases with an open task, waiting cases without one, or cases that the engine knows otherwise',
      query: sql`select count(*)::int as n from case_run c
        where exists (select 1 from case_check k where k.case_id = c.id and not k.agrees and c.ended_at is null)
          or (c.ended_at is not null and exists (select 1 from task t where t.case_id = c.id and t.status = 'open'))
          or (c.status = 'waiting' and c.last_event_at < now() - interval '60 seconds'
            and not exists (select 1 from task t where t.case_id = c.id and t.status = 'open'))`,
    }),
    await none(db, {
      id: 'I5',
      promise: 'A draft is stored once per try',
      broken: 'tries with more than one draft',
      query: sql`select count(*)::int as n from (select 1 from case_event where type = 'draft-stored'
        group by case_id, event->>'execId' having count(*) > 1) as doubled`,
    }),
    await eventsWithoutGap(db),
    await auditChain(db),
    await figures(db),
  ]
}

type Rule = { id: string; promise: string; broken: string; query: RawBuilder<unknown> }

async function none(db: Db, { id, promise, broken, query }: Rule): Promise<Invariant> {
  const { n } = await oneRow(db, Count, query)
  return { id, promise, holds: n === 0, found: n === 0 ? 'none broken' : `${n} ${broken}` }
}

/** What the case itself tells is numbered; an ended case has every number up to its last. */
async function eventsWithoutGap(db: Db): Promise<Invariant> {
  const { n } = await oneRow(
    db,
    Count,
    sql`select count(*)::int as n from (select e.case_id from case_event e join case_run c on c.id = e.case_id
        where c.ended_at is not null and e.key ~ '^f[0-9]+$'
        group by e.case_id having max(substr(e.key, 2)::int) <> count(*)) as gaps`,
  )
  const backwards = await rows(
    db,
    z.object({ event: CaseEvent }),
    sql`select event from case_event where type in ('step-finished', 'case-ended')
      and ((event->>'leadMs')::float < 0 or (event->>'cycleMs')::float < 0) limit 1`,
  )
  const holds = n === 0 && backwards.length === 0
  return {
    id: 'I6',
    promise: 'Events of a case have no gap and never take negative time',
    holds,
    found: holds ? 'none broken' : `${n} cases with a gap, ${backwards.length} negative times`,
  }
}

async function auditChain(db: Db): Promise<Invariant> {
  const broken = await firstBrokenAudit(db)
  return {
    id: 'I7',
    promise: 'The audit chain verifies',
    holds: broken === null,
    found: broken === null ? 'whole' : `broken at row ${broken}`,
  }
}

async function figures(db: Db): Promise<Invariant> {
  const pilots = await rows(db, z.object({ id: z.string() }), sql`select id from pilot order by id`)
  let differ = 0
  for (const pilot of pilots) differ += (await figuresThatDiffer(db, pilot.id)).length
  return {
    id: 'I8',
    promise: 'Figures made again from events equal the figures shown',
    holds: differ === 0,
    found: differ === 0 ? `${pilots.length} pilots equal` : `${differ} figures differ`,
  }
}
