import type { Point } from './place.ts'

/** An SVG path through right-angled corners, each rounded as far as its stretches allow. */
export function roundedPath(points: Point[], radius: number): string {
  const [first, ...rest] = points
  if (first === undefined) return ''
  let path = `M${first.x} ${first.y}`
  rest.forEach((point, index) => {
    const before = points[index] ?? first
    const after = rest[index + 1]
    if (after === undefined) {
      path += `L${point.x} ${point.y}`
      return
    }
    const bend = Math.min(radius, distance(before, point) / 2, distance(point, after) / 2)
    const into = towards(point, before, bend)
    const out = towards(point, after, bend)
    path += `L${into.x} ${into.y}Q${point.x} ${point.y} ${out.x} ${out.y}`
  })
  return path
}

function distance(a: Point, b: Point): number {
  return Math.abs(a.x - b.x) + Math.abs(a.y - b.y)
}

/** The point `by` px from `from` on the way to `to`. */
export function towards(from: Point, to: Point, by: number): Point {
  const length = distance(from, to)
  return length === 0
    ? from
    : { x: from.x + ((to.x - from.x) * by) / length, y: from.y + ((to.y - from.y) * by) / length }
}
