import type { CaseActivities, EscalateTaskRequest } from '#domain/case-messages.ts'
import { stepById } from '#domain/graph.ts'
import type { ProcessMap } from '#domain/process-map.ts'
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
function whoIsAsked(map: ProcessMap, { stepId, tier }: EscalateTaskRequest): 'owner' | 'deputy' | null {
  const step = stepById(map, stepId)
  const sla = step?.kind === 'manual' || step?.kind === 'review' ? step.sla : null
  const escalations = (sla?.escalations ?? []).toSorted(
    (a, b) => a.afterWorkingMinutes - b.afterWorkingMinutes,
  )
  return tier === 0 ? null : (escalations[tier - 1]?.to ?? null)
}
