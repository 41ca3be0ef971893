import { Context } from '@temporalio/activity'
import type { ReconcileActivities } from '#domain/reconcile-messages.ts'
import type { EnginePort } from '../engine-port.ts'
import type { CasePort } from '../ports.ts'
import type { ReconcilePort } from '../reconcile-port.ts'
import { mapVersions } from './map-versions.ts'
import { openTask } from './open-task.ts'
import { reconcile, type ReconcileDeps } from './reconcile.ts'

/** A task is put before people again, and a case closed, by the same functions that did it in the first place. */
export function reconcileDeps({
  cases,
  port,
  engine,
  warn,
}: {
  cases: CasePort
  port: ReconcilePort
  engine: EnginePort
  warn: (message: string) => void
}): ReconcileDeps {
  const versionOf = mapVersions(cases)
  return {
    engine,
    port,
    openTask: (request) => openTask({ port: cases, versionOf }, request),
    closeCase: cases.closeCase,
    warn,
  }
}

export function createReconcile(deps: ReconcileDeps): ReconcileActivities {
  return {
    reconcile: async (request) => {
      const context = Context.current()
      const pulse = { beat: () => context.heartbeat(), signal: context.cancellationSignal }
      return reconcile(deps, request, pulse)
    },
  }
}
