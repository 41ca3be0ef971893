import type { Played } from '../play.ts'
import { visitOf } from '../worker-script.ts'
import { doneByWorkers, namesAfterMoves, repeated } from './story.ts'

/** Facts are numbered without a gap, and each number stands for one fact, in whichever history it was told. */
export function gaps({ facts, calls }: Played): string[] {
  const first = facts.findIndex(({ seq }, index) => seq !== index + 1)
  const missing = first === -1 ? [] : [`fact ${first + 1} is missing or told twice`]
  const told = new Map<number, string>()
  const other = new Set<number>()
  for (const fact of calls.flatMap(({ request }) => request.facts)) {
    const text = JSON.stringify(fact)
    const before = told.get(fact.seq)
    if (before !== undefined && before !== text) other.add(fact.seq)
    told.set(fact.seq, text)
  }
  return [...missing, ...[...other].map((seq) => `fact ${seq} was told as two`)]
}

/** No piece of work twice, no visit ended twice, no decision counted twice, no message taken twice. */
export function doneTwice(played: Played): string[] {
  const { calls, facts } = played
  const work = calls.flatMap(({ name, request }) =>
    (name === 'runStep' || name === 'openTask') && 'execId' in request ? [`${name} ${request.execId}`] : [],
  )
  const closings = calls.filter(({ name }) => name === 'closeCase').length
  const decided = facts.flatMap((fact) => (fact.type === 'task-decided' ? [fact.decisionId] : []))
  const messages = facts.flatMap((fact) => (fact.type === 'message-received' ? [fact.messageId] : []))
  // None of these workers says that a task is not due yet: each tier is told once.
  const tiers = calls.flatMap(({ name, request }) =>
    name === 'escalateTask' ? [`tier ${request.tier} of ${request.taskId}`] : [],
  )
  return [
    ...repeated(work).map((what) => `${what} was done twice`),
    ...repeated(tiers).map((what) => `${what} was told twice`),
    ...repeated(endings(played)).map((visit) => `${visit} ended twice`),
    ...repeated(decided).map((id) => `decision ${id} was told twice`),
    ...repeated(messages).map((id) => `message ${id} was taken twice`),
    ...(closings === 1 ? [] : [`the case was closed ${closings} times`]),
  ]
}

/** Every end of a visit: told by the case, or by the worker that did the step. */
function endings(played: Played): string[] {
  const told = played.facts.flatMap((fact) =>
    fact.type === 'step-finished' || fact.type === 'step-abandoned' ? [fact.execId] : [],
  )
  return [...told, ...doneByWorkers(played)]
}

/** A case that came to its end has left nothing behind that somebody could still be waiting for. */
export function visitsLeftOpen(played: Played): string[] {
  const { calls, facts, result, versions } = played
  const names = namesAfterMoves(played)
  if (result?.status !== 'done') return []
  const began = new Set([
    ...facts.flatMap((fact) => (fact.type === 'step-entered' ? [fact.execId] : [])),
    ...calls.flatMap(({ request }) => ('execId' in request ? [visitOf(request.execId)] : [])),
  ])
  const ended = new Set(endings(played))
  return [...began].flatMap((visit) => {
    const isEnd = versions.some(({ plan }) => plan.steps[visit.replace(/#\d+$/, '')]?.kind === 'end')
    return ended.has(visit) || isEnd || ended.has(calledNow(names, visit))
      ? []
      : [`${visit} began and never ended`]
  })
}

/** What a visit that was open while the case moved is called afterwards. */
function calledNow(names: Map<string, string>, visit: string): string {
  const next = names.get(visit)
  return next === undefined ? visit : calledNow(names, next)
}
