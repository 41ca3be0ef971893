import { proxyActivities } from '@temporalio/workflow'
import type { ReconcileActivities, ReconcileReport, ReconcileRequest } from '#domain/reconcile-messages.ts'

/** One round of comparing what is shown with what the engine knows. */
export async function reconcileWorkflow(request: ReconcileRequest): Promise<ReconcileReport> {
  const { reconcile } = proxyActivities<ReconcileActivities>({
    startToCloseTimeout: 3_600_000,
    heartbeatTimeout: 20_000,
    // The next round comes soon anyway.
    retry: { maximumAttempts: 2 },
  })
  return reconcile.executeWithOptions({ activityId: 'reconcile', summary: 'Compare with the engine' }, [
    request,
  ])
}
