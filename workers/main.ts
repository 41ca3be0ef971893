import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { getHeapStatistics } from 'node:v8'
import { Client } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker'
import { aiQueue, coreQueue } from '#domain/case-messages.ts'
import { openDb } from '#store/db.ts'
import { untilProven } from '#store/secrets/prove-keys.ts'
import { createActivities } from './activities/create-activities.ts'
import { createReconcile, reconcileDeps } from './activities/create-reconcile.ts'
import { connectModel, noModel } from './ai/complete.ts'
import { buildWorkflows } from './build.ts'
import { connectCaller } from './call/caller.ts'
import { casePort } from './case-port.ts'
import { enginePort } from './engine-port.ts'
import { readEnv, type Role, type WorkerSettings } from './env.ts'
import { reconcilePort } from './reconcile-port.ts'
import { planReconciling } from './reconcile-schedule.ts'

const settings = settingsOrExit()
Runtime.install({ logger: new DefaultLogger('WARN') })

const [codePath, connection] = await Promise.all([buildWorkflows(), connectWhenThere()])
const db = openDb(settings.databaseUrl, { name: 'throughline-worker' })
const { namespace = 'default' } = loadClientConnectConfig()
const model =
  'missing' in settings.model
    ? noModel(settings.model.missing)
    : connectModel(settings.model, { concurrency: settings.aiConcurrency })
const caller = connectCaller({
  keys: settings.secretKeys,
  privateCalls: settings.privateCalls,
  onBlocked: (message) => console.warn(message),
})
const client = new Client({ connection, namespace })
const cases = casePort(db)
const reconciling = reconcileDeps({
  cases,
  port: reconcilePort(db),
  engine: enginePort(client),
  warn: (message) => console.warn(message),
})
const activities = {
  ...createActivities({ port: cases, model, caller }),
  ...createReconcile(reconciling),
}

const shared: Pick<
  WorkerOptions,
  'connection' | 'namespace' | 'identity' | 'activities' | 'shutdownGraceTime'
> = {
  connection,
  namespace,
  identity: `throughline@${hostname()}:${process.pid}`,
  activities,
  // Time for drafts under way; a step that takes longer is handed to another worker.
  shutdownGraceTime: '10 seconds',
}
/** A case in memory takes about a megabyte; one that is not there is read again from its history, in some ten milliseconds. */
const mostCached = 1_000
/** What the library would keep by itself: 600 per gigabyte of heap. */
const cachedByHeap = Math.floor(((getHeapStatistics().heap_size_limit / 2 ** 20 - 200) * 600) / 1024)
/** Steps that may wait in this process for their turn with the model. */
const aiSlots = 200

const workers: Record<Role, () => Promise<Worker>> = {
  core: async () =>
    Worker.create({
      ...shared,
      taskQueue: coreQueue,
      workflowBundle: { codePath },
      maxConcurrentActivityTaskExecutions: 50,
      maxCachedWorkflows: Math.max(10, Math.min(mostCached, cachedByHeap)),
      // After a worker died, its cases are offered to others this soon. Sooner, and a worker that is only busy loses
      // cases to others, which have to read their histories first.
      stickyQueueScheduleToStartTimeout: '10 seconds',
    }),
  ai: async () =>
    Worker.create({
      ...shared,
      taskQueue: aiQueue,
      // A stopped case hangs up on the model within seconds, not when the next heartbeat is due.
      maxHeartbeatThrottleInterval: '2 seconds',
      // Far more than drafts at a time: a step that waits for its turn has begun, so its case is seen there.
      maxConcurrentActivityTaskExecutions: aiSlots,
    }),
}

if (settings.secretKeys !== null) {
  const fault = await untilProven(db, settings.secretKeys, (message, error) =>
    console.warn(`${message}: ${String(error)}`),
  )
  if (fault !== null) {
    console.error(fault)
    process.exit(1)
  }
}
const running = await Promise.all(settings.roles.map(async (role) => workers[role]()))
const work = Promise.all(running.map(async (worker) => worker.run()))
console.log(`The worker takes ${settings.roles.join(' and ')} work. ${describeModel(settings)}`)
if (settings.roles.includes('core')) void planRounds()
await work
await Promise.allSettled([model.close(), db.destroy(), connection.close()])

function settingsOrExit(): WorkerSettings {
  try {
    return readEnv(process.env)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return process.exit(1)
  }
}

/** Servers may start in any order. */
async function connectWhenThere(): Promise<NativeConnection> {
  const { connectionOptions } = loadClientConnectConfig()
  for (let told = false; ; told = true) {
    try {
      return await NativeConnection.connect(connectionOptions)
    } catch (error) {
      if (!told)
        console.log(`Waiting for Temporal at ${connectionOptions.address ?? 'its address'}: ${String(error)}`)
      await sleep(1_000)
    }
  }
}

/** Cases run without it, so nobody waits for the plan. */
async function planRounds(): Promise<void> {
  for (;;) {
    try {
      return await planReconciling(client, { taskQueue: coreQueue })
    } catch (error) {
      console.warn(`The rounds of the reconciler could not be planned yet: ${String(error)}`)
      await sleep(10_000, undefined, { ref: false })
    }
  }
}

function describeModel({ model: chosen, aiConcurrency }: WorkerSettings): string {
  if ('missing' in chosen) return `${chosen.missing} AI steps go to people.`
  const kind = chosen.practice ? 'practice model' : 'model'
  return `Drafts come from the ${kind} ${chosen.model}, up to ${aiConcurrency} at a time.`
}
