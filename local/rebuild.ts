import { Client } from '@temporalio/client'
import { coreQueue } from '#domain/case-messages.ts'
import { reconcileType, type ReconcileReport, type ReconcileRequest } from '#domain/reconcile-messages.ts'
import { openDb } from '#store/db.ts'
import { rebuild } from '#store/rebuild.ts'
import { onTemporal } from './checks.ts'
import { chosenHome } from './home.ts'
import { knownPostgresUrl } from './postgres.ts'

/**
 * `npm run rebuild`: makes everything that is shown again from events, and has the workers compare every open case
 * with the engine. Both may be done while everything runs.
 */
const home = chosenHome()
const url = knownPostgresUrl(home)
if (url === null) {
  console.error('No PostgreSQL of this home runs: run "npm start", or set DATABASE_URL.')
  process.exit(1)
}
const db = openDb(url, { max: 4, name: 'throughline rebuild' })
const startedAt = performance.now()
const { cases, pilots, corrected } = await rebuild(db, (done) => {
  if (done % 10_000 === 0) console.log(`  ${done} cases`)
})
await db.destroy()
console.log(
  `${cases} cases and the figures of ${pilots} pilots were made again from events in ${seconds(startedAt)} s. ` +
    `Different were ${corrected.cases} cases, ${corrected.tasks} tasks, ${corrected.decisions} decisions and ${corrected.figures} figures.`,
)

const comparingMs = 3_600_000
const comparingSince = performance.now()
const request: ReconcileRequest = { scope: 'all' }
const compared = await onTemporal(
  home,
  async (connection, namespace) =>
    new Client({ connection, namespace }).workflow.execute<
      (request: ReconcileRequest) => Promise<ReconcileReport>
    >(reconcileType, {
      taskQueue: coreQueue,
      workflowId: 'reconcile-all',
      workflowIdConflictPolicy: 'USE_EXISTING',
      args: [request],
    }),
  comparingMs,
)
if ('fault' in compared) {
  console.error(`Open cases were not compared with the engine: ${compared.fault}\n    ${compared.fix}`)
  process.exit(1)
}
console.log(
  `${compared.checked} open cases were compared with the engine in ${seconds(comparingSince)} s: ` +
    `${compared.repaired} repaired, ${compared.stalled} found stuck, ${compared.unmended} not mended, ${compared.skipped} not reached.`,
)
process.exit(compared.unmended === 0 ? 0 : 1)

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1)
}
