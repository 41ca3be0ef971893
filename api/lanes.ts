import type { RouteName, RouteShape } from '#domain/contract.ts'
import type { Problem } from '#domain/problems.ts'

/**
 * How many requests of a kind are worked on at a time, how many of one pilot may wait for that, and for how long.
 * Whoever finds the queue full, or waits too long in it, is told when to come back. So a flood of one kind takes
 * neither the database's connections nor the memory that the others need. Pilots are served in turn.
 */
type Width = { atOnce: number; mostWaiting: number; longestWaitMs: number }
/** All pilots together may have so many times more waiting. */
const pilotsWaiting = 10

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

/** `of`: the pilot or person whose turn it takes. */
export type Lane = <T>(of: string, work: () => Promise<T>) => Promise<T | { problem: Problem }>

/** The lane of each route; routes of one kind share one. */
export function createLanes(): (name: RouteName, route: RouteShape) => Lane {
  const lanes: Record<LaneName, Lane> = {
    starts: lane(widths.starts),
    files: lane(widths.files),
    figures: lane(widths.figures),
    reads: lane(widths.reads),
    changes: lane(widths.changes),
  }
  const open: Lane = (_, work) => work()
  return (name, route) => {
    const kind = laneOf(name, route)
    return kind === null ? open : lanes[kind]
  }
}

export function lane({ atOnce, mostWaiting, longestWaitMs }: Width): Lane {
  /** Who waits, by whose turn it is next: who was served goes to the end. */
  const queues = new Map<string, Set<() => void>>()
  let waiting = 0
  let inside = 0
  /** What one piece of work takes, the last ones counting most. */
  let usualMs = 50

  /** Whoever is refused is given the next moment that nobody was given yet, so that few are refused twice. */
  let nextFreeAt = 0
  const busy = (): { problem: Problem } => {
    const now = performance.now()
    const eachMs = usualMs / atOnce
    nextFreeAt = Math.max(nextFreeAt, now + waiting * eachMs) + eachMs
    const seconds = Math.ceil((nextFreeAt - now) / 1000)
    if (seconds <= longestRetrySeconds) return { problem: { code: 'Overloaded', retryAfterSeconds: seconds } }
    // Nobody is sent away for longer: they come back spread over that time, and not all at its end.
    nextFreeAt = now + longestRetrySeconds * 1000
    const some = Math.ceil(Math.random() * longestRetrySeconds)
    return { problem: { code: 'Overloaded', retryAfterSeconds: some } }
  }
  const turn = async (of: string): Promise<boolean> => {
    if (inside < atOnce) {
      inside += 1
      return true
    }
    const queue = queues.get(of) ?? new Set<() => void>()
    if (queue.size >= mostWaiting || waiting >= mostWaiting * pilotsWaiting) return false
    return new Promise((resolve) => {
      const timer = setTimeout(() => end(false), longestWaitMs)
      const end = (isMyTurn: boolean): void => {
        clearTimeout(timer)
        queue.delete(go)
        waiting -= 1
        if (queue.size === 0) queues.delete(of)
        resolve(isMyTurn)
      }
      const go = (): void => end(true)
      queue.add(go)
      waiting += 1
      queues.set(of, queue)
    })
  }
  /** The place is handed over, so that nobody who just came can take it first. */
  const leave = (): void => {
    const [first] = queues
    if (first === undefined) {
      inside -= 1
      return
    }
    const [of, queue] = first
    queues.delete(of)
    queues.set(of, queue)
    const [next] = queue
    next?.()
  }

  return async (of, work) => {
    if (!(await turn(of))) return busy()
    const began = performance.now()
    try {
      return await work()
    } finally {
      usualMs += (performance.now() - began - usualMs) / 16
      leave()
    }
  }
}

const longestRetrySeconds = 60
