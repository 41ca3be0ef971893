import type { Actor } from '#domain/can.ts'
import type { StopResult } from '#domain/case-messages.ts'
import type { Problem } from '#domain/problems.ts'
import { isStopNoted, noteStop, stopBeforeStart, stopLost } from '#store/stops.ts'
import { caseStatus } from '#store/tasks.ts'
import type { Deps } from './deps.ts'
import type { Told } from './engine.ts'
import { problemOfRefusal } from './refusals.ts'
import { tellStarted } from './tell-started.ts'

/** Stops a case at any point; what was done stays in its story. Null: it is stopping. */
export async function stopCase(
  deps: Pick<Deps, 'db' | 'engine' | 'versionOf'>,
  actor: Actor,
  wanted: { caseId: string; processId: string; reason: string; compensate: boolean; stopId: string },
): Promise<Problem | null> {
  const { caseId, processId, reason, compensate, stopId } = wanted
  const state = await caseStatus(deps.db, caseId)
  if (state === null) return { code: 'NotFound', what: 'case' }
  const by = { id: actor.id, name: actor.name, sample: actor.sample }
  const request = { caseId, processId, by: actor.id, reason, stopId }
  if (state.ended) {
    // Whoever did not hear the answer asks again: it was this request that stopped the case.
    const isOurs =
      state.outcome === `Stopped by ${by.name}: ${reason}` && (await isStopNoted(deps.db, request))
    return isOurs ? null : { code: 'CaseClosing', outcome: state.outcome }
  }
  await noteStop(deps.db, request)
  const tell = async (): Promise<Told<StopResult>> =>
    deps.engine.stop({ pilotId: state.pilotId, caseId }, { stopId, by, reason, compensate })
  let told = await tell()
  if (told.kind === 'gone') {
    if (await stopBeforeStart(deps.db, { caseId, by, reason })) return null
    // Its start was tried: it may be about to do something that has to be undone.
    told = await tellStarted(deps, caseId, tell)
  }
  switch (told.kind) {
    case 'done':
      return null
    case 'refused':
      return problemOfRefusal(told)
    case 'gone':
      return (await stopLost(deps.db, { caseId, by, reason }))
        ? null
        : { code: 'CaseClosing', outcome: state.outcome }
    case 'unsent':
    case 'unanswered':
      return { code: 'EngineUnavailable' }
  }
}
