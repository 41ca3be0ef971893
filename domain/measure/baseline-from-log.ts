import { activeMs, handsOnMs, unionMs } from './active-time.ts'
import type { BaselineFigures, ClockedFigure, ShareFigure, StepBaseline } from './baseline.ts'
import { durationFigure } from './duration-figure.ts'
import type { LogRow, StepRun } from './event-log.ts'
import { gradeImportedLog } from './evidence-grade.ts'
import { caseSpan } from './log-figures.ts'
import { ascending, quantile } from './quantiles.ts'
import { pairedCases, type PairedCase } from './step-runs.ts'
import { wilson } from './wilson.ts'
import type { WorkingCalendar } from './working-calendar.ts'
import { workingClock, type WorkingClock } from './working-time.ts'

export type BaselineChoices = {
  /** Step of the map for each activity of the log; null or absent: it belongs to none. */
  stepNames: Readonly<Record<string, string | null>>
  calendar: WorkingCalendar | null
  /** Steps that a case passes only when something is out of the ordinary. */
  exceptionSteps: readonly string[]
  refusedRows: number
}

/** The manual figures of a log; null when it holds no case. */
export function baselineFrom(rows: Iterable<LogRow>, choices: BaselineChoices): BaselineFigures | null {
  return baselineOfCases(pairedCases(rows), choices)
}

/** The same from cases that arrive one by one, so that a large log need not be held as rows. */
export function baselineOfCases(
  cases: Iterable<PairedCase>,
  choices: BaselineChoices,
): BaselineFigures | null {
  const { calendar } = choices
  const clock = calendar && workingClock(calendar)
  const stepOf = new Map(Object.entries(choices.stepNames))
  const exceptionSteps = new Set(choices.exceptionSteps)
  const steps = new Map<string, GatheredStep>()
  const unmatched = new Map<string, number>()
  const finished: { endedAt: number; cycleMs: number }[] = []
  const cycles = noDurations()
  const touches: number[] = []
  const flows: number[] = []
  const hours = { touch: 0, withinHours: 0 }
  const window = { from: Infinity, to: -Infinity }
  let rowCount = 0
  let runCount = 0
  let reworked = 0
  let exceptional = 0
  let eitherWay = 0

  for (const { runs, rows, unpaired } of cases) {
    rowCount += rows
    // A case whose only rows are starts without an end tells nothing yet.
    if (runs.length === 0) continue
    const span = caseSpan(runs)
    runCount += runs.length
    window.from = Math.min(window.from, span.from)
    window.to = Math.max(window.to, span.to)
    finished.push({ endedAt: span.to, cycleMs: span.to - span.from })
    addSpan(cycles, span, clock)
    const isReworked = new Set(runs.map((run) => run.activity)).size < runs.length
    const isExceptional = runs.some((run) => exceptionSteps.has(stepOf.get(run.activity) ?? ''))
    if (isReworked) reworked += 1
    if (isExceptional) exceptional += 1
    if (isReworked || isExceptional) eitherWay += 1
    const touch = unpaired > 0 ? null : handsOnMs(runs)
    const active = unpaired > 0 ? null : unionMs(runs)
    if (touch !== null) touches.push(touch)
    if (active !== null && span.to > span.from) flows.push(active / (span.to - span.from))
    gatherSteps({ steps, unmatched }, { runs, stepOf, clock })
    if (clock) addHours(hours, { runs, clock })
  }

  const rework = shareFigure(reworked, finished.length)
  if (rework === null) return null
  const weeks = (window.to - window.from) / WEEK_MS
  const touchOutsideHoursShare = hours.touch > 0 ? Math.max(0, 1 - hours.withinHours / hours.touch) : null
  const stepFigures = Array.from(steps, ([stepId, gathered]) => stepFigure(stepId, gathered, clock))
  return {
    cases: finished.length,
    runs: runCount,
    window: { from: new Date(window.from).toISOString(), to: new Date(window.to).toISOString() },
    calendar: calendar && { name: calendar.name, version: calendar.version, zone: calendar.zone },
    cycle: clocked(cycles, clock),
    touch: touches.length === 0 ? null : durationFigure(touches),
    touchOutsideHoursShare,
    flowEfficiency: quantile(ascending(flows), 0.5),
    throughputPerWeek: weeks >= 1 ? finished.length / weeks : null,
    rework,
    exceptions: exceptionSteps.size === 0 ? null : shareFigure(exceptional, finished.length),
    reworkOrException: exceptionSteps.size === 0 ? null : shareFigure(eitherWay, finished.length),
    steps: stepFigures,
    unmatched: Array.from(unmatched, ([activity, runs]) => ({ activity, runs })),
    evidence: gradeImportedLog({
      finished,
      window,
      zone: calendar?.zone ?? 'UTC',
      rows: rowCount + choices.refusedRows,
      refusedRows: choices.refusedRows,
      casesWithTouch: touches.length,
      hasWait: stepFigures.some((step) => step.wait !== null),
      touchOutsideHoursShare,
    }),
  }
}

const WEEK_MS = 7 * 86_400_000

type Span = { from: number; to: number }

/** Durations by the clock on the wall and, with a calendar, by working time. */
type Durations = { elapsed: number[]; working: number[] }

type GatheredStep = {
  activities: Set<string>
  runs: number
  cases: number
  lead: Durations
  wait: Durations
  touch: number[]
}

function noDurations(): Durations {
  return { elapsed: [], working: [] }
}

function addSpan(durations: Durations, { from, to }: Span, clock: WorkingClock | null): void {
  durations.elapsed.push(to - from)
  if (clock) durations.working.push(clock.workingMs(from, to))
}

function clocked(durations: Durations, clock: WorkingClock | null): ClockedFigure {
  return {
    elapsed: durationFigure(durations.elapsed),
    working: clock ? durationFigure(durations.working) : null,
  }
}

function gatherSteps(
  log: { steps: Map<string, GatheredStep>; unmatched: Map<string, number> },
  of: { runs: readonly StepRun[]; stepOf: ReadonlyMap<string, string | null>; clock: WorkingClock | null },
): void {
  const inThisCase = new Set<GatheredStep>()
  let latestEnd: number | null = null
  for (const run of of.runs) {
    const stepId = of.stepOf.get(run.activity) ?? null
    const enabledAt = enabledOf(run, latestEnd)
    latestEnd = Math.max(latestEnd ?? run.endMs, run.endMs)
    if (stepId === null) {
      log.unmatched.set(run.activity, (log.unmatched.get(run.activity) ?? 0) + 1)
      continue
    }
    const step = log.steps.get(stepId) ?? newStep()
    log.steps.set(stepId, step)
    inThisCase.add(step)
    step.activities.add(run.activity)
    step.runs += 1
    const touch = activeMs(run)
    if (touch !== null) step.touch.push(touch)
    if (enabledAt === null) continue
    addSpan(step.lead, { from: enabledAt, to: run.endMs }, of.clock)
    // The first run of a case waits for something only if the log says since when.
    if (run.startMs !== null && (run.enabledMs !== null || run !== of.runs[0])) {
      addSpan(step.wait, { from: enabledAt, to: run.startMs }, of.clock)
    }
  }
  for (const step of inThisCase) step.cases += 1
}

function newStep(): GatheredStep {
  return { activities: new Set(), runs: 0, cases: 0, lead: noDurations(), wait: noDurations(), touch: [] }
}

/** When the step's turn came: as recorded, else at the latest earlier end, but never after it was begun. */
function enabledOf(run: StepRun, latestEnd: number | null): number | null {
  const begun = run.startMs ?? run.endMs
  const enabled = run.enabledMs ?? latestEnd
  return enabled === null ? run.startMs : Math.min(enabled, begun)
}

function stepFigure(stepId: string, step: GatheredStep, clock: WorkingClock | null): StepBaseline {
  return {
    stepId,
    activities: [...step.activities],
    n: step.runs,
    cases: step.cases,
    lead: clocked(step.lead, clock),
    wait: step.wait.elapsed.length === 0 ? null : clocked(step.wait, clock),
    touch: step.touch.length === 0 ? null : durationFigure(step.touch),
  }
}

function addHours(
  hours: { touch: number; withinHours: number },
  of: { runs: readonly StepRun[]; clock: WorkingClock },
): void {
  for (const run of of.runs) {
    if (run.startMs === null) continue
    hours.touch += run.endMs - run.startMs
    hours.withinHours += of.clock.workingMs(run.startMs, run.endMs)
  }
}

function shareFigure(count: number, of: number): ShareFigure | null {
  const interval = wilson({ count, of })
  return interval && { count, of, share: count / of, ...interval }
}
