import { useId, useMemo, type ReactElement } from 'react'
import { inReadingOrder, stepNumbers, undoSteps } from '#domain/graph.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import type { CaseDetail } from '#domain/views/cases.ts'
import { layoutOf, type PlacedLane, type PlacedLink } from '../pilot/layout/place.ts'
import { roundedPath, towards } from '../pilot/layout/rounded-path.ts'
import { smallSizes } from '../pilot/layout/sizes.ts'
import { litPath, type StepLight } from './lit-path.ts'

/** As wide as the side column takes: five steps. */
const widest = 5

/** The whole map, small, with the way of one case lit. */
export function SmallMap({ map, path }: { map: ProcessMap; path: CaseDetail['path'] }): ReactElement {
  const titleId = useId()
  const descId = useId()
  const layout = useMemo(() => layoutOf({ map, sizes: smallSizes, widest }), [map])
  const lit = litPath(map, path, layout.links)
  const numbers = stepNumbers(map)
  const undoing = undoSteps(map)
  const lanes = new Map(map.exceptions.map((lane) => [lane.id, lane.name]))
  return (
    <>
      <svg
        className="small-map"
        viewBox={`0 0 ${layout.width} ${layout.height}`}
        style={{ maxWidth: layout.width }}
        role="img"
        aria-labelledby={`${titleId} ${descId}`}
      >
        <title id={titleId}>Path of this case on the map</title>
        <desc id={descId}>{pathWords(map, lit.steps)}</desc>
        {layout.regions.map((region) => (
          <rect
            key={region.key}
            className="small-region"
            x={region.x}
            y={region.y}
            width={region.width}
            height={region.height}
            rx="8"
          />
        ))}
        {layout.lanes.map((lane) => (
          <LaneName key={lane.key} lane={lane} name={lanes.get(lane.lane) ?? lane.lane} />
        ))}
        {layout.links
          .toSorted((a, b) => Number(lit.links.has(a.id)) - Number(lit.links.has(b.id)))
          .map((link) => (
            <SmallLink key={link.id} link={link} isLit={lit.links.has(link.id)} />
          ))}
        {layout.steps.map((step) => (
          <g key={step.id} className="small-step" data-light={lit.steps.get(step.id) ?? 'to-come'}>
            <rect x={step.x} y={step.y} width={step.width} height={step.height} rx="6" />
            <text x={step.x + step.width / 2} y={step.y + step.height / 2 + 4}>
              {numbers.get(step.id) ?? (undoing.has(step.id) ? '↶' : '!')}
            </text>
          </g>
        ))}
      </svg>
      <ul className="small-key">
        <li>
          <i data-light="done" aria-hidden="true" />
          Done
        </li>
        <li>
          <i data-light="here" aria-hidden="true" />
          Here now
        </li>
        <li>
          <i aria-hidden="true" />
          To come
        </li>
        {map.exceptions.length > 0 && <li>! Exception</li>}
        {undoing.size > 0 && <li>↶ Undo</li>}
      </ul>
    </>
  )
}

function SmallLink({ link, isLit }: { link: PlacedLink; isLit: boolean }): ReactElement | null {
  const end = link.points.at(-1)
  const before = link.points.at(-2)
  if (end === undefined || before === undefined) return null
  const tip = towards(end, before, 1)
  const base = towards(tip, before, 5)
  const across = tip.x === base.x ? { x: 3, y: 0 } : { x: 0, y: 3 }
  return (
    <g className="small-link" data-lit={isLit || undefined}>
      <path
        d={roundedPath([...link.points.slice(0, -1), base], 5)}
        {...(link.on === 'path' ? {} : { strokeDasharray: link.on === 'undo' ? '1 3' : '3 2.5' })}
      />
      <polygon
        points={`${tip.x} ${tip.y} ${base.x - across.x} ${base.y - across.y} ${base.x + across.x} ${base.y + across.y}`}
      />
    </g>
  )
}

/** A name in at most two short lines where it stands left of its lane, in one above it. */
function LaneName({ lane, name }: { lane: PlacedLane; name: string }): ReactElement | null {
  if (lane.name === null) return null
  const above = lane.name.width === lane.width
  const lines = above ? [name] : twoLines(name, 10)
  return (
    <text className="small-lane" x={lane.name.x} y={lane.name.y + 9}>
      {lines.map((line, index) => (
        <tspan key={line} x={lane.name?.x} dy={index === 0 ? 0 : 11.5}>
          {line}
        </tspan>
      ))}
    </text>
  )
}

function twoLines(words: string, most: number): string[] {
  const lines: string[] = []
  for (const word of words.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && `${last} ${word}`.length <= most) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  const [first = '', second, ...rest] = lines.map((line) =>
    line.length > most ? `${line.slice(0, most - 1)}…` : line,
  )
  return second === undefined ? [first] : [first, rest.length > 0 ? `${second}…` : second]
}

function pathWords(map: ProcessMap, lights: Map<string, StepLight>): string {
  const titles = (light: StepLight): string[] =>
    inReadingOrder(map)
      .filter((step) => (lights.get(step.id) ?? 'to-come') === light)
      .map((step) => step.title)
  const part = (name: string, found: string[]): string =>
    found.length === 0 ? '' : `${name}: ${found.join(', ')}. `
  return `${part('Done', titles('done'))}${part('Here now', titles('here'))}${part('Not passed', titles('to-come'))}`.trim()
}
