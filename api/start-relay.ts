import { z } from 'zod'
import { loadCaseInput } from '#store/cases.ts'
import { rows, run, sql, type Db } from '#store/db.ts'
import { caseStatus } from '#store/tasks.ts'
import type { Engine } from './engine.ts'
import { repeat, type Repeated } from './repeat.ts'

const pollMs = 1_000
const batchSize = 20
/** Longer than any start takes: only a relay that died leaves an order alone for so long. */
const leaseSeconds = 30
const longestPauseSeconds = 30

/** Tells the engine of every accepted case, as often as it takes. Several may run at once. */
export function startRelay(
  deps: { db: Db; engine: Engine },
  onError: (message: string, error: unknown) => void,
): Repeated {
  return repeat(async () => ((await relayOnce(deps, onError)) === batchSize ? 'more' : 'nothing'), {
    pauseMs: pollMs,
    onError: (error) => onError('starts wait: the database does not answer', error),
  })
}

/** Takes the orders that are due, starts their cases, and strikes them off; gives how many were taken. */
export async function relayOnce(
  { db, engine }: { db: Db; engine: Engine },
  onError: (message: string, error: unknown) => void,
): Promise<number> {
  // Taking an order puts it off, so that the start itself holds no transaction open.
  const orders = await rows(
    db,
    z.object({ case_id: z.string(), attempts: z.number() }),
    sql`update start_outbox set attempts = attempts + 1, next_at = now() + make_interval(secs => ${leaseSeconds})
      where case_id in (select case_id from start_outbox where next_at <= now()
        order by next_at limit ${batchSize} for update skip locked)
      returning case_id, attempts`,
  )
  await Promise.all(
    orders.map(async ({ case_id: caseId, attempts }) => {
      try {
        const input = await loadCaseInput(db, caseId)
        await engine.start(input)
        const struckOff = await run(db, sql`delete from start_outbox where case_id = ${caseId}`)
        // Whoever stopped it meanwhile took the order away: nobody else would tell the engine.
        if (struckOff === 0 && (await caseStatus(db, caseId))?.ended === true) {
          await engine.terminate(input, 'it was stopped before it started')
        }
      } catch (error) {
        onError(`case ${caseId} could not be started yet`, error)
        const pause = Math.min(longestPauseSeconds, 0.5 * 2 ** attempts)
        await run(
          db,
          sql`update start_outbox set next_at = now() + make_interval(secs => ${pause}) where case_id = ${caseId}`,
        )
      }
    }),
  )
  return orders.length
}
