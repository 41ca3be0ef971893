import { useQuery } from '@tanstack/react-query'
import { ViewportPortal } from '@xyflow/react'
import { useCallback, useEffect, useRef, useState, type ReactElement } from 'react'
import { initialsOf } from '#web/ui/avatar.tsx'
import { ask } from '#web/queries.ts'
import { roundedPath } from '../layout/rounded-path.ts'
import type { PlacedLink } from '../layout/place.ts'
import { mostMoving, movesBetween, type Move, type Whereabouts } from './moves.ts'

const travelMs = 1_400

/** Cases that go from step to step while one watches, as small discs along their links. */
export function MovingCases({ pilotId, links }: { pilotId: string; links: PlacedLink[] }): ReactElement {
  const open = useQuery(ask('cases', { params: { pilotId }, query: { status: 'open', limit: '100' } })).data
  const last = useRef<{ look: number; at: Whereabouts } | null>(null)
  const [moving, setMoving] = useState<Move[]>([])
  useEffect(() => {
    if (open === undefined) return
    const at: Whereabouts = new Map(
      open.items.map((item) => [item.id, { stepId: item.stepId, title: item.title }]),
    )
    const before = last.current
    const look = (before?.look ?? 0) + 1
    last.current = { look, at }
    if (before === null) return
    const seen = movesBetween(before.at, at, links, look)
    if (seen.length > 0) setMoving((current) => [...current, ...seen].slice(-mostMoving))
  }, [open, links])
  const onArrived = useCallback(
    (key: string) => setMoving((current) => current.filter((move) => move.key !== key)),
    [],
  )
  return (
    <ViewportPortal>
      {moving.map((move) => {
        const link = links.find((at) => at.id === move.linkId)
        return link === undefined ? null : (
          <MovingCase key={move.key} move={move} link={link} onArrived={onArrived} />
        )
      })}
    </ViewportPortal>
  )
}

type MovingCaseProps = { move: Move; link: PlacedLink; onArrived: (key: string) => void }

function MovingCase({ move, link, onArrived }: MovingCaseProps): ReactElement {
  const ref = useRef<HTMLSpanElement>(null)
  useEffect(() => {
    const animation = ref.current?.animate([{ offsetDistance: '0%' }, { offsetDistance: '100%' }], {
      duration: travelMs,
      easing: 'ease-in-out',
      fill: 'both',
    })
    if (animation === undefined) return
    animation.onfinish = () => onArrived(move.key)
    return () => animation.cancel()
  }, [move.key, onArrived])
  return (
    <span
      ref={ref}
      className="moving-case"
      aria-hidden="true"
      title={move.title}
      style={{ offsetPath: `path('${roundedPath(link.points, 7)}')` }}
    >
      {initialsOf(move.title)}
    </span>
  )
}
