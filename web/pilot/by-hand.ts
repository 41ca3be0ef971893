import type { Step } from '#domain/process-map.ts'
import type { PilotDetail } from '#domain/views/pilots.ts'

/** Whether a person does for now what this step would do by itself. */
export function isByHand(pilot: Pick<PilotDetail, 'byHand' | 'byHandSteps'>, step: Step): boolean {
  const isOwnWork = step.kind === 'ai' || step.kind === 'call'
  return pilot.byHandSteps.includes(step.id) || (pilot.byHand && isOwnWork)
}
