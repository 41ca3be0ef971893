import { z } from 'zod'
import type { ActorRef } from '#domain/case-messages.ts'
import { addAuditOnce, isAudited, type AuditEntry } from './audit.ts'
import { appendEvents, scopeOf } from './case-events.ts'
import { closeCase } from './case-work.ts'
import { inTransaction, maybeRow, sql, type Db } from './db.ts'

export type StopRequest = { caseId: string; processId: string; by: string; reason: string; stopId: string }

/** Notes that somebody wants a case stopped, before the engine is asked; once for each request. */
export async function noteStop(db: Db, stop: StopRequest): Promise<void> {
  await inTransaction(db, (tx) => addAuditOnce(tx, auditOf(stop)))
}

/** Whether this very request was noted before. */
export async function isStopNoted(db: Db, stop: StopRequest): Promise<boolean> {
  return isAudited(db, auditOf(stop))
}

function auditOf({ caseId, processId, by, reason, stopId }: StopRequest): AuditEntry {
  return {
    actor: by,
    action: 'stop-case',
    object: { kind: 'case', id: caseId },
    processId,
    detail: { reason, stopId },
  }
}

/** Ends a case that the engine lost: nobody there can. False: it is no such case. */
export async function stopLost(
  db: Db,
  { caseId, by, reason }: { caseId: string; by: ActorRef; reason: string },
): Promise<boolean> {
  const lost = await maybeRow(
    db,
    z.object({ pilot_id: z.string(), now: z.string() }),
    sql`select pilot_id, clock_timestamp() as now from case_run where id = ${caseId} and ended_at is null and stall = 'lost'`,
  )
  if (lost === null) return false
  await closeCase(db, {
    caseId,
    pilotId: lost.pilot_id,
    status: 'cancelled',
    outcome: `Stopped by ${by.name}: ${reason}`,
    stepId: null,
    at: lost.now,
    facts: [],
  })
  return true
}

/**
 * Ends a case that still waits for its start. False: it does not wait any more, or a start was tried, which the
 * engine may have heard: then the case itself has to be stopped.
 */
export async function stopBeforeStart(
  db: Db,
  { caseId, by, reason }: { caseId: string; by: ActorRef; reason: string },
): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const order = await maybeRow(
      tx,
      z.object({ started_at: z.string(), now: z.string() }),
      sql`delete from start_outbox o using case_run c
        where o.case_id = ${caseId} and o.attempts = 0 and c.id = o.case_id and c.ended_at is null
        returning c.started_at, clock_timestamp() as now`,
    )
    if (order === null) return false
    const at = order.now
    await appendEvents(tx, await scopeOf(tx, caseId), [
      {
        type: 'case-ended',
        caseId,
        key: 'ended',
        at,
        status: 'cancelled',
        outcome: `Stopped by ${by.name}: ${reason}`,
        startedAt: order.started_at,
        cycleMs: Math.max(0, Date.parse(at) - Date.parse(order.started_at)),
        touchMs: null,
        rework: false,
        exception: false,
        finishedByHand: false,
      },
    ])
    return true
  })
}
