import { z } from 'zod'

const Ms = z.number().min(0)

/**
 * A set of durations. Each figure is null below the number of cases that its 95% interval needs
 * (6 for the median and mean, 29 for p90); `n` then says how many there are.
 */
export const DurationFigure = z.strictObject({
  n: z.int().min(0),
  medianMs: Ms.nullable(),
  medianLowMs: Ms.nullable(),
  medianHighMs: Ms.nullable(),
  p90Ms: Ms.nullable(),
  p90LowMs: Ms.nullable(),
  p90HighMs: Ms.nullable(),
  meanMs: Ms.nullable(),
  /** How often each bucket of `histogram.ts` occurs: what curves and comparisons need of the values. */
  buckets: z.array(z.tuple([z.int(), z.int().min(1)])),
})
export type DurationFigure = z.infer<typeof DurationFigure>

/** The same durations by the clock on the wall and by the working calendar; null without a calendar. */
export const ClockedFigure = z.strictObject({ elapsed: DurationFigure, working: DurationFigure.nullable() })
export type ClockedFigure = z.infer<typeof ClockedFigure>

/** A share with its Wilson interval. */
export const ShareFigure = z.strictObject({
  count: z.int().min(0),
  of: z.int().min(1),
  share: z.number().min(0).max(1),
  low: z.number().min(0).max(1),
  high: z.number().min(0).max(1),
})
export type ShareFigure = z.infer<typeof ShareFigure>

export const StepBaseline = z.strictObject({
  stepId: z.string(),
  /** Names under which the log knows the step. */
  activities: z.array(z.string()),
  /** Visits of the step, and cases with at least one. */
  n: z.int().min(1),
  cases: z.int().min(1),
  /** Completed - enabled: the log's enabling time where it has one, else the latest earlier end in the case. */
  lead: ClockedFigure,
  /** Started - enabled; null for a log with one stamp per row. */
  wait: ClockedFigure.nullable(),
  /** Start to end without suspensions; never clipped to working hours. */
  touch: DurationFigure.nullable(),
})
export type StepBaseline = z.infer<typeof StepBaseline>

/** A: side by side, B: imported log, C: timed cases, D: diary, E: estimate. */
export const EvidenceGrade = z.enum(['A', 'B', 'C', 'D', 'E'])
export type EvidenceGrade = z.infer<typeof EvidenceGrade>

/** How far a baseline can be trusted, in plain sentences. */
export const Evidence = z.strictObject({
  grade: EvidenceGrade,
  reasons: z.array(z.string()),
  proves: z.array(z.string()),
  cannotProve: z.array(z.string()),
})
export type Evidence = z.infer<typeof Evidence>

/** What a process took by hand; stored as it was computed and never recomputed. */
export const BaselineFigures = z
  .strictObject({
    cases: z.int().min(1),
    runs: z.int().min(1),
    /** First and last recorded instant. */
    window: z.strictObject({ from: z.iso.datetime(), to: z.iso.datetime() }),
    calendar: z.strictObject({ name: z.string(), version: z.int(), zone: z.string() }).nullable(),
    cycle: ClockedFigure,
    /** Hands-on time per case; null when the log does not say when steps started. */
    touch: DurationFigure.nullable(),
    /** Share of hands-on time outside the calendar's hours. */
    touchOutsideHoursShare: z.number().min(0).max(1).nullable(),
    /** Median over cases of time with someone at work / cycle time. */
    flowEfficiency: z.number().min(0).max(1).nullable(),
    /** Finished cases per week; null for a log of less than a week. */
    throughputPerWeek: z.number().min(0).nullable(),
    /** Cases in which some activity was done again. */
    rework: ShareFigure,
    /** Cases that passed a step marked as an exception; null when none is marked. */
    exceptions: ShareFigure.nullable(),
    /** Cases with either or both of these; null when no step is marked. */
    reworkOrException: ShareFigure.nullable(),
    steps: z.array(StepBaseline),
    /** Activities of the log that belong to no step of the map. */
    unmatched: z.array(z.strictObject({ activity: z.string(), runs: z.int().min(1) })),
    evidence: Evidence,
  })
  .meta({ id: 'BaselineFigures' })
export type BaselineFigures = z.infer<typeof BaselineFigures>
