import type { Played } from '../play.ts'
import { visitOf } from '../worker-script.ts'
import { clockOf, partOf, readId, repeated, versionAt, versionOf } from './story.ts'

/** After a stop with undoing every done step that can be undone was, once, the last one first; else none was. */
export function wrongUndoing(played: Played): string[] {
  const { facts, asked, result } = played
  const undone = facts.flatMap((fact) => (fact.type === 'step-undone' ? [fact.undoes] : []))
  const twice = repeated(undone).map((visit) => `${visit} was undone twice`)
  const atDesk = facts.some((fact) => fact.type === 'exception-closed' && fact.how === 'stop')
  const wanted = asked.stopped !== null && asked.stopped !== 'cancelled' && asked.stopped.compensate
  if (result?.status === 'done' || (asked.stopped === 'cancelled' && !atDesk)) {
    return undone.length === 0 ? twice : [...twice, `${undone.join(', ')} undone without a stop`]
  }
  if (!wanted && !atDesk) {
    return undone.length === 0 ? twice : [...twice, `${undone.join(', ')} undone against the stop's word`]
  }
  const late = wrongOrder(played, undone)
  if (!wanted) return [...twice, ...late]
  const missing = doneSteps(played).filter(
    ({ canBeUndone, execId }) => canBeUndone && !undone.includes(execId),
  )
  return [...twice, ...late, ...missing.map(({ execId }) => `${execId} was not undone`)]
}

type Done = { execId: string; canBeUndone: boolean }

function doneSteps(played: Played): Done[] {
  const byPeople = played.facts.flatMap((fact): Done[] => {
    if (fact.type !== 'step-finished' || fact.doneBy !== 'person') return []
    const id = readId(fact.execId)
    const part = id === null ? null : partOf(versionAt(played, fact.seq), `${id.prefix}${id.stepId}`)
    const canBeUndone = id !== null && part?.plan.undo?.[id.stepId] !== undefined
    return [{ execId: fact.execId, canBeUndone }]
  })
  const byWorkers = played.seen.noted.flatMap(({ name, execId, result }): Done[] => {
    if (name !== 'runStep' || result !== 'done' || execId.endsWith('.g')) return []
    const id = readId(execId)
    const part = id === null ? null : partOf(versionOf(played, execId), `${id.prefix}${id.stepId}`)
    return [
      { execId: visitOf(execId), canBeUndone: id !== null && part?.plan.undo?.[id.stepId] !== undefined },
    ]
  })
  return [...byPeople, ...byWorkers]
}

/** Of two steps that were surely done one after the other, the later one is undone first, across all histories. */
function wrongOrder(played: Played, undone: string[]): string[] {
  const { facts, seen, runs } = played
  const heard = new Map(runs.flatMap(({ finished }) => finished).map((id, nth) => [visitOf(id), nth]))
  const told = new Map(
    facts.flatMap((fact) =>
      fact.type === 'step-finished' && fact.doneBy === 'person' ? [[fact.execId, fact.seq] as const] : [],
    ),
  )
  const isBefore = (one: string, other: string): boolean => {
    const [oneTold, otherTold] = [told.get(one), told.get(other)]
    if (oneTold !== undefined && otherTold !== undefined) return oneTold < otherTold
    if (oneTold === undefined && otherTold === undefined) {
      return (heard.get(one) ?? Infinity) < (heard.get(other) ?? -1)
    }
    if (oneTold === undefined) return false
    const began = seen.noted.findLast((noted) => noted.name === 'runStep' && visitOf(noted.execId) === other)
    return began !== undefined && (clockOf(played, oneTold) ?? Infinity) <= began.began
  }
  return undone.flatMap((first, nth) =>
    undone
      .slice(nth + 1)
      .flatMap((then) => (isBefore(first, then) ? [`${first} was undone before ${then}`] : [])),
  )
}
