import type { RouteName, RouteShape } from '#domain/contract.ts'
import type { Problem } from '#domain/problems.ts'

/**
 * How many requests of a kind are worked on at a time, how many may wait for that, and for how long. Whoever finds
 * the queue full, or waits too long in it, is told when to come back. So a flood of one kind takes neither the
 * database's connections nor the memory that the others need.
 */
type Width = { atOnce: number; mostWaiting: number; longestWaitMs: number }

/** Decisions of people come before figures; starts and files, of which there can be thousands, have little room. */
const widths = {
  starts: { atOnce: 4, mostWaiting: 200, longestWaitMs: 5_000 },
  files: { atOnce: 2, mostWaiting: 8, longestWaitMs: 10_000 },
  figures: { atOnce: 3, mostWaiting: 60, longestWaitMs: 2_500 },
  reads: { atOnce: 6, mostWaiting: 200, longestWaitMs: 5_000 },
  // While the engine is asked they hold no connection: there can be more of them than there are connections.
  changes: { atOnce: 24, mostWaiting: 200, longestWaitMs: 10_000 },
} as const satisfies Record<string, Width>
type LaneName = keyof typeof widths

const figureRoutes: ReadonlySet<RouteName> = new Set(['canvas', 'stepPanel', 'home', 'pilots'])
/** How the server itself is must be told whatever goes on. */
const openRoutes: ReadonlySet<RouteName> = new Set(['health', 'openapi'])

function laneOf(name: RouteName, { method, bodyType }: RouteShape): LaneName | null {
  if (openRoutes.has(name)) return null
  if (bodyType === 'csv') return 'files'
  if (name === 'startCase' || name === 'startSampleCases') return 'starts'
  if (figureRoutes.has(name)) return 'figures'
  return method === 'GET' ? 'reads' : 'changes'
}

export type Lane = <T>(work: () => Promise<T>) => Promise<T | { problem: Problem }>

/** The lane of each route; routes of one kind share one. */
export function createLanes(): (name: RouteName, route: RouteShape) => Lane {
  const lanes: Record<LaneName, Lane> = {
    starts: lane(widths.starts),
    files: lane(widths.files),
    figures: lane(widths.figures),
    reads: lane(widths.reads),
    changes: lane(widths.changes),
  }
  const open: Lane = (work) => work()
  return (name, route) => {
    const kind = laneOf(name, route)
    return kind === null ? open : lanes[kind]
  }
}

export function lane({ atOnce, mostWaiting, longestWaitMs }: Width): Lane {
  const waiting = new Set<() => void>()
  let inside = 0
  /** What one piece of work takes, the last ones counting most. */
  let usualMs = 50

  const busy = (): { problem: Problem } => {
    const backlogMs = ((inside + waiting.size) * usualMs) / atOnce
    // Spread out, so that those who were refused together do not come back together.
    const seconds = Math.ceil((backlogMs / 1000) * (1 + Math.random())) + 1
    return { problem: { code: 'Overloaded', retryAfterSeconds: Math.min(60, seconds) } }
  }
  const turn = async (): Promise<boolean> => {
    if (inside < atOnce) {
      inside += 1
      return true
    }
    if (waiting.size >= mostWaiting) return false
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        waiting.delete(go)
        resolve(false)
      }, longestWaitMs)
      const go = (): void => {
        clearTimeout(timer)
        waiting.delete(go)
        resolve(true)
      }
      waiting.add(go)
    })
  }
  /** The place is handed over, so that nobody who just came can take it first. */
  const leave = (): void => {
    const [next] = waiting
    if (next === undefined) inside -= 1
    else next()
  }

  return async (work) => {
    if (!(await turn())) return busy()
    const began = performance.now()
    try {
      return await work()
    } finally {
      usualMs += (performance.now() - began - usualMs) / 16
      leave()
    }
  }
}
