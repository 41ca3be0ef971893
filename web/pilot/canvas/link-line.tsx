import type { EdgeProps } from '@xyflow/react'
import { memo, type ReactElement } from 'react'
import { roundedPath, towards } from '../layout/rounded-path.ts'
import type { Point } from '../layout/place.ts'
import { wholeShares } from '../shares.ts'
import { useCanvas, type CanvasState } from './canvas-store.ts'
import type { LinkEdge } from './flow-types.ts'

/** One link, as wide as the share of cases that took it. */
export const LinkLine = memo(function LinkLine({ data }: EdgeProps<LinkEdge>): ReactElement | null {
  const n = useCanvas((state) => (data === undefined ? 0 : (state.taken.get(data.link.id) ?? 0)))
  const most = useCanvas((state) => state.mostTaken)
  const label = useCanvas((state) => (data === undefined ? null : labelOf(data, n, state)))
  if (data === undefined) return null
  const { link } = data
  const width = 1.2 + (most === 0 ? 0 : 3.8 * Math.min(1, n / most))
  const head = 5 + 1.5 * width
  const end = link.points.at(-1)
  const before = link.points.at(-2)
  if (end === undefined || before === undefined) return null
  const tip = towards(end, before, 3)
  const base = towards(tip, before, head)
  const points = [...link.points.slice(0, -1), towards(base, end, 1)]
  return (
    <g
      className="link-line"
      data-unused={(n === 0 && link.on !== 'undo') || undefined}
      data-undo={link.on === 'undo' || undefined}
    >
      <path
        d={roundedPath(points, 7)}
        strokeWidth={width}
        {...(link.on === 'path' ? {} : { strokeDasharray: link.on === 'undo' ? '2 4' : '5 4' })}
      />
      <polygon points={arrow(tip, base, 3.4 + width * 0.55)} />
      {label !== null && (
        <text
          x={link.label.x}
          y={link.label.y}
          className="link-label num"
          textAnchor={link.label.anchor}
          dominantBaseline="central"
        >
          {label}
          {link.branch !== null && label !== link.branch && <title>{link.branch}</title>}
        </text>
      )}
    </g>
  )
})

function labelOf(data: NonNullable<LinkEdge['data']>, n: number, state: CanvasState): string | null {
  if (data.tells === 'branch') return cut(data.link.branch ?? '', 25)
  if (data.tells === 'undo') return n === 0 ? 'undo' : `${n} undone`
  if (n === 0) return null
  switch (data.tells) {
    case 'nothing':
      return null
    case 'rejoin':
      return `${n} re-join`
    case 'sent-back': {
      const finished = state.figures.get(data.link.from)?.finished ?? 0
      return finished === 0
        ? `${n} sent back`
        : `${Math.round((n / Math.max(n, finished)) * 100)} % sent back`
    }
    case 'share': {
      const shares = wholeShares(data.siblings.map((id) => state.taken.get(id) ?? 0))
      return `${shares[data.siblings.indexOf(data.link.id)] ?? 0} %`
    }
  }
}

/** A card is no wider. */
function cut(words: string, most: number): string {
  return words.length <= most ? words : `${words.slice(0, most - 1).trimEnd()}…`
}

function arrow(tip: Point, base: Point, half: number): string {
  const across = tip.x === base.x ? { x: half, y: 0 } : { x: 0, y: half }
  return `${tip.x} ${tip.y} ${base.x - across.x} ${base.y - across.y} ${base.x + across.x} ${base.y + across.y}`
}
