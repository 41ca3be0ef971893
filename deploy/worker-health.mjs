// Healthy while this container asks the named task queue for work.
import { hostname } from 'node:os'
import { Connection } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'

const queue = process.argv[2]
const activityTasks = 2
const longestSilenceMs = 120_000

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig()
const connection = await Connection.connect({ ...connectionOptions, connectTimeout: 5_000 })
const { pollers } = await connection.workflowService.describeTaskQueue({
  namespace,
  taskQueue: { name: queue },
  taskQueueType: activityTasks,
})
const isAsking = (pollers ?? []).some(
  ({ identity, lastAccessTime }) =>
    identity?.includes(hostname()) &&
    Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1000 < longestSilenceMs,
)
process.exit(isAsking ? 0 : 1)
