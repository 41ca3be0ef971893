import type { CaseActivities, EscalateTaskRequest } from '#domain/case-messages.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import { slaOf, tiersOf } from '#domain/task-sla.ts'
import type { Model } from '../ai/complete.ts'
import { connectCaller, type Caller } from '../call/caller.ts'
import type { CasePort } from '../ports.ts'
import { mapVersions } from './map-versions.ts'
import { openTask } from './open-task.ts'
import { runStep } from './run-step.ts'

/**
 * The activities of a worker. Their names are known to every recorded history. Without a caller of its own, calls
 * reach public addresses only and carry no secrets.
 */
export function createActivities({
  port,
  model,
  caller = connectCaller({ keys: null, privateCalls: [] }),
}: {
  port: CasePort
  model: Model
  caller?: Caller
}): CaseActivities {
  const versionOf = mapVersions(port)
  return {
    runStep: async (request) => runStep({ port, model, caller, versionOf }, request),
    openTask: async (request) => openTask({ port, versionOf }, request),
    escalateTask: async (request) => {
      const { map } = await versionOf(request)
      return port.escalateTask(request, whoIsAsked(map, request))
    },
    flushFacts: async ({ caseId, facts }) => port.appendFacts(caseId, facts),
    closeCase: async (request) => port.closeCase(request),
    loadPlan: async ({ mapId, version, hash }) => (await versionOf({ mapId, version, planHash: hash })).plan,
  }
}

/** Being late is the first tier and asks nobody; each tier of the map asks one person more. */
function whoIsAsked(map: ProcessMap, { stepId, kind, tier }: EscalateTaskRequest): 'owner' | 'deputy' | null {
  const sla = slaOf(map, { stepId, kind: kind ?? 'manual' })
  return tier === 0 || sla === null ? null : (tiersOf(sla)[tier - 1]?.to ?? null)
}
