import type { DrawnLink } from './drawn-links.ts'
import type { Skeleton } from './skeleton.ts'

/** One row as a layout engine needs it: steps with their column, and the links between them that go forward. */
export type RowGraph = {
  steps: { id: string; column: number }[]
  links: { from: string; to: string }[]
}

/** The top of every step of a row, in px from the row's own top. */
export type RowTops = Map<string, number>

export function rowGraphs(skeleton: Skeleton, links: DrawnLink[]): RowGraph[] {
  return skeleton.rows.map((row) => {
    const steps = row.flatMap((ids, column) => ids.map((id) => ({ id, column })))
    const columnOf = new Map(steps.map((step) => [step.id, step.column]))
    const inRow = links.filter((link) => {
      const from = columnOf.get(link.from)
      const to = columnOf.get(link.to)
      return link.on === 'path' && from !== undefined && to !== undefined && from < to
    })
    return { steps, links: inRow.map(({ from, to }) => ({ from, to })) }
  })
}

/** Whether any step of the map has a neighbour above or below it in its row, so that order is a choice. */
export function hasStacks(skeleton: Skeleton): boolean {
  return skeleton.rows.some((row) => row.some((ids) => ids.length > 1))
}

/** The plain order: reading order, each column centred on the row. */
export function plainTops(row: RowGraph, height: number, gap: number): RowTops {
  const tops: RowTops = new Map()
  for (const ids of columnsOf(row)) {
    ids.forEach((id, index) => tops.set(id, (index - (ids.length - 1) / 2) * (height + gap)))
  }
  return fromZero(tops)
}

/** Whatever an engine proposed, with steps of one column kept apart and the row beginning at 0. */
export function tidyTops(row: RowGraph, proposed: RowTops, height: number, gap: number): RowTops {
  const tops: RowTops = new Map()
  const topOf = (id: string): number => proposed.get(id) ?? 0
  for (const ids of columnsOf(row)) {
    let free = Number.NEGATIVE_INFINITY
    for (const id of ids.toSorted((a, b) => topOf(a) - topOf(b))) {
      const top = Math.max(free, Math.round(topOf(id)))
      tops.set(id, top)
      free = top + height + gap
    }
  }
  return fromZero(tops)
}

function columnsOf(row: RowGraph): string[][] {
  const columns: string[][] = []
  for (const step of row.steps) (columns[step.column] ??= []).push(step.id)
  return columns.filter((ids) => ids !== undefined)
}

function fromZero(tops: RowTops): RowTops {
  const least = Math.min(...tops.values())
  return new Map([...tops].map(([id, top]) => [id, top - least]))
}
