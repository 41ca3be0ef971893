import { sendBackTargetOf } from '#domain/graph.ts'
import type { ProcessMap } from '#domain/process-map.ts'

/** One line on the map. Links between the same two steps are one line, except a send-back. */
export type DrawnLink = {
  id: string
  from: string
  to: string
  on: 'path' | 'sent-back' | 'undo'
  /** What a branch of a fork is called; null for every other link. */
  branch: string | null
}

export function linkId(from: string, to: string, on: DrawnLink['on']): string {
  return `${from} ${on} ${to}`
}

export function drawnLinksOf(map: ProcessMap): DrawnLink[] {
  const known = new Set(map.steps.map((step) => step.id))
  const drawn = new Map<string, DrawnLink>()
  const add = (from: string, to: string, on: DrawnLink['on'], branch: string | null = null): void => {
    const id = linkId(from, to, on)
    if (known.has(from) && known.has(to)) drawn.set(id, { id, from, to, on, branch })
  }
  for (const link of map.links) {
    if (link.on === 'send-back') add(link.from, link.to, 'sent-back')
    else if (link.on === 'undo') add(link.from, link.to, 'undo')
    else add(link.from, link.to, 'path', link.on === 'branch' ? link.label : null)
  }
  for (const step of map.steps) {
    if (step.kind === 'review') add(step.id, sendBackTargetOf(map, step), 'sent-back')
  }
  return [...drawn.values()]
}
