import { inReadingOrder, stepById } from '#domain/graph.ts'
import type { Link, ProcessMap } from '#domain/process-map.ts'

function wordOf(link: Link): string {
  switch (link.on) {
    case 'next':
      return ''
    case 'when':
    case 'otherwise':
    case 'branch':
      return `${link.label}: `
    case 'each':
      return 'each: '
    case 'undo':
      return 'undone by: '
    case 'exception':
      return `${link.cause}: `
    case 'send-back':
      return 'sent back: '
  }
}

/** A map in a few lines: each step, its kind, and where it leads. */
export function listingOf(map: ProcessMap): string {
  const steps = inReadingOrder(map)
  const width = Math.max(...steps.map(({ title }) => title.length))
  return steps
    .map(({ id, title, kind }) => {
      const ways = map.links
        .filter(({ from }) => from === id)
        .map((link) => `${wordOf(link)}${stepById(map, link.to)?.title ?? link.to}`)
      const leads = ways.length === 0 ? '' : `→ ${ways.join(' | ')}`
      return `${title.padEnd(width)}  ${kind.padEnd(11)} ${leads}`.trimEnd()
    })
    .join('\n')
}
