import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client } from '@temporalio/client'
import { reconcileSchedule, reconcileType, type ReconcileRequest } from '#domain/reconcile-messages.ts'

const everyMs = 30_000

/**
 * Makes sure that the rounds of the reconciler are planned. Each worker does so at its start, since workers are
 * who can do them; all of them mean the same schedule.
 */
export async function planReconciling(
  client: Client,
  { taskQueue, scheduleId = reconcileSchedule }: { taskQueue: string; scheduleId?: string },
): Promise<void> {
  const request: ReconcileRequest = { scope: 'due' }
  const plan = {
    spec: { intervals: [{ every: everyMs }] },
    action: {
      type: 'startWorkflow' as const,
      workflowType: reconcileType,
      workflowId: scheduleId,
      taskQueue,
      args: [request],
      // A round that no worker takes is as good as the next one.
      workflowExecutionTimeout: 3_600_000,
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: everyMs },
  }
  try {
    await client.schedule.create({ scheduleId, ...plan })
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error
    // It may have been planned by another version.
    await client.schedule.getHandle(scheduleId).update(({ state }) => ({ ...plan, state }))
  }
}
