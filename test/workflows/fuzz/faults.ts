import type { Fact } from '#domain/case-messages.ts'
import type { CasePlan, PlanStep, SubPlan } from '#domain/plan.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import { regionsOf } from '#domain/regions.ts'
import type { Played } from './play.ts'
import { visitOf, type Noted } from './worker-script.ts'

/** What must hold for every case, however it was worked; each promise that was broken comes back in words. */
export function faultsOf(played: Played): string[] {
  if (played.result === null) return [`it did not end: ${played.why}`]
  return [
    ...gaps(played),
    ...doneTwice(played),
    ...visitsLeftOpen(played),
    ...wrongJoins(played),
    ...wrongLists(played),
    ...wrongUndoing(played),
    ...overBudget(played),
  ]
}

function gaps({ facts }: Played): string[] {
  const first = facts.findIndex(({ seq }, index) => seq !== index + 1)
  return first === -1 ? [] : [`fact ${first + 1} is missing or told twice`]
}

function repeated(names: string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))]
}

/** No piece of work twice, no visit ended twice, no decision counted twice, no message taken twice. */
function doneTwice({ calls, facts, seen }: Played): string[] {
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
    ...repeated(endings({ facts, noted: seen.noted })).map((visit) => `${visit} ended twice`),
    ...repeated(decided).map((id) => `decision ${id} was told twice`),
    ...repeated(messages).map((id) => `message ${id} was taken twice`),
    ...(closings === 1 ? [] : [`the case was closed ${closings} times`]),
  ]
}

/** Every end of a visit: told by the case, or by the worker that did the step. */
function endings({ facts, noted }: { facts: Fact[]; noted: Noted[] }): string[] {
  const told = facts.flatMap((fact) =>
    fact.type === 'step-finished' || fact.type === 'step-abandoned' ? [fact.execId] : [],
  )
  // What is gathered for a list is no end: the list tells its own.
  const worked = noted.flatMap(({ name, execId, result }) =>
    name === 'runStep' && result === 'done' && !execId.endsWith('.g') ? [visitOf(execId)] : [],
  )
  return [...told, ...worked]
}

/** A case that came to its end has left nothing behind that somebody could still be waiting for. */
function visitsLeftOpen({ calls, facts, seen, result, plan }: Played): string[] {
  if (result?.status !== 'done') return []
  const began = new Set([
    ...facts.flatMap((fact) => (fact.type === 'step-entered' ? [fact.execId] : [])),
    ...calls.flatMap(({ request }) => ('execId' in request ? [visitOf(request.execId)] : [])),
  ])
  const ended = new Set(endings({ facts, noted: seen.noted }))
  return [...began].flatMap((visit) => {
    const isEnd = plan.steps[visit.replace(/#\d+$/, '')]?.kind === 'end'
    return ended.has(visit) || isEnd ? [] : [`${visit} began and never ended`]
  })
}

type Part = { plan: CasePlan | SubPlan; map: ProcessMap }

/** The map in which a step of a path stands. */
function partOf({ plan, process }: Played, path: string): Part | null {
  let part: Part = { plan, map: process.map }
  for (const id of path.split('/').slice(0, -1)) {
    const step = part.plan.steps[id.replaceAll(/\[\d+\]/g, '')]
    if (step?.kind !== 'sub-process') return null
    const inner = plan.subs?.[step.sub]
    const map = process.others.find(({ processId }) => step.sub === `${processId}@1`)?.map
    if (inner === undefined || map === undefined) return null
    part = { plan: inner, map }
  }
  return part
}

type Id = { prefix: string; stepId: string; item: string; visit: number }

function readId(execId: string): Id | null {
  const found = /^((?:.*\/)?)([^/[\]#]+)((?:\[\d+\])*)#(\d+)/.exec(execId)
  if (found === null) return null
  const [, prefix = '', stepId = '', item = '', visit = ''] = found
  return { prefix, stepId, item, visit: Number(visit) }
}

/**
 * What follows on a join begins only when every branch is over; after an `any` join no step of a branch that
 * lost begins any more.
 */
function wrongJoins(played: Played): string[] {
  const finished = played.facts.flatMap((fact) =>
    fact.type === 'step-finished' ? [{ execId: fact.execId, seq: fact.seq }] : [],
  )
  return finished.flatMap(({ execId, seq }) => {
    const id = readId(execId)
    const part = id === null ? null : partOf(played, `${id.prefix}${id.stepId}`)
    const step = id === null ? undefined : part?.plan.steps[id.stepId]
    if (id === null || part === null || step?.kind !== 'join') return []
    const region = regionsOf(part.map).find(({ join }) => join === id.stepId)
    if (region === undefined) return [`${execId} joins nothing`]
    const opener = `${id.prefix}${region.opener}${id.item}`
    const reopened = finished.find((other) => other.seq > seq && other.execId.replace(/#\d+$/, '') === opener)
    const from = clockOf(played, seq)
    if (from === null) return []
    const told = reopened === undefined ? Infinity : (clockOf(played, reopened.seq) ?? Infinity)
    // A list is finished when its entries are: that it began again is seen by the work that cuts it up, which may
    // be what tells that the join was passed.
    const cutAgain = played.seen.noted
      .filter((noted) => noted.began >= from && noted.execId.replace(/#\d+$/, '') === opener)
      .map(({ began }) => began)
    const to = Math.min(told, ...cutAgain)
    return played.seen.noted.flatMap((noted) => {
      const member = readId(noted.execId)
      const isMember =
        member !== null &&
        region.members.has(member.stepId) &&
        member.prefix === id.prefix &&
        member.item.startsWith(id.item)
      if (!isMember || noted.began >= to) return []
      if (noted.began > from) return [`${noted.execId} began after ${execId}`]
      return noted.over === null || noted.over > from ? [`${noted.execId} was not over at ${execId}`] : []
    })
  })
}

/** When the workers first heard of a fact, on the clock of what they have seen. */
function clockOf({ calls, seen }: Played, seq: number): number | null {
  // A flush is not on that clock, and whoever was called beside it was told the same.
  const execId = calls
    .flatMap(({ request }) =>
      'execId' in request && request.facts.some((fact) => fact.seq === seq) ? [request.execId] : [],
    )
    .at(0)
  if (execId === undefined) return null
  return seen.noted.find((noted) => noted.execId === execId)?.began ?? null
}

/** Every entry of a list was walked, and the counts are those of the entries. */
function wrongLists(played: Played): string[] {
  const { facts, seen } = played
  return facts.flatMap((fact) => {
    if (fact.type !== 'list-finished') return []
    const { execId, items, done, failed } = fact
    const cut = seen.items.get(execId)
    const fell = facts.filter((other) => other.type === 'item-failed' && other.execId === execId).length
    const wrong: string[] = []
    if (cut !== items) wrong.push(`${execId} had ${cut} entries and told ${items}`)
    if (done + failed !== items) wrong.push(`${execId} counts ${done} + ${failed} of ${items}`)
    if (fell < failed) wrong.push(`${execId} told ${failed} failed entries and named ${fell}`)
    return wrong
  })
}

/** After a stop with undoing every done step that can be undone was, once; without it, none was. */
function wrongUndoing(played: Played): string[] {
  const { facts, asked, seen, result } = played
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
  if (!wanted) return twice
  const byPeople = facts.flatMap((fact) =>
    fact.type === 'step-finished' && fact.doneBy === 'person' ? [fact.execId] : [],
  )
  const byWorkers = seen.noted.flatMap(({ name, execId, result: status }) =>
    name === 'runStep' && status === 'done' && !execId.endsWith('.g') ? [visitOf(execId)] : [],
  )
  const missing = [...byPeople, ...byWorkers].filter((execId) => {
    const id = readId(execId)
    const undoing = id === null ? null : partOf(played, `${id.prefix}${id.stepId}`)?.plan.undo
    return id !== null && undoing?.[id.stepId] !== undefined && !undone.includes(execId)
  })
  return [...twice, ...missing.map((visit) => `${visit} was not undone`)]
}

/**
 * The most events of history that a case may need: 6 for each activity, 5 for each update that was taken, and the
 * timers: of gates and message waits (2), of breaches and holding times (5), once more for each standing still.
 */
function overBudget({ events, calls, seen, asked, plan }: Played): string[] {
  const count = (name: string): number => calls.filter((call) => call.name === name).length
  const waits = calls.filter(
    (call) => call.name === 'runStep' && kindOf(plan, call.request) === 'wait',
  ).length
  const gates = count('openTask')
  const updates = events['EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED'] ?? 0
  // A gate that the draft opens is no activity of its own.
  const drafted = new Set(
    seen.noted.flatMap(({ name, execId, result }) =>
      name === 'runStep' && result === 'done' ? [execId] : [],
    ),
  )
  const withDraft = new Set(
    calls.flatMap((call) =>
      call.name === 'runStep' && drafted.has(call.request.execId) ? [call.request.opens?.execId] : [],
    ),
  )
  const activities = calls.filter(
    ({ name, request }) => !(name === 'openTask' && 'execId' in request && withDraft.has(request.execId)),
  ).length
  const timers = 2 * gates + 5 * (count('escalateTask') + waits + asked.windows)
  const standing = asked.pauses * 2 * (gates + waits)
  const cancelled = asked.stopped === 'cancelled' ? 4 : 0
  // What is refused leaves no event of its own, but its workflow task stays when something else came with it.
  const refused = 3 * (asked.refused + asked.looks)
  // A worker too busy to answer in time is asked again.
  const late = 3 * (events['EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT'] ?? 0)
  const budget =
    5 + 6 * activities + 5 * updates + timers + standing + cancelled + refused + late + cancelRequests(events)
  const total = Object.values(events).reduce((sum, each) => sum + each, 0)
  return total <= budget ? [] : [`${total} events, ${budget} allowed: ${JSON.stringify(events)}`]
}

/** What a person calls off costs one event more than it would have. */
function cancelRequests(events: Record<string, number>): number {
  return events['EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED'] ?? 0
}

function kindOf(
  plan: CasePlan,
  { mapId, version, stepId }: { mapId: string; version: number; stepId: string },
): PlanStep['kind'] | undefined {
  return (mapId === plan.mapId ? plan : plan.subs?.[`${mapId}@${version}`])?.steps[stepId]?.kind
}
