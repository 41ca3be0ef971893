import { z } from 'zod'
import type { CaseEvent, CaseEventOf } from '#domain/case-events.ts'
import type { Fact } from '#domain/case-messages.ts'
import type { StoredState } from '#domain/drift.ts'
import type { ReconcileReport } from '#domain/reconcile-messages.ts'
import { addAudit } from './audit.ts'
import { appendEvents, eventsOfFacts, scopeOf } from './case-events.ts'
import { inTransaction, json, maybeRow, oneRow, rows, run, sql, type Db } from './db.ts'
import { holdCases, readCasesAgain } from './read-cases-again.ts'

/** An open case that is due to be compared with the engine. */
export type CaseToCheck = {
  caseId: string
  pilotId: string
  processId: string
  status: string
  stalledSince: string | null
  stall: string | null
  /** The order to start it is still on its way. */
  isOrdered: boolean
  /** Something happened to it beside its being accepted. */
  hasBegun: boolean
  seen: { seen: string; agrees: boolean } | null
}

const CheckRow = z.object({
  caseId: z.string(),
  pilotId: z.string(),
  processId: z.string(),
  status: z.string(),
  stalledSince: z.string().nullable(),
  stall: z.string().nullable(),
  isOrdered: z.boolean(),
  hasBegun: z.boolean(),
  seen: z.object({ seen: z.string(), agrees: z.boolean() }).nullable(),
})

const columns = sql`c.id as "caseId", c.pilot_id as "pilotId", p.process_id as "processId", c.status,
  c.stalled_since as "stalledSince", c.stall,
  exists (select 1 from start_outbox o where o.case_id = c.id) as "isOrdered",
  exists (select 1 from case_event e where e.case_id = c.id and e.type <> 'case-started') as "hasBegun",
  case when k.case_id is not null then jsonb_build_object('seen', k.seen, 'agrees', k.agrees) end as seen`
const sources = sql`case_run c join pilot p on p.id = c.pilot_id left join case_check k on k.case_id = c.id`

/** Shorter than two rounds apart: whatever stands still is looked at before anybody has waited a minute. */
const quietSeconds = 15
const mostUrgent = 500

/** Cases that should move and do not, those known to be stuck or to differ, with an unanswered decision, or late. */
export async function casesThatStand(db: Db): Promise<CaseToCheck[]> {
  return rows(
    db,
    CheckRow,
    sql`select ${columns} from ${sources} where c.id in (
        select id from case_run where stalled_since is not null
        union select id from case_run where ended_at is null and status in ('queued', 'running')
          and last_event_at < now() - make_interval(secs => ${quietSeconds})
          and not exists (select 1 from start_outbox o where o.case_id = case_run.id)
        union select case_id from case_check where not agrees
        union select t.case_id from decision_attempt a join task t on t.id = a.task_id
          where a.outcome is null and a.at < now() - make_interval(secs => ${quietSeconds})
        union select t.case_id from task t where t.status = 'open'
          and t.due_at < now() - make_interval(secs => ${quietSeconds})
          and not exists (select 1 from case_event e where e.case_id = t.case_id and e.type = 'sla-breached'))
        and c.ended_at is null
      order by c.last_event_at, c.id limit ${mostUrgent}`,
  )
}

/** The next open cases after a place in the round; an empty page is the end of it. */
export async function openCasesAfter(db: Db, after: string, limit: number): Promise<CaseToCheck[]> {
  return rows(
    db,
    CheckRow,
    sql`select ${columns} from ${sources} where c.ended_at is null and c.id > ${after} order by c.id limit ${limit}`,
  )
}

export async function roundCursor(db: Db): Promise<string> {
  const found = await oneRow(db, z.object({ cursor: z.string() }), sql`select cursor from reconciler`)
  return found.cursor
}

export async function noteRound(
  db: Db,
  round: { cursor: string; tookMs: number; report: ReconcileReport },
): Promise<void> {
  await run(
    db,
    sql`update reconciler set cursor = ${round.cursor}, ran_at = now(), took_ms = ${round.tookMs},
      report = ${json(round.report)}`,
  )
}

const StateRow = z.object({
  status: z.string(),
  stepId: z.string().nullable(),
  facts: z.number(),
  lastFact: z.number(),
  openTasks: z.array(z.object({ taskId: z.string(), version: z.number() })),
})

/** What is stored of a case now; null when it has ended. */
export async function storedState(db: Db, caseId: string): Promise<StoredState | null> {
  return maybeRow(
    db,
    StateRow,
    sql`select c.status, c.step_id as "stepId", f.n as facts, f.last as "lastFact",
        (select coalesce(jsonb_agg(jsonb_build_object('taskId', t.id, 'version', t.version) order by t.id), '[]')
          from task t where t.case_id = c.id and t.status = 'open') as "openTasks"
      from case_run c, lateral (
        select count(*) as n, coalesce(max(substr(e.key, 2)::int), 0) as last from case_event e
        where e.case_id = c.id and e.key ~ '^f[0-9]+$') f
      where c.id = ${caseId} and c.ended_at is null`,
  )
}

export async function noteCheck(
  db: Db,
  check: { caseId: string; seen: string; differs: string | null },
): Promise<void> {
  await run(
    db,
    sql`insert into case_check (case_id, seen, agrees, differs, checked_at)
      values (${check.caseId}, ${check.seen}, ${check.differs === null}, ${check.differs}, now())
      on conflict (case_id) do update set seen = excluded.seen, agrees = excluded.agrees,
        differs = excluded.differs, checked_at = excluded.checked_at`,
  )
}

type Case = Pick<CaseToCheck, 'caseId' | 'processId'>

/** Says that a case stands still; an earlier standstill that lasts is the same one. */
export async function noteStall(
  db: Db,
  of: Case,
  stall: { why: CaseEventOf<'case-stalled'>['why']; since: string },
): Promise<void> {
  const { caseId } = of
  await tellOnce(db, of, {
    event: (at) => ({ type: 'case-stalled', caseId, key: `stalled:${stall.since}`, at, ...stall }),
    action: 'reconcile:stalled',
    detail: { why: stall.why, since: stall.since },
  })
}

export async function noteGoesOn(db: Db, of: Case & { stalledSince: string }): Promise<void> {
  const { caseId, stalledSince: since } = of
  await tellOnce(db, of, {
    event: (at) => ({ type: 'case-went-on', caseId, key: `went-on:${since}`, at, since }),
    action: 'reconcile:went-on',
    detail: { since },
  })
}

/** `event` is given the instant at which it is told, by the clock of the database. */
type Telling = { event: (at: string) => CaseEvent; action: string; detail: Record<string, string | number> }

async function tellOnce(db: Db, of: Case, { event, action, detail }: Telling): Promise<void> {
  await inTransaction(db, async (tx) => {
    const scope = await scopeOf(tx, of.caseId)
    // It may have ended since the engine was asked: nothing is told of a case after its end.
    const now = await nowWhileOpen(tx, of.caseId)
    if (now === null) return
    const fresh = await appendEvents(tx, scope, [event(now)])
    if (fresh.length > 0) await auditRepair(tx, of, { action, detail })
  })
}

/** Null when the case has ended. */
async function nowWhileOpen(tx: Db, caseId: string): Promise<string | null> {
  const found = await maybeRow(
    tx,
    z.object({ now: z.string() }),
    sql`select clock_timestamp() as now from case_run where id = ${caseId} and ended_at is null`,
  )
  return found?.now ?? null
}

async function auditRepair(tx: Db, of: Case, { action, detail }: Omit<Telling, 'event'>): Promise<void> {
  await addAudit(tx, {
    actor: 'system',
    action,
    object: { kind: 'case', id: of.caseId },
    processId: of.processId,
    detail,
  })
}

export async function noteRepair(
  db: Db,
  of: Case,
  repair: { kind: string; detail: Record<string, string | number> },
): Promise<void> {
  await inTransaction(db, (tx) =>
    auditRepair(tx, of, { action: `reconcile:${repair.kind}`, detail: repair.detail }),
  )
}

/** Stores what was not stored, and reads the case anew from everything that is. */
export async function repairFromFacts(
  db: Db,
  caseId: string,
  told: { facts: Fact[]; events: CaseEvent[] },
): Promise<void> {
  await inTransaction(db, async (tx) => {
    await holdCases(tx, [caseId])
    await appendEvents(tx, await scopeOf(tx, caseId), [...eventsOfFacts(caseId, told.facts), ...told.events])
    await readCasesAgain(tx, [caseId])
  })
}

/** Orders the start of a case again, of which the engine has never heard. */
export async function orderStartAgain(db: Db, of: Case): Promise<void> {
  await inTransaction(db, async (tx) => {
    const ordered = await run(
      tx,
      sql`insert into start_outbox (case_id) select id from case_run where id = ${of.caseId} and ended_at is null
        on conflict do nothing`,
    )
    if (ordered > 0) await auditRepair(tx, of, { action: 'reconcile:start-again', detail: {} })
  })
}

/**
 * Settles decisions whose answer never came back: what the case told since says whether they were taken. After a
 * minute none is under way any more; one that is sent again is asked again.
 */
export async function settleAttempts(db: Db): Promise<number> {
  return run(
    db,
    sql`update decision_attempt a set outcome = jsonb_build_object('status', s.status, 'undoUntil', null)
      from (
        select o.decision_id, case
            when exists (select 1 from decision d where d.decision_id = o.decision_id) then 'applied'
            when exists (select 1 from case_event e where e.case_id = t.case_id and e.type = 'vote-counted'
              and e.event->>'taskId' = o.task_id and case when e.event ? 'decisionId'
                then e.event->>'decisionId' = o.decision_id
                -- Votes before semantics 3 do not say by which decision: it is one of that person's that is not settled.
                else e.event->'by'->>'id' = o.actor and e.at >= o.at - interval '5 seconds' end) then 'counted'
            when t.status <> 'open' or t.version > o.task_version then 'refused' end as status
        from decision_attempt o join task t on t.id = o.task_id
        where o.outcome is null and o.at < now() - interval '60 seconds') s
      where a.decision_id = s.decision_id and s.status is not null and a.outcome is null`,
  )
}
