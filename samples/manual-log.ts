import { quantile, ascending } from '#domain/measure/quantiles.ts'
import type { WorkingCalendar } from '#domain/measure/working-calendar.ts'
import { workingClock, type WorkingClock } from '#domain/measure/working-time.ts'
import { zoneClock } from '#domain/measure/zone-clock.ts'
import type { StepId } from '#domain/process-map.ts'
import { chance, logNormal, pick, shuffled, type Chance } from './chance.ts'

/** One thing that people did, named as the office wrote it down. */
type ManualActivity = {
  activity: string
  step: StepId
  team: string
  /** Medians relative to each other; the log as a whole is scaled to the stated totals. */
  touchMinutes: number
  waitHours: number
}

/** Done in every case, or only in a stated share of all cases. `ends`: nothing follows in those cases. */
type ManualStage =
  | { kind: 'always'; activity: ManualActivity }
  | { kind: 'sometimes'; what: string; share: number; activities: ManualActivity[]; ends: boolean }

/** Everything that shapes a synthetic log of work done by hand. */
export type ManualLogParameters = {
  statement: string
  casePrefix: string
  cases: number
  firstDay: string
  weeks: number
  medianTouchMinutes: number
  /** Calendar hours from the first start to the last end. */
  medianCycleHours: number
  /** Standard deviations of the logarithm. */
  spread: { case: number; touch: number; wait: number }
  teams: Record<string, string[]>
  stages: ManualStage[]
}

type PlannedWork = ManualActivity & { touchMs: number; waitMs: number }
type PlannedCase = { id: string; arrivesAt: number; work: PlannedWork[] }
type LoggedWork = { caseId: string; activity: string; start: number; end: number; resource: string }

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const SECOND_MS = 1_000

/** Stands in every row: nobody can take the log for real work. */
const sampleMark = '(sample)'

/**
 * A synthetic manual event log as CSV. Who is busy makes others wait, so queues arise as they do in an office.
 * Touch and waiting are scaled until the medians are the stated ones.
 */
export function manualLog(parameters: ManualLogParameters, calendar: WorkingCalendar, seed: number): string {
  const clock = workingClock(calendar)
  const planned = planCases({ parameters, clock, zone: calendar.zone, next: chance(seed) })
  const touchScale = parameters.medianTouchMinutes / medianTouchMinutesOf(planned)
  const run = (waitScale: number): LoggedWork[] =>
    carryOut({ planned, parameters, clock, touchScale, waitScale, next: chance(seed + 1) })

  let [low, high] = [0.1, 10]
  for (let round = 0; round < 14; round += 1) {
    const middle = Math.sqrt(low * high)
    if (medianCycleHoursOf(run(middle)) < parameters.medianCycleHours) low = middle
    else high = middle
  }
  return csvOf(run(Math.sqrt(low * high)), calendar.zone)
}

/** Which step each activity of the log belongs to. */
export function stepNamesOf(parameters: ManualLogParameters): Record<string, StepId> {
  const activities = parameters.stages.flatMap((stage) =>
    stage.kind === 'always' ? [stage.activity] : stage.activities,
  )
  return Object.fromEntries(activities.map(({ activity, step }) => [activity, step]))
}

function planCases(given: {
  parameters: ManualLogParameters
  clock: WorkingClock
  zone: string
  next: Chance
}): PlannedCase[] {
  const { parameters, clock, zone, next } = given
  const opensAt = localMidnight(parameters.firstDay, zone)
  const openMs = clock.workingMs(opensAt, opensAt + parameters.weeks * 7 * 24 * HOUR_MS)
  const arrivals = Array.from({ length: parameters.cases }, () => next() * openMs).toSorted((a, b) => a - b)
  const factors = arrivals.map(() => logNormal(parameters.spread.case, next))
  const plans = arrivals.map((): ManualActivity[] => [])
  let open = arrivals.map((_, index) => index)

  for (const stage of parameters.stages) {
    if (stage.kind === 'always') {
      for (const index of open) plans[index]?.push(stage.activity)
      continue
    }
    const chosen = shuffled(open, next).slice(0, Math.round(stage.share * parameters.cases))
    for (const index of chosen) plans[index]?.push(...stage.activities)
    if (stage.ends) open = open.filter((index) => !chosen.includes(index))
  }
  return arrivals.map((arrival, index) => {
    const factor = factors[index] ?? 1
    const work = (plans[index] ?? []).map((activity) => ({
      ...activity,
      touchMs:
        activity.touchMinutes * MINUTE_MS * Math.sqrt(factor) * logNormal(parameters.spread.touch, next),
      waitMs: activity.waitHours * HOUR_MS * factor * logNormal(parameters.spread.wait, next),
    }))
    const id = `${parameters.casePrefix}-${String(index + 1).padStart(4, '0')}`
    return { id, arrivesAt: clock.addWorkingMs(opensAt, arrival), work }
  })
}

/** Cases in the order of time; each piece of work goes to whoever of its team is free first. */
function carryOut(given: {
  planned: PlannedCase[]
  parameters: ManualLogParameters
  clock: WorkingClock
  touchScale: number
  waitScale: number
  next: Chance
}): LoggedWork[] {
  const { planned, parameters, clock, touchScale, waitScale, next } = given
  const freeAt = new Map<string, number>()
  const logged: LoggedWork[] = []
  const waiting = planned.map((plan) => ({ plan, position: 0, readyAt: plan.arrivesAt }))

  for (;;) {
    let first: (typeof waiting)[number] | null = null
    for (const entry of waiting) {
      if (entry.position < entry.plan.work.length && (first === null || entry.readyAt < first.readyAt))
        first = entry
    }
    const task = first?.plan.work[first.position]
    if (first === null || task === undefined) return logged

    const person = firstFree({ team: parameters.teams[task.team] ?? [], freeAt, at: first.readyAt, next })
    const touchMs = Math.max(20 * SECOND_MS, Math.round((task.touchMs * touchScale) / SECOND_MS) * SECOND_MS)
    const earliest = Math.max(first.readyAt, freeAt.get(person) ?? 0)
    const start = startInOneSitting(clock, { earliest, touchMs })
    const end = start + touchMs
    freeAt.set(person, end)
    logged.push({
      caseId: first.plan.id,
      activity: task.activity,
      start,
      end,
      resource: `${person} ${sampleMark}`,
    })

    first.position += 1
    const following = first.plan.work[first.position]
    first.readyAt = clock.addWorkingMs(end, (following?.waitMs ?? 0) * waitScale)
  }
}

function firstFree(given: { team: string[]; freeAt: Map<string, number>; at: number; next: Chance }): string {
  const { team, freeAt, at, next } = given
  const free = team.filter((person) => (freeAt.get(person) ?? 0) <= at)
  if (free.length > 0) return pick(free, next)
  return team.toSorted((a, b) => (freeAt.get(a) ?? 0) - (freeAt.get(b) ?? 0))[0] ?? 'Nobody'
}

/** The first working instant after which the whole work fits before a break. */
function startInOneSitting(
  clock: WorkingClock,
  { earliest, touchMs }: { earliest: number; touchMs: number },
): number {
  const nextWorking = (from: number, skipMs: number): number => clock.addWorkingMs(from, skipMs + 1) - 1
  let start = Math.ceil(nextWorking(earliest, 0) / SECOND_MS) * SECOND_MS
  for (let sitting = 0; sitting < 10; sitting += 1) {
    const fitsMs = clock.workingMs(start, start + touchMs)
    if (fitsMs === touchMs) return start
    start = nextWorking(start, fitsMs)
  }
  throw new Error(`${touchMs / MINUTE_MS} minutes of work fit into no sitting of ${clock.calendar.name}`)
}

function medianTouchMinutesOf(planned: PlannedCase[]): number {
  return median(planned.map(({ work }) => work.reduce((sum, { touchMs }) => sum + touchMs, 0))) / MINUTE_MS
}

function medianCycleHoursOf(logged: LoggedWork[]): number {
  const spans = new Map<string, { start: number; end: number }>()
  for (const { caseId, start, end } of logged) {
    const span = spans.get(caseId) ?? { start, end }
    spans.set(caseId, { start: Math.min(span.start, start), end: Math.max(span.end, end) })
  }
  return median([...spans.values()].map(({ start, end }) => end - start)) / HOUR_MS
}

function median(values: number[]): number {
  const middle = quantile(ascending(values), 0.5)
  if (middle === null) throw new Error('a log without cases has no median')
  return middle
}

function csvOf(logged: LoggedWork[], zone: string): string {
  const stamp = stampIn(zone)
  const rows = logged
    .toSorted((a, b) => a.start - b.start || a.caseId.localeCompare(b.caseId))
    .map(({ caseId, activity, start, end, resource }) =>
      [caseId, activity, stamp(start), stamp(end), resource].map(csvCell).join(','),
    )
  return ['case_id,activity,start_time,end_time,resource', ...rows, ''].join('\n')
}

function csvCell(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** ISO 8601 by the wall clock of the zone, with its offset. */
function stampIn(zone: string): (instant: number) => string {
  const clock = zoneClock(zone)
  return (instant) => {
    const offsetMs = clock.offsetAt(instant)
    const sign = offsetMs < 0 ? '-' : '+'
    const minutes = Math.abs(offsetMs) / MINUTE_MS
    const pad = (value: number): string => String(Math.floor(value)).padStart(2, '0')
    const local = new Date(instant + offsetMs).toISOString().slice(0, 19)
    return `${local}${sign}${pad(minutes / 60)}:${pad(minutes % 60)}`
  }
}

function localMidnight(day: string, zone: string): number {
  return zoneClock(zone).instantOf(Date.parse(`${day}T00:00:00Z`))
}
