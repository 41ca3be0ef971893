import { z } from 'zod'
import type { ActorRef } from '#domain/case-messages.ts'
import { intakeProblems } from '#domain/case-values.ts'
import { isProblem, type Problem } from '#domain/problems.ts'
import { FieldValues, ProcessMap } from '#domain/process-map.ts'
import { scopeOf } from './case-events.ts'
import { closeCase } from './case-work.ts'
import { createCase, type CreatedCase } from './cases.ts'
import { inTransaction, maybeRow, oneRow, sql, type Db } from './db.ts'

const LostCase = z.object({
  pilot_id: z.string(),
  title: z.string(),
  ended: z.boolean(),
  outcome: z.string().nullable(),
  stall: z.string().nullable(),
  body: FieldValues,
  map: ProcessMap,
  now: z.string(),
})

/**
 * Begins a case anew that the engine has lost, with the same intake, and ends the old one, which then names the new
 * one: both or neither. However often and by however many it is asked, it is done once.
 */
export async function beginAgain(
  db: Db,
  { caseId, by }: { caseId: string; by: ActorRef },
): Promise<CreatedCase | Problem> {
  return inTransaction(db, async (tx): Promise<CreatedCase | Problem> => {
    // Whoever comes second waits here, and finds what the first has done.
    await scopeOf(tx, caseId)
    const externalKey = `again:${caseId}`
    const known = await maybeRow(
      tx,
      z.object({ caseId: z.string(), number: z.number(), title: z.string() }),
      sql`select n.id as "caseId", n.number, n.title from case_run o join case_run n on n.pilot_id = o.pilot_id
        and n.external_key = ${externalKey} where o.id = ${caseId}`,
    )
    if (known !== null) return { ...known, existed: true }
    const lost = await oneRow(
      tx,
      LostCase,
      sql`select c.pilot_id, c.title, c.ended_at is not null as ended, c.outcome, c.stall, d.body, v.map,
          clock_timestamp() as now
        from case_run c join pilot p on p.id = c.pilot_id join document d on d.id = c.id || '.intake'
          join map_version v on v.process_id = p.process_id and v.version = p.map_version
        where c.id = ${caseId}`,
    )
    if (lost.ended) return { code: 'CaseClosing', outcome: lost.outcome }
    if (lost.stall !== 'lost') return { code: 'CaseNotLost' }
    const errors = intakeProblems(lost.map, lost.body)
    if (errors.length > 0) return { code: 'ValuesInvalid', errors }
    const { pilot_id: pilotId, title, body: values } = lost
    const made = await createCase(tx, { pilotId, title, values, externalKey, by, channel: 'again' })
    if (isProblem(made)) return made
    await closeCase(tx, {
      caseId,
      pilotId,
      status: 'cancelled',
      outcome: `Begun again as case ${made.number} by ${by.name}`,
      stepId: null,
      at: lost.now,
      facts: [],
    })
    return made
  })
}
