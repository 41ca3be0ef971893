import type { StepRun } from './event-log.ts'

type Interval = { from: number; to: number }

/** Start to end of a run without its pauses; null when the log does not say when it started. */
export function activeMs(run: StepRun): number | null {
  return run.startMs === null ? null : totalMs(activeIntervals(run))
}

/** Time in which at least one of the runs was worked on; null when one of them has no start. */
export function unionMs(runs: readonly StepRun[]): number | null {
  return runs.some((run) => run.startMs === null) ? null : joinedMs(runs.flatMap(activeIntervals))
}

/**
 * Hands-on time: per person the union of the intervals, summed over persons. Runs without a name are taken to be
 * by different people. Null when a run has no start.
 */
export function handsOnMs(runs: readonly StepRun[]): number | null {
  if (runs.length === 0 || runs.some((run) => run.startMs === null)) return null
  const byPerson = new Map<string, Interval[]>()
  let total = 0
  for (const run of runs) {
    if (run.resource === null) {
      total += totalMs(activeIntervals(run))
      continue
    }
    const known = byPerson.get(run.resource)
    if (known) known.push(...activeIntervals(run))
    else byPerson.set(run.resource, activeIntervals(run))
  }
  for (const intervals of byPerson.values()) total += joinedMs(intervals)
  return total
}

function activeIntervals(run: StepRun): Interval[] {
  if (run.startMs === null) return []
  const intervals: Interval[] = []
  let from = run.startMs
  for (const pause of run.pauses) {
    if (pause.from > from) intervals.push({ from, to: pause.from })
    from = Math.max(from, pause.to)
  }
  if (run.endMs > from) intervals.push({ from, to: run.endMs })
  return intervals
}

function totalMs(intervals: readonly Interval[]): number {
  return intervals.reduce((sum, interval) => sum + interval.to - interval.from, 0)
}

function joinedMs(intervals: readonly Interval[]): number {
  let total = 0
  let reached = -Infinity
  for (const { from, to } of intervals.toSorted((a, b) => a.from - b.from)) {
    total += Math.max(0, to - Math.max(from, reached))
    reached = Math.max(reached, to)
  }
  return total
}
