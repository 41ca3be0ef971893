import type { Viewport } from '@xyflow/react'

/** Below this the figures on the cards cannot be read. */
const leastReadable = 0.6

/** How a map is first shown: whole where it can be read so, else its beginning. */
export function firstView(
  map: { width: number; height: number },
  room: { width: number; height: number },
): Viewport {
  const toWidth = Math.min(1, room.width / map.width)
  const whole = Math.min(toWidth, room.height / map.height)
  const zoom = whole >= leastReadable ? whole : Math.max(leastReadable, toWidth)
  return { zoom, x: Math.max(0, (room.width - map.width * zoom) / 2), y: 0 }
}
