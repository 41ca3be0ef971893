import type { Box, MapLayout } from '#web/pilot/layout/place.ts'

export function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

export function overlaps(layout: MapLayout): string[] {
  return layout.steps.flatMap((a, index) =>
    layout.steps
      .slice(index + 1)
      .filter((b) => overlap(a, b))
      .map((b) => `${a.id} and ${b.id}`),
  )
}

export function crossings(layout: MapLayout): string[] {
  return layout.links.flatMap((link) =>
    link.points.slice(1).flatMap((point, index) => {
      const from = link.points[index] ?? point
      const stretch = {
        x: Math.min(from.x, point.x) - 0.4,
        y: Math.min(from.y, point.y) - 0.4,
        width: Math.abs(from.x - point.x) + 0.8,
        height: Math.abs(from.y - point.y) + 0.8,
      }
      const inside = (box: Box): Box => ({
        x: box.x + 1,
        y: box.y + 1,
        width: box.width - 2,
        height: box.height - 2,
      })
      return layout.steps
        .filter((step) => overlap(stretch, inside(step)))
        .map((step) => `${link.id} over ${step.id}`)
    }),
  )
}

export function touches(layout: MapLayout, id: string, point: { x: number; y: number } | undefined): boolean {
  const box = layout.steps.find((step) => step.id === id)
  if (box === undefined || point === undefined) return false
  const onX = Math.abs(point.x - box.x) < 1 || Math.abs(point.x - box.x - box.width) < 1
  const onY = Math.abs(point.y - box.y) < 1 || Math.abs(point.y - box.y - box.height) < 1
  const withinX = point.x >= box.x - 1 && point.x <= box.x + box.width + 1
  const withinY = point.y >= box.y - 1 && point.y <= box.y + box.height + 1
  return (onX && withinY) || (onY && withinX)
}
