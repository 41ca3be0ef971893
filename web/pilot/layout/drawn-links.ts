import { sendBackTargetOf } from '#domain/graph.ts'
import type { ProcessMap } from '#domain/process-map.ts'

/** One line on the map. Links between the same two steps are one line, except a send-back. */
export type DrawnLink = { id: string; from: string; to: string; on: 'path' | 'sent-back' }

export function linkId(from: string, to: string, on: DrawnLink['on']): string {
  return `${from} ${on} ${to}`
}

export function drawnLinksOf(map: ProcessMap): DrawnLink[] {
  const known = new Set(map.steps.map((step) => step.id))
  const drawn = new Map<string, DrawnLink>()
  const add = (from: string, to: string, on: DrawnLink['on']): void => {
    const id = linkId(from, to, on)
    if (known.has(from) && known.has(to)) drawn.set(id, { id, from, to, on })
  }
  for (const link of map.links) add(link.from, link.to, link.on === 'send-back' ? 'sent-back' : 'path')
  for (const step of map.steps) {
    if (step.kind === 'review') add(step.id, sendBackTargetOf(map, step), 'sent-back')
  }
  return [...drawn.values()]
}
