import type { Fact, OpenTask } from '#domain/case-messages.ts'
import type { Played } from '../play.ts'
import { namesAfterMoves } from './story.ts'

/** What people have done and what they were asked is the same in every history of a case. */
export function lostOnTheWay(played: Played): string[] {
  return [
    ...played.asked.wrongAnswers,
    ...untoldDecisions(played),
    ...otherTasks(played),
    ...lostTime(played),
    ...lostTouch(played),
  ]
}

/** Whatever the case said it had taken, it has told. */
function untoldDecisions({ facts, asked }: Played): string[] {
  const told = new Set(facts.flatMap((fact) => (fact.type === 'task-decided' ? [fact.decisionId] : [])))
  const votes = facts.filter(({ type }) => type === 'vote-counted').length
  return [
    ...asked.applied.filter((id) => !told.has(id)).map((id) => `decision ${id} was taken and never told`),
    ...(votes < asked.counted ? [`${asked.counted} votes were counted and ${votes} told`] : []),
    ...(votes > asked.counted && asked.lost === 0 ? [`${asked.counted} votes counted, ${votes} told`] : []),
  ]
}

/** A task that is put before people again is the same task: as old, as due and as far decided as it was. */
function otherTasks({ calls, seen }: Played): string[] {
  const faults: string[] = []
  const last = new Map<string, { task: OpenTask; dueAt: number | null; votes: number }>()
  let lastSeq = 0
  for (const call of calls) {
    for (const fact of call.request.facts) {
      if (fact.seq <= lastSeq) continue
      lastSeq = fact.seq
      if (fact.type === 'vote-counted') {
        const known = last.get(fact.taskId)
        if (known !== undefined) known.votes = fact.votes
      }
      if (fact.type !== 'case-resumed') continue
      for (const { taskId, dueAt } of fact.dues) {
        const known = last.get(taskId)
        if (known !== undefined) known.dueAt = Date.parse(dueAt)
      }
    }
    if (call.name !== 'openTask') continue
    const { task, execId } = call.request
    const before = last.get(task.taskId)
    if (before !== undefined && task.version > before.task.version) {
      const { kind, visit, openedAt } = before.task
      if (task.kind !== kind || task.visit !== visit || task.openedAt !== openedAt) {
        faults.push(`${execId} is another task than before`)
      }
      if (task.votes.length !== before.votes) {
        faults.push(`${execId} has ${task.votes.length} votes, and had ${before.votes}`)
      }
      if (task.dueAt !== before.dueAt) {
        faults.push(`${execId} is due ${task.dueAt}, and was due ${before.dueAt}`)
      }
    }
    last.set(task.taskId, { task, dueAt: seen.dues.get(execId) ?? task.dueAt, votes: task.votes.length })
  }
  return faults
}

/** From a pause to where the case goes on, whichever history it began in. */
function lostTime({ facts }: Played): string[] {
  let pausedAt: number | null = null
  return facts.flatMap((fact) => {
    if (fact.type === 'case-paused') pausedAt = Date.parse(fact.at)
    if (fact.type !== 'case-resumed' || pausedAt === null) return []
    const ms = Date.parse(fact.at) - pausedAt
    return fact.pausedMs === ms ? [] : [`it stood still for ${ms} ms and told ${fact.pausedMs}`]
  })
}

/** What people have spent on a visit is the sum of what they said with each of their decisions. */
function lostTouch(played: Played): string[] {
  const { facts } = played
  const spent = new Map<string, number>()
  const before = new Map([...namesAfterMoves(played)].map(([from, to]) => [to, from]))
  const calledFirst = (visit: string): string => {
    const earlier = before.get(visit)
    return earlier === undefined ? visit : calledFirst(earlier)
  }
  const add = (execId: string, ms: number | null): void => {
    const visit = calledFirst(execId)
    if (ms !== null) spent.set(visit, (spent.get(visit) ?? 0) + ms)
  }
  return facts.flatMap((fact: Fact) => {
    if (fact.type === 'task-decided') add(fact.execId, fact.touchMs)
    if (fact.type === 'vote-counted') add(fact.execId, touchOfVote)
    if (fact.type === 'task-undone') add(fact.execId, fact.touchMs === null ? null : -fact.touchMs)
    if (fact.type !== 'step-finished') return []
    const ms = spent.get(calledFirst(fact.execId)) ?? null
    return fact.touchMs === ms ? [] : [`${fact.execId} took ${ms} ms of people and told ${fact.touchMs}`]
  })
}

/** As `aDecision` says. */
const touchOfVote = 1_000
