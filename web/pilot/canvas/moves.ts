import type { PlacedLink } from '../layout/place.ts'

/** A case seen going along a link. */
export type Move = { key: string; caseId: string; title: string; linkId: string }

export type Whereabouts = ReadonlyMap<string, { stepId: string | null; title: string }>

/** At most this many cases move at once; more would be noise. */
export const mostMoving = 20

/** Which cases went along which link between two looks at the open cases. */
export function movesBetween(
  before: Whereabouts,
  after: Whereabouts,
  links: PlacedLink[],
  look: number,
): Move[] {
  const moves: Move[] = []
  const add = (caseId: string, title: string, link: PlacedLink | undefined): void => {
    if (link !== undefined) moves.push({ key: `${look} ${caseId}`, caseId, title, linkId: link.id })
  }
  for (const [caseId, now] of after) {
    const then = before.get(caseId)
    if (then === undefined || now.stepId === null || then.stepId === null || then.stepId === now.stepId)
      continue
    add(caseId, now.title, lastLinkOfWay(then.stepId, now.stepId, links))
  }
  return moves.slice(0, mostMoving)
}

/** Between two looks a case may pass several steps: the last link of the shortest way is shown. */
function lastLinkOfWay(from: string, to: string, links: PlacedLink[]): PlacedLink | undefined {
  const seen = new Set([from])
  let reached = [from]
  while (reached.length > 0) {
    const next: string[] = []
    for (const id of reached) {
      for (const link of links) {
        if (link.from !== id) continue
        if (link.to === to) return link
        if (!seen.has(link.to)) {
          seen.add(link.to)
          next.push(link.to)
        }
      }
    }
    reached = next
  }
  return undefined
}
