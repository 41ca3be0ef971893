import type { ProcessMap } from '#domain/process-map.ts'
import { drawnLinksOf, linkId, type DrawnLink } from './drawn-links.ts'
import { blocksOf, regionBlocks, stepsIn, type Block } from './map-blocks.ts'
import { blockTops, regionBoxes, type PlacedRegion } from './row-blocks.ts'
import { plainTops, rowGraphs, tidyTops, type RowTops } from './row-order.ts'
import { routeOf, type Leg, type Route, type Side, type Spot } from './routes.ts'
import { sizeOf, type Sizes } from './sizes.ts'
import { skeletonOf, type LaneRun, type Skeleton } from './skeleton.ts'
import { tracksOf, type Stretch } from './tracks.ts'

export type Point = { x: number; y: number }
export type Box = { x: number; y: number; width: number; height: number }
type PlacedStep = Box & { id: string; row: number; column: number; inLane: boolean }
export type PlacedLane = Box & { key: string; lane: string; name: (Point & { width: number }) | null }
/** A link with its corners; `label` is a free spot beside it, along the way it leaves the step. */
export type PlacedLink = DrawnLink & { points: Point[]; label: Label }
type Label = Point & { anchor: 'start' | 'middle' | 'end' }
export type MapLayout = {
  width: number
  height: number
  steps: PlacedStep[]
  lanes: PlacedLane[]
  regions: PlacedRegion[]
  links: PlacedLink[]
}

/**
 * Lays out a whole map. `tops` holds what an engine proposed per row; without it the plain order is used. Where
 * steps run at the same time their heights follow from what belongs together, whatever was proposed.
 */
export function layoutOf(input: {
  map: ProcessMap
  sizes: Sizes
  tops?: RowTops[] | null
  widest?: number
}): MapLayout {
  const { map, sizes } = input
  const links = drawnLinksOf(map)
  const skeleton = skeletonOf(map, links, input.widest)
  const size = new Map(map.steps.map((step) => [step.id, sizeOf(map, step, sizes)]))
  const blocks = blocksOf(map)
  const { undoBelow } = skeleton
  const isNested = regionBlocks(blocks).length > 0 || undoBelow.size > 0
  const rows = rowGraphs(skeleton, links).map((graph, row): { tops: RowTops; height: number } => {
    if (isNested) return blockTops(graph, blocks, { undoBelow, sizes })
    const proposed = input.tops?.[row]
    const found =
      proposed === undefined
        ? plainTops(graph, sizes.task.height, sizes.stackGap)
        : tidyTops(graph, proposed, sizes.task.height, sizes.stackGap)
    return { tops: found, height: Math.max(0, ...found.values()) + sizes.task.height }
  })
  const tops = rows.map((row) => row.tops)
  const lines = linesOf(
    skeleton,
    rows.map((row) => row.height),
    sizes,
  )
  const spots = spotsOf(skeleton, lines, tops, sizes)
  const closing = straightToJoin(blocks, spots)
  const routes = links.flatMap((link): Route[] => {
    const from = spots.get(link.from)
    const to = spots.get(link.to)
    return from === undefined || to === undefined
      ? []
      : [routeOf(link, from, to, { straight: closing.has(link.id) })]
  })
  const tracks = assignTracks(routes, spots, skeleton.columns, lines.length)
  const columns = columnsOf(skeleton, spots, size, sizes, tracks.gapCounts)
  const rowsAt = heightsOf(lines, sizes, tracks.corridorCounts)
  const steps: PlacedStep[] = [...spots].map(([id, spot]) => {
    const own = size.get(id) ?? sizes.task
    return {
      id,
      ...own,
      x: Math.round((columns.centre[spot.column] ?? 0) - own.width / 2),
      y: Math.round((rowsAt.top[spot.line] ?? 0) + spot.middle - own.height / 2),
      row: spot.row,
      column: spot.column,
      inLane: lines[spot.line]?.kind === 'lane',
    }
  })
  const boxes = new Map(steps.map((step) => [step.id, step]))
  return {
    width: columns.width,
    height: rowsAt.height,
    steps,
    regions: regionBoxes(blocks, steps, { undoBelow, sizes }),
    lanes: skeleton.lanes
      .filter((run) => run.kind === 'exception')
      .map((run) => laneBox(run, skeleton, lines, columns, rowsAt, boxes, sizes)),
    links: drawRoutes(routes, boxes, spots, tracks, columns, rowsAt),
  }
}

/**
 * Links from the end of a branch to its join that can run level to it: a branch has its heights for itself, so only
 * a later step of its own could stand in the way.
 */
function straightToJoin(blocks: readonly Block[], spots: Map<string, Spot>): Set<string> {
  const level = new Set<string>()
  for (const block of regionBlocks(blocks)) {
    const join = spots.get(block.join)
    if (join === undefined) continue
    for (const branch of block.branches) {
      const inBranch = stepsIn(branch.blocks).flatMap((step) => {
        const spot = spots.get(step.id)
        return spot?.line === join.line ? [{ id: step.id, column: spot.column }] : []
      })
      const last = Math.max(...inBranch.map((step) => step.column))
      for (const step of inBranch) {
        if (step.column === last && last < join.column) level.add(linkId(step.id, block.join, 'path'))
      }
    }
  }
  return level
}

type Line = { kind: 'row' | 'lane'; row: number; band: number; height: number; header: number }

/** Rows and the lane lines below them, top to bottom. */
function linesOf(skeleton: Skeleton, heights: number[], sizes: Sizes): Line[] {
  return skeleton.rows.flatMap((_, row) => {
    const lanes = skeleton.lanes.filter((lane) => lane.row === row)
    const bands = [...new Set(lanes.map((lane) => lane.band))].toSorted((a, b) => a - b)
    const rowLine: Line = { kind: 'row', row, band: -1, height: heights[row] ?? sizes.task.height, header: 0 }
    return [
      rowLine,
      ...bands.map((band): Line => {
        const named = lanes.some((lane) => lane.band === band && lane.name === 'above')
        const header = named ? sizes.laneHeader : 0
        return { kind: 'lane', row, band, height: sizes.lane.height + header, header }
      }),
    ]
  })
}

function spotsOf(skeleton: Skeleton, lines: Line[], tops: RowTops[], sizes: Sizes): Map<string, Spot> {
  const spots = new Map<string, Spot>()
  const undoing = new Set(skeleton.undoBelow.values())
  skeleton.rows.forEach((columns, row) => {
    const line = lines.findIndex((at) => at.kind === 'row' && at.row === row)
    columns.forEach((ids, column) => {
      const heights = ids.map((id) => tops[row]?.get(id) ?? 0)
      for (const id of ids) {
        const top = tops[row]?.get(id) ?? 0
        const middle = top + (undoing.has(id) ? sizes.lane : sizes.task).height / 2
        const openAbove = top === Math.min(...heights)
        const openBelow = top === Math.max(...heights)
        spots.set(id, { line, column, row, top, middle, openAbove, openBelow })
      }
    })
  })
  for (const run of skeleton.lanes) {
    const line = lines.findIndex((at) => at.kind === 'lane' && at.row === run.row && at.band === run.band)
    const top = lines[line]?.header ?? 0
    run.steps.forEach((id, index) => {
      const middle = top + sizes.lane.height / 2
      const column = run.column + index
      spots.set(id, { line, column, row: run.row, top, middle, openAbove: true, openBelow: true })
    })
  }
  return spots
}

type Tracks = {
  gap: Map<number, Map<string, number>>
  corridor: Map<number, Map<string, number>>
  gapCounts: number[]
  corridorCounts: number[]
}

/**
 * Which track each leg takes. Extents are compared before lengths are known: a line stands at 2n + 1 and the
 * corridor above it at 2n, a column at 2n + 1 and the gap left of it at 2n.
 */
function assignTracks(routes: Route[], spots: Map<string, Spot>, columns: number, lines: number): Tracks {
  const inGap = new Map<number, Stretch[]>()
  const inCorridor = new Map<number, Stretch[]>()
  for (const { link, legs, enter } of routes) {
    const from = spots.get(link.from)
    const to = spots.get(link.to)
    if (from === undefined || to === undefined) continue
    legs.forEach((leg, index) => {
      const before = legs[index - 1]
      const after = legs[index + 1]
      const ends =
        leg.in === 'gap' ? [level(before, from), level(after, to)] : [across(before, from), across(after, to)]
      const stretch = {
        key: `${link.id} ${index}`,
        from: Math.min(...ends),
        to: Math.max(...ends),
        // Branches of a fork part from one line.
        target: link.branch === null ? `${link.on} ${link.to} ${enter}` : `branch ${link.from}`,
      }
      if (leg.in === 'gap') inGap.set(leg.gap, [...(inGap.get(leg.gap) ?? []), stretch])
      // Straight down or up: the corridor is crossed, not followed.
      else if (stretch.from !== stretch.to) {
        inCorridor.set(leg.line, [...(inCorridor.get(leg.line) ?? []), stretch])
      }
    })
  }
  const gaps = [...inGap].map(([at, stretches]) => [at, tracksOf(stretches)] as const)
  const corridors = [...inCorridor].map(([at, stretches]) => [at, tracksOf(stretches)] as const)
  const counts = (length: number, found: typeof gaps): number[] =>
    Array.from({ length }, (_, at) => found.find(([index]) => index === at)?.[1].count ?? 0)
  return {
    gap: new Map(gaps.map(([at, { track }]) => [at, track])),
    corridor: new Map(corridors.map(([at, { track }]) => [at, track])),
    gapCounts: counts(columns + 1, gaps),
    corridorCounts: counts(lines + 1, corridors),
  }
}

function level(leg: Leg | undefined, end: Spot): number {
  return leg?.in === 'corridor' ? 2 * leg.line : 2 * end.line + 1
}

function across(leg: Leg | undefined, end: Spot): number {
  return leg?.in === 'gap' ? 2 * leg.gap : 2 * end.column + 1
}

type Columns = {
  left: number[]
  width: number
  widths: number[]
  centre: number[]
  gaps: { at: number; width: number; count: number }[]
}

/** A column always has steps; the bound only keeps an empty one from being nothing. */
const smallestColumn = 20

function columnsOf(
  skeleton: Skeleton,
  spots: Map<string, Spot>,
  size: Map<string, { width: number }>,
  sizes: Sizes,
  gapCounts: number[],
): Columns {
  const widths = Array.from({ length: skeleton.columns }, (_, column) =>
    Math.max(
      smallestColumn,
      ...[...spots].filter(([, spot]) => spot.column === column).map(([id]) => size.get(id)?.width ?? 0),
    ),
  )
  const left: number[] = []
  const gaps: Columns['gaps'] = []
  let x = 0
  for (let at = 0; at <= skeleton.columns; at += 1) {
    const count = gapCounts[at] ?? 0
    const plain = at === 0 ? sizes.marginLeft : at === skeleton.columns ? sizes.marginRight : sizes.columnGap
    const width = plain + Math.max(0, count - 1) * sizes.trackStep
    gaps.push({ at: x, width, count })
    x += width
    if (at < skeleton.columns) {
      left.push(x)
      x += widths[at] ?? 0
    }
  }
  const centre = left.map((at, column) => at + (widths[column] ?? 0) / 2)
  return { left, widths, centre, gaps, width: x }
}

type Heights = {
  top: number[]
  corridors: { at: number; height: number; count: number; padTop: number; padBottom: number }[]
  height: number
}

function heightsOf(lines: Line[], sizes: Sizes, corridorCounts: number[]): Heights {
  const top: number[] = []
  const corridors: Heights['corridors'] = []
  let y = 0
  for (let at = 0; at <= lines.length; at += 1) {
    const line = lines[at]
    const before = lines[at - 1]
    const count = corridorCounts[at] ?? 0
    const plain =
      line === undefined
        ? sizes.aboveRow / 2
        : line.kind === 'row'
          ? sizes.aboveRow
          : before?.kind === 'lane'
            ? sizes.betweenLanes
            : sizes.aboveLane
    const padTop = before?.kind === 'lane' ? sizes.lanePad : 0
    const padBottom = line?.kind === 'lane' ? sizes.lanePad : 0
    const height = plain + padTop + Math.max(0, count - 1) * sizes.trackStep
    corridors.push({ at: y, height, count, padTop, padBottom })
    y += height
    if (line !== undefined) {
      top.push(y)
      y += line.height
    }
  }
  return { top, corridors, height: y }
}

function laneBox(
  run: LaneRun,
  skeleton: Skeleton,
  lines: Line[],
  columns: Columns,
  heights: Heights,
  boxes: Map<string, PlacedStep>,
  sizes: Sizes,
): PlacedLane {
  const line = lines.findIndex((at) => at.kind === 'lane' && at.row === run.row && at.band === run.band)
  const top = heights.top[line] ?? 0
  const placed = run.steps.flatMap((id) => boxes.get(id) ?? [])
  const right = Math.max(...placed.map((box) => box.x + box.width)) + sizes.lanePad
  const nameColumn = run.name === 'left' ? run.column - 1 : run.column
  const x =
    run.name === 'left'
      ? (columns.left[nameColumn] ?? 0)
      : Math.min(...placed.map((box) => box.x)) - sizes.lanePad
  const header = run.name === 'above' ? 0 : (lines[line]?.header ?? 0)
  const y = top + header - sizes.lanePad
  const height = (lines[line]?.height ?? 0) - header + 2 * sizes.lanePad
  const nameWidth = run.name === 'left' ? (columns.widths[nameColumn] ?? 0) : right - x
  const part = skeleton.lanes.filter((other) => other.lane === run.lane).indexOf(run)
  return {
    key: `${run.lane} ${part}`,
    lane: run.lane,
    x,
    y,
    width: right - x,
    height,
    name: run.name === 'none' ? null : { x, y, width: nameWidth },
  }
}

function drawRoutes(
  routes: Route[],
  boxes: Map<string, PlacedStep>,
  spots: Map<string, Spot>,
  tracks: Tracks,
  columns: Columns,
  heights: Heights,
): PlacedLink[] {
  const ports = portsOf(routes, boxes, spots)
  return routes.flatMap((route): PlacedLink[] => {
    const { link, legs } = route
    const from = boxes.get(link.from)
    const to = boxes.get(link.to)
    if (from === undefined || to === undefined) return []
    const start = portPoint(from, route.leave, ports.get(`${link.id} leave`) ?? 0)
    const end = portPoint(to, route.enter, ports.get(`${link.id} enter`) ?? 0)
    const points: Point[] = [start]
    legs.forEach((leg, index) => {
      const key = `${link.id} ${index}`
      const last = points.at(-1) ?? start
      if (leg.in === 'gap') {
        const gap = columns.gaps[leg.gap]
        const track = tracks.gap.get(leg.gap)?.get(key) ?? 0
        const x = gap === undefined ? last.x : gap.at + (gap.width * (track + 1)) / (gap.count + 1)
        points.push({ x, y: last.y })
      } else {
        const corridor = heights.corridors[leg.line]
        const track = tracks.corridor.get(leg.line)?.get(key)
        if (corridor === undefined || track === undefined) return
        const room = corridor.height - corridor.padTop - corridor.padBottom
        points.push({
          x: last.x,
          y: corridor.at + corridor.padTop + (room * (corridor.count - track)) / (corridor.count + 1),
        })
      }
    })
    const last = points.at(-1) ?? start
    points.push(
      route.enter === 'left' || route.enter === 'right' ? { x: last.x, y: end.y } : { x: end.x, y: last.y },
    )
    points.push(end)
    const corners = withoutRepeats(points)
    return [
      {
        ...link,
        points: corners,
        label:
          link.branch === null
            ? labelSpot(route, corners, ports.get(`${link.id} leave`) ?? 0)
            : { x: to.x, y: to.y - 11, anchor: 'start' },
      },
    ]
  })
}

/** How far from the middle of its side each link leaves or enters, so that links on one side stay apart. */
function portsOf(
  routes: Route[],
  boxes: Map<string, PlacedStep>,
  spots: Map<string, Spot>,
): Map<string, number> {
  const uses = new Map<string, { key: string; other: number }[]>()
  const use = (step: string, side: Side, key: string, other: string): void => {
    if (side === 'left' || side === 'right') return
    const at = { key, other: spots.get(other)?.column ?? 0 }
    uses.set(`${step} ${side}`, [...(uses.get(`${step} ${side}`) ?? []), at])
  }
  for (const { link, leave, enter } of routes) {
    use(link.from, leave, `${link.id} leave`, link.to)
    use(link.to, enter, `${link.id} enter`, link.from)
  }
  const offsets = new Map<string, number>()
  for (const [place, all] of uses) {
    const width = boxes.get(place.slice(0, place.lastIndexOf(' ')))?.width ?? 0
    const step = Math.min(24, (width - 16) / all.length)
    all
      .toSorted((a, b) => a.other - b.other || (a.key < b.key ? -1 : 1))
      .forEach((at, index) => offsets.set(at.key, (index - (all.length - 1) / 2) * step))
  }
  // Between two steps of one column the line goes straight: both ends take the offset of the busier side.
  for (const { link, leave, enter } of routes) {
    const sides = `${leave} ${enter}`
    if (sides !== 'bottom top' && sides !== 'top bottom') continue
    if (spots.get(link.from)?.column !== spots.get(link.to)?.column) continue
    const ends = [offsets.get(`${link.id} leave`) ?? 0, offsets.get(`${link.id} enter`) ?? 0]
    const offset = ends.reduce((far, at) => (Math.abs(at) > Math.abs(far) ? at : far), 0)
    offsets.set(`${link.id} leave`, offset)
    offsets.set(`${link.id} enter`, offset)
  }
  return offsets
}

function portPoint(box: Box, side: Side, offset: number): Point {
  switch (side) {
    case 'left':
      return { x: box.x, y: box.y + box.height / 2 }
    case 'right':
      return { x: box.x + box.width, y: box.y + box.height / 2 }
    case 'top':
      return { x: box.x + box.width / 2 + offset, y: box.y }
    case 'bottom':
      return { x: box.x + box.width / 2 + offset, y: box.y + box.height }
  }
}

/** Corners only: points on a straight stretch say nothing. */
function withoutRepeats(points: Point[]): Point[] {
  const corners: Point[] = []
  for (const point of points) {
    const last = corners.at(-1)
    const before = corners.at(-2)
    if (last !== undefined && same(last, point)) continue
    if (last !== undefined && before !== undefined && straight(before, last, point)) corners.pop()
    corners.push(point)
  }
  return corners
}

function same(a: Point, b: Point): boolean {
  return Math.abs(a.x - b.x) < 0.01 && Math.abs(a.y - b.y) < 0.01
}

function straight(a: Point, b: Point, c: Point): boolean {
  return (
    (same({ x: a.x, y: 0 }, { x: b.x, y: 0 }) && same({ x: b.x, y: 0 }, { x: c.x, y: 0 })) ||
    (same({ x: 0, y: a.y }, { x: 0, y: b.y }) && same({ x: 0, y: b.y }, { x: 0, y: c.y }))
  )
}

function labelSpot(route: Route, points: Point[], offset: number): Label {
  const [start, next, corner] = points
  if (start === undefined || next === undefined) return { x: 0, y: 0, anchor: 'middle' }
  if (route.leave === 'right') {
    return points.length === 2
      ? { x: (start.x + next.x) / 2, y: start.y - 14, anchor: 'middle' }
      : {
          x: next.x + 6,
          y: start.y + (corner !== undefined && corner.y < start.y ? -30 : -2),
          anchor: 'start',
        }
  }
  if (route.leave === route.enter && corner !== undefined) {
    return { x: (next.x + corner.x) / 2, y: next.y, anchor: 'middle' }
  }
  // Where several links stand side by side, the words of the left one go to its left.
  const y = start.y + Math.max(-20, Math.min(20, (next.y - start.y) / 2))
  return offset < 0 ? { x: start.x - 8, y, anchor: 'end' } : { x: start.x + 8, y, anchor: 'start' }
}
