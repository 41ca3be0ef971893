import type { Block, RegionBlock } from './map-blocks.ts'
import type { Box } from './place.ts'
import type { RowGraph, RowTops } from './row-order.ts'
import type { Sizes } from './sizes.ts'

/** Part of a row: which columns it takes, how high it is, and at what height its way runs. */
type Part = { from: number; to: number; height: number; axis: number; tops: RowTops }

/** What undoes a step, by the step that it stands below. */
type UndoBelow = ReadonlyMap<string, string>
type Look = { columns: ReadonlyMap<string, number>; undoBelow: UndoBelow; sizes: Sizes }

/**
 * Heights in a row of a map with regions: a region takes its columns for itself, its branches lie one above the
 * other, what runs beside it stands apart, and what undoes a step stands below it.
 */
export function blockTops(
  row: RowGraph,
  blocks: readonly Block[],
  { undoBelow, sizes }: { undoBelow: UndoBelow; sizes: Sizes },
): { tops: RowTops; height: number } {
  const columns = new Map(row.steps.map((step) => [step.id, step.column]))
  const below = new Set(undoBelow.values())
  const onTheWay = blocks.filter((block) => block.kind === 'region' || !below.has(block.step.id))
  const whole = groupOf(onTheWay, { columns, undoBelow, sizes })
  return whole === null
    ? { tops: new Map(), height: sizes.task.height }
    : { tops: whole.tops, height: whole.height }
}

function partOf(block: Block, look: Look): Part | null {
  if (block.kind === 'region') return regionPart(block, look)
  const { columns, undoBelow, sizes } = look
  const column = columns.get(block.step.id)
  if (column === undefined) return null
  const tops = new Map([[block.step.id, 0]])
  const part = { from: column, to: column, axis: sizes.task.height / 2, tops }
  const undo = undoBelow.get(block.step.id)
  if (undo === undefined) return { ...part, height: sizes.task.height }
  const below = sizes.task.height + sizes.undoGap
  tops.set(undo, below)
  return { ...part, height: below + sizes.lane.height }
}

function regionPart(block: RegionBlock, look: Look): Part | null {
  const { sizes } = look
  const branches = block.branches.flatMap((branch) => groupOf(branch.blocks, look) ?? [])
  const stack = stacked(branches, sizes.stackGap)
  if (stack === null) return null
  const above = headerOf(block, sizes)
  return {
    ...stack,
    height: above + stack.height + sizes.regionPad,
    axis: above + stack.axis,
    tops: lowered(stack.tops, above),
  }
}

/** Room above what a region holds: its own name, and that of its first branch. */
function headerOf(block: RegionBlock, sizes: Sizes): number {
  return (
    sizes.regionHeader + (block.branches.some((branch) => branch.label !== null) ? sizes.branchHeader : 0)
  )
}

function groupOf(blocks: readonly Block[], look: Look): Part | null {
  const parts = blocks.flatMap((block) => partOf(block, look) ?? [])
  const clusters = clustersOf(parts).flatMap((cluster) => piled(cluster, look.sizes.stackGap) ?? [])
  if (clusters.length === 0) return null
  const above = Math.max(...clusters.map((part) => part.axis))
  const below = Math.max(...clusters.map((part) => part.height - part.axis))
  return {
    from: Math.min(...clusters.map((part) => part.from)),
    to: Math.max(...clusters.map((part) => part.to)),
    height: above + below,
    axis: above,
    tops: new Map(clusters.flatMap((part) => [...lowered(part.tops, above - part.axis)])),
  }
}

/** Parts that share a column, at once or through others. */
function clustersOf(parts: Part[]): Part[][] {
  const clusters: Part[][] = []
  for (const part of parts) {
    const touching = clusters.filter((cluster) => cluster.some((other) => sharesColumn(part, other)))
    for (const cluster of touching) clusters.splice(clusters.indexOf(cluster), 1)
    clusters.push([...touching.flat(), part])
  }
  return clusters
}

function sharesColumn(a: Part, b: Part): boolean {
  return a.from <= b.to && b.from <= a.to
}

/** Each part as high as those before it in its columns allow. */
function piled(parts: Part[], gap: number): Part | null {
  const placed: { part: Part; top: number }[] = []
  for (const part of parts) {
    const above = placed.filter((other) => sharesColumn(other.part, part))
    placed.push({ part, top: Math.max(0, ...above.map((other) => other.top + other.part.height + gap)) })
  }
  return together(placed)
}

/** One below the other, whatever their columns. */
function stacked(parts: Part[], gap: number): Part | null {
  let top = 0
  const placed = parts.map((part) => {
    const at = { part, top }
    top += part.height + gap
    return at
  })
  return together(placed)
}

function together(placed: { part: Part; top: number }[]): Part | null {
  const [first] = placed
  const last = placed.at(-1)
  if (first === undefined || last === undefined) return null
  return {
    from: Math.min(...placed.map(({ part }) => part.from)),
    to: Math.max(...placed.map(({ part }) => part.to)),
    height: Math.max(...placed.map(({ part, top }) => top + part.height)),
    // Between the first and the last way, so that lines spread evenly from where they part.
    axis: Math.round((first.top + first.part.axis + last.top + last.part.axis) / 2),
    tops: new Map(placed.flatMap(({ part, top }) => [...lowered(part.tops, top)])),
  }
}

function lowered(tops: RowTops, by: number): RowTops {
  return new Map([...tops].map(([id, top]) => [id, top + by]))
}

export type PlacedRegion = Box & { key: string; opener: string; isFirst: boolean; depth: number }

/** The ground behind each region: one box for every row that it has steps in. */
export function regionBoxes(
  blocks: readonly Block[],
  steps: readonly (Box & { id: string; row: number; inLane: boolean })[],
  { undoBelow, sizes }: { undoBelow: UndoBelow; sizes: Sizes },
): PlacedRegion[] {
  const inRows = steps.filter((step) => !step.inLane)
  const rows = [...new Set(inRows.map((step) => step.row))].toSorted((a, b) => a - b)
  const boxes: PlacedRegion[] = []
  const named = new Set<string>()
  for (const row of rows) {
    const at = new Map(inRows.filter((step) => step.row === row).map((step) => [step.id, step]))
    const ground = (block: Block, depth: number): Box | null => {
      if (block.kind === 'step') {
        const own = at.get(block.step.id)
        const undo = at.get(undoBelow.get(block.step.id) ?? '')
        const found = [own, undo].filter((box) => box !== undefined)
        return found.length === 0 ? null : union(found)
      }
      const place = boxes.length
      const inner = block.branches
        .flatMap((branch) => branch.blocks)
        .flatMap((child) => ground(child, depth + 1) ?? [])
      if (inner.length === 0) return null
      const held = union(inner)
      const above = headerOf(block, sizes)
      const box = {
        x: held.x - sizes.regionPad,
        y: held.y - above,
        width: held.width + 2 * sizes.regionPad,
        height: held.height + above + sizes.regionPad,
      }
      const opener = block.opener.id
      boxes.splice(place, 0, { ...box, key: `${opener} ${row}`, opener, isFirst: !named.has(opener), depth })
      named.add(opener)
      return box
    }
    for (const block of blocks) ground(block, 0)
  }
  return boxes
}

function union(boxes: Box[]): Box {
  const x = Math.min(...boxes.map((box) => box.x))
  const y = Math.min(...boxes.map((box) => box.y))
  const right = Math.max(...boxes.map((box) => box.x + box.width))
  const bottom = Math.max(...boxes.map((box) => box.y + box.height))
  return { x, y, width: right - x, height: bottom - y }
}
