import type { CasePlan, SubPlan } from '#domain/plan.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import type { Played } from '../play.ts'
import type { Version } from '../versions.ts'
import { visitOf } from '../worker-script.ts'

export function repeated(names: string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))]
}

/** The version that a case was in when it told a fact. */
export function versionAt({ versions, facts }: Played, seq: number): Version {
  const moved = facts.findLast((fact) => fact.type === 'case-moved' && fact.seq < seq)
  const number = moved?.type === 'case-moved' ? moved.toVersion : 1
  return versions.find(({ plan }) => plan.version === number) ?? versions[0]
}

/** The version that a case was in when it asked a worker for something. */
export function versionOf({ versions, calls, runs }: Played, execId: string): Version {
  const asked = calls.find(({ request }) => 'execId' in request && request.execId === execId)
  const plan = runs.find(({ runId }) => runId === asked?.runId)?.input.plan
  return versions.find((version) => version.plan.version === plan?.version) ?? versions[0]
}

/** What a visit is called after a move, as the task says that was opened anew for it. */
export function namesAfterMoves({ calls }: Played): Map<string, string> {
  const last = new Map<string, string>()
  const names = new Map<string, string>()
  for (const { name, request } of calls) {
    if (name !== 'openTask') continue
    const [taskId, visit] = [request.task.taskId, visitOf(request.execId)]
    const before = last.get(taskId)
    if (before !== undefined && before !== visit) names.set(before, visit)
    last.set(taskId, visit)
  }
  return names
}

type Part = { plan: CasePlan | SubPlan; map: ProcessMap }

/** The map in which a step of a path stands. */
export function partOf({ plan, process }: Version, path: string): Part | null {
  let part: Part = { plan, map: process.map }
  for (const id of path.split('/').slice(0, -1)) {
    const step = part.plan.steps[id.replaceAll(/\[\d+\]/g, '')]
    if (step?.kind !== 'sub-process') return null
    const inner = plan.subs?.[step.sub]
    const map = process.others.find(({ processId, version }) => step.sub === `${processId}@${version}`)?.map
    if (inner === undefined || map === undefined) return null
    part = { plan: inner, map }
  }
  return part
}

type Id = { prefix: string; stepId: string; item: string; visit: number }

export function readId(execId: string): Id | null {
  const found = /^((?:.*\/)?)([^/[\]#]+)((?:\[\d+\])*)#(\d+)/.exec(execId)
  if (found === null) return null
  const [, prefix = '', stepId = '', item = '', visit = ''] = found
  return { prefix, stepId, item, visit: Number(visit) }
}

/** When the workers first heard of a fact, on the clock of what they have seen. */
export function clockOf({ calls, seen }: Played, seq: number): number | null {
  // A flush is not on that clock, and whoever was called beside it was told the same.
  const teller = calls.find(
    ({ request }) => 'execId' in request && request.facts.some((fact) => fact.seq === seq),
  )
  if (teller === undefined || !('execId' in teller.request)) return null
  const { name, request } = teller
  const isSame = (other: string, execId: string): boolean => other === name && execId === request.execId
  const before = calls
    .slice(0, calls.indexOf(teller))
    .filter((call) => 'execId' in call.request && isSame(call.name, call.request.execId)).length
  return seen.noted.filter((noted) => isSame(noted.name, noted.execId))[before]?.began ?? null
}

/** Visits that workers have done. What is gathered for a list is no end: the list tells its own. */
export function doneByWorkers({ seen }: Pick<Played, 'seen'>): string[] {
  return seen.noted.flatMap(({ name, execId, result }) =>
    name === 'runStep' && result === 'done' && !execId.endsWith('.g') ? [visitOf(execId)] : [],
  )
}
