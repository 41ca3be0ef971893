import { regionsOf } from '#domain/regions.ts'
import type { Played } from '../play.ts'
import { visitOf } from '../worker-script.ts'
import { clockOf, partOf, readId, versionAt } from './story.ts'

/**
 * What follows on a join begins only when every branch is over; after an `any` join no step of a branch that
 * lost begins any more.
 */
export function wrongJoins(played: Played): string[] {
  const { facts, seen } = played
  const finished = facts.flatMap((fact) =>
    fact.type === 'step-finished' ? [{ execId: fact.execId, seq: fact.seq }] : [],
  )
  return finished.flatMap(({ execId, seq }) => {
    const id = readId(execId)
    const part = id === null ? null : partOf(versionAt(played, seq), `${id.prefix}${id.stepId}`)
    const step = id === null ? undefined : part?.plan.steps[id.stepId]
    if (id === null || part === null || step?.kind !== 'join') return []
    const region = regionsOf(part.map).find(({ join }) => join === id.stepId)
    if (region === undefined) return [`${execId} joins nothing`]
    const opener = `${id.prefix}${region.opener}${id.item}`
    // Tried again from the desk, it may begin as `list#2.r1` without having begun as `list#2`.
    const isOpener = (other: string): boolean => visitOf(other).replace(/#\d+$/, '') === opener
    const isOpened = [...seen.noted, ...finished].some((one) => isOpener(one.execId))
    if (!isOpened) return [`${execId} joins what never began`]
    const from = clockOf(played, seq)
    if (from === null) return []
    // In another version the same steps may stand elsewhere.
    const later = facts.filter(
      (fact) =>
        fact.seq > seq &&
        (fact.type === 'case-moved' || (fact.type === 'step-finished' && isOpener(fact.execId))),
    )
    const told = later.map((fact) => clockOf(played, fact.seq) ?? Infinity)
    // A list is finished when its entries are: that it began again is seen by the work that cuts it up, which may
    // be what tells that the join was passed.
    const cutAgain = seen.noted
      .filter((noted) => noted.began >= from && isOpener(noted.execId))
      .map(({ began }) => began)
    const to = Math.min(...told, ...cutAgain)
    return seen.noted.flatMap((noted) => {
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

/** Every entry of a list was walked, and the counts are those of the entries. */
export function wrongLists(played: Played): string[] {
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
