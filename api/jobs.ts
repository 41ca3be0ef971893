import { finishImport, noteImportProgress, takeImport } from '#store/baselines.ts'
import { workOnBatch } from '#store/batches.ts'
import type { Db } from '#store/db.ts'
import { keptVersions } from '#store/processes.ts'
import { relayCommands } from './command-relay.ts'
import { relayMessages } from './deliver-message.ts'
import type { LogReader } from './deps.ts'
import type { Engine } from './engine.ts'
import { mostFromFiles } from './admission.ts'
import { problemOfError } from './outside.ts'
import { repeat, type Repeated } from './repeat.ts'

export type JobDeps = {
  db: Db
  engine: Engine
  logs: LogReader
  /** Cases were accepted and wait to be started. */
  kickStarts: () => void
  onError: (message: string, error: unknown) => void
}

const pollMs = 2_000
/** What cases were told is looked after more often: somebody may be watching. */
const relayMs = 500

/** Works on batches of starts, imports, commands for many cases and stored messages, which the database remembers: a restart goes on where they were. */
export function startJobs(deps: JobDeps): Repeated {
  const again = {
    pauseMs: pollMs,
    onError: (error: unknown) => deps.onError('a job waits and is tried again', error),
  }
  const relayed = { ...again, pauseMs: relayMs }
  const batches = repeat(async () => {
    const worked = await workOnBatch(deps.db, mostFromFiles)
    if (worked) deps.kickStarts()
    return worked ? 'more' : 'nothing'
  }, again)
  const work = { ...deps, versionOf: keptVersions() }
  const commands = repeat(async () => ((await relayCommands(work)) > 0 ? 'more' : 'nothing'), relayed)
  const messages = repeat(async () => ((await relayMessages(work)) > 0 ? 'more' : 'nothing'), relayed)
  const imports = repeat(async () => ((await workOnImport(deps)) ? 'more' : 'nothing'), again)
  return {
    kick: () => {
      batches.kick()
      imports.kick()
      commands.kick()
      messages.kick()
    },
    stop: async () => {
      await Promise.all([batches.stop(), imports.stop(), commands.stop(), messages.stop()])
    },
  }
}

/** Takes up one import and brings it to an end. False: none waits. */
async function workOnImport({ db, logs }: Pick<JobDeps, 'db' | 'logs'>): Promise<boolean> {
  const order = await takeImport(db)
  if (order === null) return false
  let told = 0
  const outcome = await logs.baseline(order.content, order.request, (rows) => {
    if (Date.now() - told < 500) return
    told = Date.now()
    noteImportProgress(db, order.id, rows).catch(() => undefined)
  })
  try {
    await finishImport(db, order, 'code' in outcome ? { problem: outcome.why } : outcome)
  } catch (error) {
    // What cannot be stored now cannot be stored later: it is not tried for ever.
    const problem = problemOfError(error)
    if (problem?.code !== 'InvalidInput') throw error
    await finishImport(db, order, { problem: 'The file holds text that cannot be stored.' })
  }
  return true
}
