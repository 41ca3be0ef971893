import { join } from 'node:path'
import { askedFor, carryOut } from '#store/backup/main.ts'
import { chosenHome } from './home.ts'
import { ensurePostgres } from './postgres.ts'

/**
 * `npm run backup` and `npm run restore`: of this home's PostgreSQL, which is started for it when it does not run, or
 * of the one that DATABASE_URL names.
 */
const home = chosenHome()
const [kind, ...args] = process.argv.slice(2)
const asked = askedFor(kind, args, { folder: join(home.root, 'backups') })
if ('fault' in asked) {
  console.error(asked.fault)
  process.exit(1)
}
const postgres = await ensurePostgres({ home, log: console.log })
try {
  process.exitCode = await carryOut(postgres.url, asked)
  if (asked.kind === 'restore' && process.exitCode === 0 && !asked.withoutSecrets) {
    console.log(`On this machine it belongs in ${join(home.root, 'master.key')}.`)
  }
} catch (error) {
  console.error(wordsOf(error))
  process.exitCode = 1
} finally {
  if (!postgres.wasRunning) await postgres.stop()
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return `It failed: ${error.message}${cause}`
}
