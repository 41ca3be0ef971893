import type { RawBuilder } from 'kysely'
import { z } from 'zod'
import { CaseEvent } from '#domain/case-events.ts'
import { firstBrokenAudit } from './audit.ts'
import { canariesOf, casesThatLeak } from './canaries.ts'
import { figuresThatDiffer } from './case-events.ts'
import { oneRow, rows, sql, type Db } from './db.ts'

/** One thing that must hold at every moment, what was found, and how long it took to find. */
export type Invariant = { id: string; promise: string; holds: boolean; found: string; tookMs: number }
type Answer = Omit<Invariant, 'tookMs'>

const Count = z.object({ n: z.number() })

/** Checks on live data what nothing may ever break. Reads only. */
export async function checkInvariants(db: Db): Promise<Invariant[]> {
  const answers: Invariant[] = []
  for (const ask of questions) answers.push(await timed(() => ask(db)))
  return answers
}

async function timed(ask: () => Promise<Answer>): Promise<Invariant> {
  const startedAt = performance.now()
  const answer = await ask()
  return { ...answer, tookMs: Math.round(performance.now() - startedAt) }
}

const questions: ((db: Db) => Promise<Answer>)[] = [
  (db) =>
    none(db, {
      id: 'I1',
      promise: 'Every acknowledged decision exists exactly once',
      broken: 'acknowledged decisions without a record',
      query: sql`select count(*)::int as n from decision_attempt a
        where a.outcome->>'status' = 'applied'
          and not exists (select 1 from decision d where d.decision_id = a.decision_id)`,
    }),
  (db) =>
    none(db, {
      id: 'I2',
      promise: 'At most one decision counts per task and version',
      broken: 'versions of tasks with two decisions that count',
      query: sql`select count(*)::int as n from (select 1 from case_event where type = 'task-decided'
        group by case_id, event->>'taskId', event->>'version' having count(*) > 1) as doubled`,
    }),
  (db) =>
    none(db, {
      id: 'I3',
      promise: 'Every accepted start is exactly one case',
      broken: 'cases that wait although nobody was told to start them, or that were accepted twice',
      query: sql`select (select count(*) from case_run c
          where c.status = 'queued' and c.last_event_at < now() - interval '60 seconds'
            and not exists (select 1 from start_outbox o where o.case_id = c.id))
        + (select count(*) from (select 1 from case_event where type = 'case-started'
            group by case_id having count(*) > 1) as doubled) as n`,
    }),
  (db) =>
    none(db, {
      id: 'I4',
      promise: 'What is shown of a case is where it is',
      broken:
        'ended cases with an open task, waiting cases without one, or cases that the engine knows otherwise',
      query: sql`select count(*)::int as n from case_run c
        where exists (select 1 from case_check k where k.case_id = c.id and not k.agrees and c.ended_at is null)
          or (c.ended_at is not null and exists (select 1 from task t where t.case_id = c.id and t.status = 'open'))
          or (c.status = 'waiting' and c.last_event_at < now() - interval '60 seconds'
            and not exists (select 1 from task t where t.case_id = c.id and t.status = 'open')
            and not exists (select 1 from case_wait w where w.case_id = c.id and w.ended_at is null))`,
    }),
  (db) =>
    none(db, {
      id: 'I5',
      promise: 'A draft is stored once per try',
      broken: 'drafts of tries that were never begun, or that no event speaks of',
      query: sql`select (select count(*) from case_event e
          where e.type = 'draft-stored' and e.key like 'drafted:%' and not exists (
            select 1 from step_run r where r.case_id = e.case_id and r.exec_id = substr(e.key, 9)
              and r.attempt >= (e.event->>'attempts')::int))
        + (select count(*) from document d where d.kind = 'draft' and not exists (
            select 1 from case_event e where e.case_id = d.case_id and e.type = 'draft-stored'
              and e.event->>'documentId' = d.id)) as n`,
    }),
  eventsWithoutGap,
  auditChain,
  figures,
  leaks,
  drains,
]

type Rule = { id: string; promise: string; broken: string; query: RawBuilder<unknown> }

async function none(db: Db, { id, promise, broken, query }: Rule): Promise<Answer> {
  const { n } = await oneRow(db, Count, query)
  return { id, promise, holds: n === 0, found: n === 0 ? 'none broken' : `${n} ${broken}` }
}

/** What the case itself tells is numbered; an ended case has every number up to its last. */
async function eventsWithoutGap(db: Db): Promise<Answer> {
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

async function auditChain(db: Db): Promise<Answer> {
  const broken = await firstBrokenAudit(db)
  return {
    id: 'I7',
    promise: 'The audit chain verifies',
    holds: broken === null,
    found: broken === null ? 'whole' : `broken at row ${broken}`,
  }
}

async function figures(db: Db): Promise<Answer> {
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

const casesSampled = 200

/** The values themselves are looked for: what personal and sensitive fields hold stays in documents. */
async function leaks(db: Db): Promise<Answer> {
  const canaries = await canariesOf(db, casesSampled)
  const leaking = await casesThatLeak(db, canaries)
  return {
    id: 'I9',
    promise: 'No secret and nothing personal in logs, histories, events or audit',
    holds: leaking.length === 0,
    found:
      leaking.length === 0
        ? `nothing of ${canaries.length} cases`
        : `${leaking.length} cases, for example ${leaking[0]}`,
  }
}

const waitsMinutes = 15

const Waiting = z.object({
  orders: z.number(),
  steps: z.number(),
  keys: z.number(),
  jobs: z.number(),
  answers: z.number(),
})

/**
 * Nothing that moves by itself stays behind. A step may be tried as often, and each try as long, as its plan and
 * the engine's own limit allow; everything else has a quarter of an hour. What is marked as stuck is known.
 */
async function drains(db: Db): Promise<Answer> {
  const found = await oneRow(
    db,
    Waiting,
    sql`select
      (select count(*) from start_outbox o join case_run c on c.id = o.case_id
        where c.started_at < now() - make_interval(mins => ${waitsMinutes})) as orders,
      (select count(*) from step_run r join case_run c on c.id = r.case_id join pilot p on p.id = c.pilot_id
          join map_version v on v.process_id = p.process_id and v.version = c.map_version,
          lateral (select v.plan->'steps'->r.step_id as step) s
        where r.finished_at is null and c.ended_at is null and c.stalled_since is null
          and not exists (select 1 from task t where t.case_id = c.id and t.status = 'open')
          and r.started_at < now() - make_interval(secs => (coalesce((s.step->>'attempts')::int, 1) + 2)
            * (2 * coalesce((s.step->>'timeoutMs')::float, 60000) / 1000 + 3600))) as steps,
      (select count(*) from idempotency_key
        where status is null and at < now() - make_interval(mins => ${waitsMinutes})) as keys,
      (select count(*) from case_batch
        where status = 'working' and created_at < now() - make_interval(mins => ${waitsMinutes})
          and not exists (select 1 from case_run c where c.pilot_id = case_batch.pilot_id
            and c.started_at > now() - make_interval(mins => ${waitsMinutes})))
        + (select count(*) from baseline_import
          where status = 'reading' and started_at < now() - make_interval(mins => ${waitsMinutes})
            and coalesce(lease_until, started_at) < now()) as jobs,
      (select count(*) from decision_attempt
        where outcome is null and at < now() - make_interval(mins => ${waitsMinutes})
          and exists (select 1 from decision d where d.decision_id = decision_attempt.decision_id)) as answers`,
  )
  const left = [
    [found.orders, 'orders to start'],
    [found.steps, 'steps'],
    [found.keys, 'requests'],
    [found.jobs, 'jobs'],
    [found.answers, 'answers to decisions'],
  ].filter(([n]) => n !== 0)
  return {
    id: 'I10',
    promise: 'Everything that moves by itself comes to its end',
    holds: left.length === 0,
    found: left.length === 0 ? 'nothing is left behind' : left.map(([n, what]) => `${n} ${what}`).join(', '),
  }
}
