import type { CasePlan, PlanStep } from '#domain/plan.ts'
import { regionsOf } from '#domain/regions.ts'
import type { Played } from '../play.ts'
import type { Version } from '../versions.ts'
import { visitOf } from '../worker-script.ts'
import { namesAfterMoves, readId } from './story.ts'

/**
 * From step to step a case goes as the version allows that it is in, and ends at an end of that version. Looked at
 * outside of regions and contained maps, where one step comes after the other.
 */
export function wrongWays(played: Played): string[] {
  const { calls, versions, result } = played
  const faults: string[] = []
  const passed = new Set<string>()
  const names = namesAfterMoves(played)
  let version: Version = versions[0]
  let inside = insideOf(version)
  let here: { stepId: string; visit: number } | null = null
  let lastSeq = 0

  const arrive = (execId: string): void => {
    const id = readId(visitOf(execId))
    if (
      id === null ||
      id.prefix !== '' ||
      id.item !== '' ||
      isAside({ version, earlier: result?.status === 'done' ? [] : versions }, inside, id.stepId)
    )
      return
    const visit = `${id.stepId}#${id.visit}`
    if (passed.has(visit)) return
    passed.add(visit)
    if (!leads(version.plan, here?.stepId ?? null, id.stepId)) {
      faults.push(`${here === null ? 'the start' : here.stepId} does not lead to ${visit}`)
    }
    here = { stepId: id.stepId, visit: id.visit }
  }

  for (const { request } of calls) {
    for (const fact of request.facts) {
      if (fact.seq <= lastSeq) continue
      lastSeq = fact.seq
      if (fact.type === 'step-entered' || fact.type === 'step-finished' || fact.type === 'step-abandoned') {
        arrive(fact.execId)
      }
      if (fact.type !== 'case-moved') continue
      version = versions.find(({ plan }) => plan.version === fact.toVersion) ?? version
      inside = insideOf(version)
      here = calledNow(here, version, names)
      if (here !== null) passed.add(`${here.stepId}#${here.visit}`)
    }
    if ('execId' in request) arrive(request.execId)
  }

  const closing = calls.find(({ name }) => name === 'closeCase')
  if (result?.status !== 'done' || closing?.name !== 'closeCase') return faults
  const { stepId, outcome } = closing.request
  const end = stepId === null ? undefined : version.plan.steps[stepId]
  if (stepId === null || end?.kind !== 'end') return [...faults, `it ended at ${stepId}`]
  if (outcome !== end.outcome) faults.push(`it ended with "${outcome}" at ${stepId}`)
  if (!leads(version.plan, lastOf(here), stepId)) faults.push(`${lastOf(here)} does not lead to ${stepId}`)
  return faults
}

type Place = { stepId: string; visit: number } | null

function lastOf(here: Place): string | null {
  return here?.stepId ?? null
}

/** What was open goes on as its task says that is opened anew; what was done is where the next version has it. */
function calledNow(here: Place, { stepIds }: Version, names: Map<string, string>): Place {
  if (here === null) return null
  const open = names.get(`${here.stepId}#${here.visit}`)
  const id = open === undefined ? null : readId(open)
  return id ?? { ...here, stepId: stepIds[here.stepId] ?? here.stepId }
}

function insideOf({ process }: Version): Set<string> {
  return new Set(regionsOf(process.map).flatMap(({ members }) => [...members]))
}

/** Branches go beside each other, and what undoes a step is on no way. */
function isAside(
  { version, earlier }: { version: Version; earlier: readonly Version[] },
  inside: ReadonlySet<string>,
  stepId: string,
): boolean {
  const undoes = ({ plan }: Version): boolean => Object.values(plan.undo ?? {}).includes(stepId)
  // Only what is stopped is undone: what was done in an earlier version as that one said.
  return inside.has(stepId) || undoes(version) || earlier.some(undoes)
}

function leads(plan: CasePlan, from: string | null, to: string): boolean {
  if (from === null) return to === plan.start
  // What was done before it could be called off stays done: a person settles another visit.
  return from === to || waysOn(plan, from).includes(to)
}

function waysOn(plan: CasePlan, stepId: string): string[] {
  const step = plan.steps[stepId]
  if (step === undefined) return []
  // Done by hand, a draft leads on past the gate that reads it.
  const pastGates = Object.values(plan.steps).flatMap((gate) =>
    gate.kind === 'review' && gate.reviews === stepId && gate.next !== null ? [gate.next] : [],
  )
  return [...onwards(step), ...step.onError.map(({ to }) => to), ...pastGates, ...fromDraft(plan, step)]
}

/** The draft was called away when its gate was open already. */
function fromDraft(plan: CasePlan, step: PlanStep): string[] {
  if (step.kind !== 'review') return []
  return plan.steps[step.reviews]?.onError.map(({ to }) => to) ?? []
}

function onwards(step: PlanStep): string[] {
  const next = step.next === null ? [] : [step.next]
  switch (step.kind) {
    case 'decision':
      return [step.otherwise, ...step.rules.map(({ to }) => to)]
    case 'fork':
    case 'for-each':
      return [step.join]
    case 'review':
      return [...next, step.sendBackTo, step.reviews]
    case 'ai':
    case 'manual':
    case 'join':
    case 'wait':
    case 'call':
    case 'sub-process':
    case 'end':
      return next
  }
}
