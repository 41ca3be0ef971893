import { finishImport, noteImportProgress, takeImport } from '#store/baselines.ts'
import { workOnBatch } from '#store/batches.ts'
import type { Db } from '#store/db.ts'
import type { LogReader } from './deps.ts'
import { problemOfError } from './outside.ts'

export type Jobs = { kick: () => void; stop: () => Promise<void> }
export type JobDeps = {
  db: Db
  logs: LogReader
  /** Cases were accepted and wait to be started. */
  kickStarts: () => void
  onError: (message: string, error: unknown) => void
}

const pollMs = 2_000

/** Works on batches of starts and on imports, which the database remembers: a restart goes on where they were. */
export function startJobs(deps: JobDeps): Jobs {
  const batches = loop(deps, async () => {
    const worked = await workOnBatch(deps.db)
    if (worked) deps.kickStarts()
    return worked
  })
  const imports = loop(deps, () => workOnImport(deps))
  return {
    kick: () => {
      batches.kick()
      imports.kick()
    },
    stop: async () => {
      await Promise.all([batches.stop(), imports.stop()])
    },
  }
}

/** Takes up one import and brings it to an end. False: none waits. */
export async function workOnImport({ db, logs }: Pick<JobDeps, 'db' | 'logs'>): Promise<boolean> {
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

function loop(deps: JobDeps, work: () => Promise<boolean>): Jobs {
  let isStopped = false
  let isKicked = false
  let wake = (): void => {}
  const run = async (): Promise<void> => {
    while (!isStopped) {
      isKicked = false
      const worked = await work().catch((error: unknown) => {
        deps.onError('a job waits and is tried again', error)
        return false
      })
      if (worked || isKicked || isStopped) continue
      await new Promise<void>((done) => {
        const timer = setTimeout(done, pollMs)
        wake = () => {
          clearTimeout(timer)
          done()
        }
      })
    }
  }
  const ended = run()
  return {
    kick: () => {
      isKicked = true
      wake()
    },
    stop: async () => {
      isStopped = true
      wake()
      await ended
    },
  }
}
