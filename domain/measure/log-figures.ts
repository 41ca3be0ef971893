import { activeMs, unionMs } from './active-time.ts'
import type { CaseRuns, StepRun } from './event-log.ts'
import { little, type LittleFigures } from './little.ts'
import { ascending, mean, quantile, standardDeviation } from './quantiles.ts'

/** Shape of a set of durations in ms, or of plain numbers. */
export type Spread = {
  n: number
  min: number
  mean: number
  median: number
  p90: number
  p95: number
  max: number
  sd: number | null
}

type ActivityFigures = {
  events: number
  cases: number
  reworkCases: number
  /** Runs beyond the first per case: straight repeats (self-loops) and later returns (loops). */
  rework: number
  selfLoops: number
  loops: number
  service: Spread | null
  /** Start minus the latest earlier end in the case, at least 0; the first run of a case has none. */
  wait: Spread | null
}

type EdgeFigures = { from: string; to: string; count: number; medianMs: number; meanMs: number }

/** What a log says by itself, in calendar time, before any map gives its steps a meaning. */
export type LogFigures = {
  cases: number
  events: number
  firstMs: number
  lastMs: number
  variants: { activities: string[]; cases: number }[]
  eventsPerCase: Spread
  caseDuration: Spread
  zeroDurationCases: number
  reworkCases: number
  selfLoopCases: number
  startActivities: Map<string, number>
  endActivities: Map<string, number>
  /** Finished cases by UTC month, such as 2023-01. */
  completedPerMonth: Map<string, number>
  little: LittleFigures
  activities: Map<string, ActivityFigures>
  edges: EdgeFigures[]
  /** The rest is null for a log with one stamp per row. */
  touch: Spread | null
  activeUnion: Spread | null
  flowEfficiency: Spread | null
}

/** First and last instant of a case that its log names. */
export function caseSpan(runs: readonly StepRun[]): { from: number; to: number } {
  let from = Infinity
  let to = -Infinity
  for (const run of runs) {
    from = Math.min(from, run.startMs ?? run.endMs)
    to = Math.max(to, run.endMs)
  }
  return { from, to }
}

/** Null for a log without a single case. */
export function logFigures(log: Iterable<CaseRuns>): LogFigures | null {
  const cases = Array.from(log, (entry) => ({ ...caseSpan(entry.runs), runs: entry.runs }))
  if (cases.length === 0) return null
  const activities = new Map<string, Gathered>()
  const edges = new Map<string, { from: string; to: string; gaps: number[] }>()
  const variants = new Map<string, { activities: string[]; cases: number }>()
  let reworkCases = 0
  let selfLoopCases = 0
  for (const { runs } of cases) {
    const trace = runs.map((run) => run.activity)
    count(variants, trace)
    if (new Set(trace).size < trace.length) reworkCases += 1
    if (trace.some((activity, i) => i > 0 && trace[i - 1] === activity)) selfLoopCases += 1
    gatherRuns(activities, runs)
    gatherEdges(edges, runs)
  }
  const firstMs = cases.reduce((first, span) => Math.min(first, span.from), Infinity)
  const lastMs = cases.reduce((last, span) => Math.max(last, span.to), -Infinity)
  const touch = spreadOrNull(cases.map(({ runs }) => sumOrNull(runs.map(activeMs))))
  return {
    cases: cases.length,
    events: cases.reduce((sum, { runs }) => sum + runs.length, 0),
    firstMs,
    lastMs,
    variants: [...variants.values()].toSorted((a, b) => b.cases - a.cases),
    eventsPerCase: spread(cases.map(({ runs }) => runs.length)),
    caseDuration: spread(cases.map(({ from, to }) => to - from)),
    zeroDurationCases: cases.filter(({ from, to }) => from === to).length,
    reworkCases,
    selfLoopCases,
    startActivities: tally(cases.map(({ runs }) => runs[0]?.activity ?? '')),
    endActivities: tally(cases.map(({ runs }) => runs.at(-1)?.activity ?? '')),
    completedPerMonth: tally(cases.map(({ to }) => new Date(to).toISOString().slice(0, 7))),
    // One millisecond more, as the last case ends at the window's very end.
    little: little(cases, { from: firstMs, to: lastMs + 1 }),
    activities: new Map(Array.from(activities, ([name, gathered]) => [name, activityFigures(gathered)])),
    edges: Array.from(edges.values(), edgeFigures).toSorted((a, b) => b.count - a.count),
    touch,
    activeUnion: spreadOrNull(cases.map(({ runs }) => unionMs(runs))),
    flowEfficiency: spreadOrNull(
      cases.map(({ runs, from, to }) => {
        const active = sumOrNull(runs.map(activeMs))
        return active === null || to === from ? null : active / (to - from)
      }),
    ),
  }
}

type Gathered = {
  perCase: number[]
  selfLoops: number
  services: (number | null)[]
  waits: (number | null)[]
}

function gatherRuns(activities: Map<string, Gathered>, runs: readonly StepRun[]): void {
  const inThisCase = new Map<string, number>()
  let latestEnd = -Infinity
  for (const [i, run] of runs.entries()) {
    const gathered = activities.get(run.activity) ?? { perCase: [], selfLoops: 0, services: [], waits: [] }
    activities.set(run.activity, gathered)
    inThisCase.set(run.activity, (inThisCase.get(run.activity) ?? 0) + 1)
    if (runs[i - 1]?.activity === run.activity) gathered.selfLoops += 1
    gathered.services.push(activeMs(run))
    if (run.startMs !== null && latestEnd > -Infinity)
      gathered.waits.push(Math.max(0, run.startMs - latestEnd))
    latestEnd = Math.max(latestEnd, run.endMs)
  }
  for (const [activity, times] of inThisCase) activities.get(activity)?.perCase.push(times)
}

function activityFigures(gathered: Gathered): ActivityFigures {
  const events = gathered.perCase.reduce((sum, times) => sum + times, 0)
  const rework = events - gathered.perCase.length
  return {
    events,
    cases: gathered.perCase.length,
    reworkCases: gathered.perCase.filter((times) => times > 1).length,
    rework,
    selfLoops: gathered.selfLoops,
    loops: rework - gathered.selfLoops,
    service: spreadOrNull(gathered.services),
    wait: spreadOrNull(gathered.waits),
  }
}

function gatherEdges(
  edges: Map<string, { from: string; to: string; gaps: number[] }>,
  runs: readonly StepRun[],
): void {
  for (const [i, run] of runs.entries()) {
    const before = runs[i - 1]
    if (before === undefined) continue
    const key = JSON.stringify([before.activity, run.activity])
    const edge = edges.get(key) ?? { from: before.activity, to: run.activity, gaps: [] }
    edge.gaps.push((run.startMs ?? run.endMs) - before.endMs)
    edges.set(key, edge)
  }
}

function edgeFigures(edge: { from: string; to: string; gaps: number[] }): EdgeFigures {
  const { mean: meanMs, median: medianMs } = spread(edge.gaps)
  return { from: edge.from, to: edge.to, count: edge.gaps.length, medianMs, meanMs }
}

function count(variants: Map<string, { activities: string[]; cases: number }>, trace: string[]): void {
  const key = JSON.stringify(trace)
  const variant = variants.get(key) ?? { activities: trace, cases: 0 }
  variant.cases += 1
  variants.set(key, variant)
}

function tally(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

function sumOrNull(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>(
    (sum, value) => (sum === null || value === null ? null : sum + value),
    0,
  )
}

/** Null when nothing is known; what is not known of single cases is left out. */
function spreadOrNull(values: readonly (number | null)[]): Spread | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : spread(known)
}

function spread(values: readonly number[]): Spread {
  const sorted = ascending(values)
  const read = (figure: number | null): number => {
    if (figure === null) throw new Error('a spread needs at least one value')
    return figure
  }
  return {
    n: sorted.length,
    min: read(quantile(sorted, 0)),
    mean: read(mean(sorted)),
    median: read(quantile(sorted, 0.5)),
    p90: read(quantile(sorted, 0.9)),
    p95: read(quantile(sorted, 0.95)),
    max: read(quantile(sorted, 1)),
    sd: standardDeviation(sorted),
  }
}
