import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  bundleWorkflowCode,
  makeTelemetryFilterString,
} from '@temporalio/worker'
import type { RunStepRequest } from '#domain/case-messages.ts'
import { shownHashOf, withDraft } from '#domain/shown-hash.ts'
import { sharedModules } from '#workers/build.ts'
import { workMs } from './reference.ts'
import { WorkerSettings, type Told } from './told.ts'

/** The worker of the benchmark, a process of its own: its processor time is the workflow's and nobody else's. */

/** The interpreter says `stepId`, the two that were written by hand `step`. */
type Step = Pick<RunStepRequest, 'opens'> & { caseId: string } & ({ stepId: string } | { step: string })
type OpenTask = { task: { taskId: string; shownHash: string } }

const tell = (told: Told): void => void process.send?.(told)
const now = (): number => performance.timeOrigin + performance.now()

function activities(): Record<string, (request: never) => Promise<unknown>> {
  const output = { id: 'draft', sha256: 'd'.repeat(64), bytes: 800 }
  return {
    runStep: async (request: Step) => {
      const beganAt = now()
      const { caseId, opens } = request
      const step = 'stepId' in request ? request.stepId : request.step
      await sleep(workMs)
      const fields = ['field0', 'field2', 'field3']
      const done = { status: 'done', output, fields, values: {} }
      tell({ what: 'step', caseId, step, beganAt, endedAt: now() })
      if (opens == null) return done
      // As a worker does: the draft opens the gate that reads it.
      const { task, reads } = opens
      const drafted = Object.fromEntries(fields.map((name) => [name, output]))
      const shown = withDraft(opens, { reads, writes: task.outputs }, drafted)
      tell({ what: 'opened', taskId: task.taskId, shownHash: shownHashOf(task, shown) })
      return { ...done, opened: { ...inAnHour(), openedAt: new Date().toISOString() } }
    },
    openTask: async ({ task }: OpenTask) => {
      await sleep(workMs)
      tell({ what: 'opened', taskId: task.taskId, shownHash: task.shownHash })
      return inAnHour()
    },
    closeCase: async () => sleep(workMs),
    tellBegun: async () => sleep(workMs),
    tellDone: async () => sleep(workMs),
  }
}

function inAnHour(): { dueAt: string; tiers: string[] } {
  return { dueAt: new Date(Date.now() + 3_600_000).toISOString(), tiers: [] }
}

const { address, namespace, taskQueue } = WorkerSettings.parse(JSON.parse(process.argv[2] ?? ''))
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: {
    logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) },
  },
})
const workflowBundle = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('workflows.ts', import.meta.url)),
  preloadModules: sharedModules,
  logger: new DefaultLogger('ERROR'),
})
const connection = await NativeConnection.connect({ address })
const worker = await Worker.create({
  connection,
  namespace,
  taskQueue,
  workflowBundle,
  activities: activities(),
})
process.once('disconnect', () => worker.shutdown())
const running = worker.run()
tell({ what: 'ready' })
await running
await connection.close()
