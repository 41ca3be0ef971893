import { inReadingOrder, undoSteps } from '#domain/graph.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import type { DrawnLink } from './drawn-links.ts'
import { blocksOf, regionBlocks, type RegionBlock } from './map-blocks.ts'

/** Where everything stands before it has a size: rows of columns, and lanes hung below rows. */
export type Skeleton = {
  columns: number
  /** Per row and column, the steps of the normal path that stand there. */
  rows: string[][][]
  /** The step of a row that stands below the one it undoes, by the latter. */
  undoBelow: Map<string, string>
  lanes: LaneRun[]
}

/**
 * A run of exception steps in neighbouring columns; a lane longer than the map is wide has several runs. What
 * undoes a step of an exception is a run of its own, below that step.
 */
export type LaneRun = {
  kind: 'exception' | 'undo'
  lane: string
  steps: string[]
  row: number
  column: number
  /** Which of the lane lines below the row it lies on; runs of one line never share a column. */
  band: number
  /** Only the first run of a lane is named: in the column to its left, or above it where there is none. */
  name: 'left' | 'above' | 'none'
}

export function skeletonOf(map: ProcessMap, links: DrawnLink[], widest?: number): Skeleton {
  const order = inReadingOrder(map)
  const undoing = undoSteps(map)
  const main = order.filter((step) => step.lane === null && !undoing.has(step.id)).map((step) => step.id)
  const layers = layersOf(main, forwardLinks(map, main, links))
  const most = widest ?? Math.min(10, Math.max(5, Math.ceil(Math.sqrt(layers.length * 1.6))))
  const rows = rowsOf(layers, links, { most, regions: regionBlocks(blocksOf(map)) })
  const laneSteps = order.filter((step) => step.lane !== null && !undoing.has(step.id))
  const longestLane = Math.max(0, ...laneIds(laneSteps).map((id) => stepsOfLane(laneSteps, id).length))
  const columns = Math.max(1, ...rows.map((row) => row.length), Math.min(longestLane, most))
  const lanes = lanesOf(laneSteps, rows, columns, links)
  const undoBelow = undoOfRows(rows, links)
  const placed = new Set(undoBelow.values())
  const apart = [...undoing].filter((id) => !placed.has(id))
  return {
    columns,
    rows: rows.map((row) => row.map((ids) => ids.flatMap((id) => [id, undoBelow.get(id) ?? []].flat()))),
    undoBelow,
    lanes: [...lanes, ...undoRuns(apart, rows, lanes, links)],
  }
}

type LaneStep = { id: string; lane: string | null }

function laneIds(steps: LaneStep[]): string[] {
  return [...new Set(steps.flatMap((step) => (step.lane === null ? [] : [step.lane])))]
}

function stepsOfLane(steps: LaneStep[], lane: string): string[] {
  return steps.filter((step) => step.lane === lane).map((step) => step.id)
}

/** Links of the normal path; a step reached only through an exception counts as following where that began. */
function forwardLinks(map: ProcessMap, main: string[], links: DrawnLink[]): Map<string, string[]> {
  const isMain = new Set(main)
  const path = links.filter((link) => link.on === 'path')
  const out = new Map<string, string[]>(main.map((id) => [id, []]))
  const hasWayIn = new Set([map.start])
  for (const link of path) {
    if (!isMain.has(link.from) || !isMain.has(link.to)) continue
    out.get(link.from)?.push(link.to)
    if (link.from !== link.to) hasWayIn.add(link.to)
  }
  for (const from of main) {
    const seen = new Set<string>()
    const open = path.filter((link) => link.from === from && !isMain.has(link.to)).map((link) => link.to)
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (seen.has(id)) continue
      seen.add(id)
      if (!isMain.has(id)) open.push(...path.filter((link) => link.from === id).map((link) => link.to))
      else if (!hasWayIn.has(id)) out.get(from)?.push(id)
    }
  }
  return out
}

/** Longest way from the start, loops left out: each step one layer after the last of those before it. */
function layersOf(main: string[], out: Map<string, string[]>): string[][] {
  const state = new Map<string, 'open' | 'done'>()
  const finished: string[] = []
  const acyclic = new Map<string, string[]>()
  const visit = (id: string): void => {
    state.set(id, 'open')
    for (const to of out.get(id) ?? []) {
      if (state.get(to) === 'open') continue
      acyclic.set(id, [...(acyclic.get(id) ?? []), to])
      if (!state.has(to)) visit(to)
    }
    state.set(id, 'done')
    finished.push(id)
  }
  for (const id of main) if (!state.has(id)) visit(id)
  const layer = new Map<string, number>()
  for (const id of finished.toReversed()) {
    const at = layer.get(id) ?? 0
    layer.set(id, at)
    for (const to of acyclic.get(id) ?? []) layer.set(to, Math.max(layer.get(to) ?? 0, at + 1))
  }
  const layers: string[][] = []
  for (const id of main) (layers[layer.get(id) ?? 0] ??= []).push(id)
  return layers
}

/** Cuts the layers into rows of like length where the fewest links are cut, and regions only where they must be. */
function rowsOf(
  layers: string[][],
  links: DrawnLink[],
  { most, regions }: { most: number; regions: RegionBlock[] },
): string[][][] {
  const count = Math.max(1, Math.ceil(layers.length / most))
  const ideal = layers.length / count
  const layerOf = new Map(layers.flatMap((ids, index) => ids.map((id) => [id, index] as const)))
  const cutLinks = (after: number): number =>
    links.filter((link) => {
      const from = layerOf.get(link.from) ?? 0
      const to = layerOf.get(link.to) ?? from
      return Math.min(from, to) < after && Math.max(from, to) >= after
    }).length
  const cutRegions = (after: number): number =>
    regions.filter(({ opener, join }) => {
      const from = layerOf.get(opener.id) ?? 0
      return from < after && (layerOf.get(join) ?? from) >= after
    }).length
  const cutCost = layers.map((_, index) => (index === 0 ? 0 : cutLinks(index) + 2 * cutRegions(index)))
  type Plan = { cost: number; starts: number[] }
  let plans = new Map<number, Plan>([[0, { cost: 0, starts: [] }]])
  for (let row = 0; row < count; row += 1) {
    const longer = new Map<number, Plan>()
    for (const [start, plan] of plans) {
      for (let end = start + 1; end <= Math.min(layers.length, start + most); end += 1) {
        const uneven = (end - start - ideal) ** 2
        const cost = plan.cost + uneven + (end < layers.length ? 4 * (cutCost[end] ?? 0) : 0)
        const known = longer.get(end)
        if (known === undefined || cost < known.cost) {
          longer.set(end, { cost, starts: [...plan.starts, start] })
        }
      }
    }
    plans = longer
  }
  const starts = plans.get(layers.length)?.starts ?? [0]
  return starts.map((start, index) => layers.slice(start, starts[index + 1] ?? layers.length))
}

function lanesOf(laneSteps: LaneStep[], rows: string[][][], columns: number, links: DrawnLink[]): LaneRun[] {
  const spot = spotsIn(rows)
  const runs: LaneRun[] = []
  const waiting = laneIds(laneSteps)
  while (waiting.length > 0) {
    const entryOf = (lane: string): { row: number; column: number } | undefined => {
      const steps = new Set(stepsOfLane(laneSteps, lane))
      return links
        .filter((link) => link.on === 'path' && steps.has(link.to) && !steps.has(link.from))
        .map((link) => spot.get(link.from))
        .find((found) => found !== undefined)
    }
    // A lane that only other lanes lead to waits for them; one that nothing leads to hangs below the last row.
    const next = Math.max(
      0,
      waiting.findIndex((lane) => entryOf(lane) !== undefined),
    )
    const [lane] = waiting.splice(next, 1)
    if (lane === undefined) break
    const entry = entryOf(lane) ?? { row: rows.length - 1, column: 0 }
    const steps = stepsOfLane(laneSteps, lane)
    // Not in the first column if it can be helped: the name stands to the left.
    const first = Math.max(1, entry.column)
    const start = steps.length > columns ? 0 : Math.min(first, columns - steps.length)
    for (let from = 0; from < steps.length; from += columns) {
      const part = steps.slice(from, from + columns)
      const name = from > 0 ? 'none' : start > 0 ? 'left' : 'above'
      const run = {
        kind: 'exception',
        lane,
        steps: part,
        row: entry.row,
        column: start,
        band: 0,
        name,
      } as const
      runs.push({ ...run, band: firstFreeBand(run, runs) })
      part.forEach((id, index) => spot.set(id, { row: entry.row, column: start + index }))
    }
  }
  return runs
}

function undoOfRows(rows: string[][][], links: DrawnLink[]): Map<string, string> {
  const known = new Set(rows.flat(2))
  const below = new Map<string, string>()
  const placed = new Set<string>()
  for (const link of links) {
    if (link.on !== 'undo' || !known.has(link.from) || known.has(link.to)) continue
    if (below.has(link.from) || placed.has(link.to)) continue
    placed.add(link.to)
    below.set(link.from, link.to)
  }
  return below
}

/** Below the step that it undoes, on the first line that is free there. */
function undoRuns(undoing: string[], rows: string[][][], lanes: LaneRun[], links: DrawnLink[]): LaneRun[] {
  const spot = spotsIn(rows)
  for (const run of lanes) {
    run.steps.forEach((id, index) => spot.set(id, { row: run.row, column: run.column + index }))
  }
  const runs: LaneRun[] = []
  for (const id of undoing) {
    const undone = links.find((link) => link.on === 'undo' && link.to === id)?.from
    const at = (undone === undefined ? undefined : spot.get(undone)) ?? { row: rows.length - 1, column: 0 }
    const run: LaneRun = { kind: 'undo', lane: id, steps: [id], ...at, band: 0, name: 'none' }
    runs.push({ ...run, band: firstFreeBand(run, [...lanes, ...runs]) })
  }
  return runs
}

function spotsIn(rows: string[][][]): Map<string, { row: number; column: number }> {
  return new Map(
    rows.flatMap((columns, row) =>
      columns.flatMap((ids, column) => ids.map((id) => [id, { row, column }] as const)),
    ),
  )
}

function firstFreeBand(run: LaneRun, placed: LaneRun[]): number {
  const extent = (of: LaneRun): [number, number] => [
    of.name === 'left' ? of.column - 1 : of.column,
    of.column + of.steps.length - 1,
  ]
  const [from, to] = extent(run)
  const clashes = (band: number): boolean =>
    placed.some((other) => {
      const [otherFrom, otherTo] = extent(other)
      return other.row === run.row && other.band === band && otherFrom <= to && from <= otherTo
    })
  let band = 0
  while (clashes(band)) band += 1
  return band
}
