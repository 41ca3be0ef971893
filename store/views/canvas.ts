import { z } from 'zod'
import { durationFigureOf, needs, shareFigureOf, throughputFigureOf } from '#domain/figures.ts'
import { BaselineFigures, type DurationFigure, type StepBaseline } from '#domain/measure/baseline.ts'
import { bucketValueMs, quantileOfCounts, totalCount, type BucketCounts } from '#domain/measure/histogram.ts'
import { kaplanMeierFromBuckets, survivalQuantile } from '#domain/measure/kaplan-meier.ts'
import { durationInWords } from '#domain/measure/wording.ts'
import { ProcessMap, type Step } from '#domain/process-map.ts'
import type { Canvas, StepFigures } from '#domain/views/pilots.ts'
import { maybeRow, rows, sql, type Db } from '#store/db.ts'
import { readRollups, type Rollups } from './rollups.ts'

const weekMs = 7 * 86_400_000

const PilotRow = z.object({
  process_id: z.string(),
  map_version: z.number(),
  started_at: z.string(),
  decide_by: z.string(),
  map: ProcessMap,
  figures: BaselineFigures.nullable(),
})
export type FigurePilot = z.infer<typeof PilotRow>

export async function figurePilot(db: Db, pilotId: string): Promise<FigurePilot | null> {
  return maybeRow(
    db,
    PilotRow,
    sql`select p.process_id, p.map_version, p.started_at, p.decide_by, v.map, b.figures
      from pilot p join map_version v on v.process_id = p.process_id and v.version = p.map_version
        left join baseline b on b.id = p.baseline_id
      where p.id = ${pilotId}`,
  )
}

/** Every figure of the canvas, from the rollups and the cases that are open now. */
export async function canvasOf(db: Db, pilotId: string, now: Date): Promise<Canvas | null> {
  const pilot = await figurePilot(db, pilotId)
  if (pilot === null) return null
  const [rollups, openAges, stuck, desk] = await Promise.all([
    readRollups(db, pilotId),
    openCaseAges(db, pilotId, now),
    stuckNow(db, pilotId),
    atDeskNow(db, { pilotId, processId: pilot.process_id }),
  ])
  const started = rollups.count('', 'started')
  const finished = rollups.count('', 'finished')
  const cancelled = rollups.count('', 'cancelled')
  const baseline = pilot.figures
  const expected = expectedCases(pilot, { finished, now })
  const cycle = rollups.durations('', 'cycle')
  const survival = kaplanMeierFromBuckets({ ended: cycle, censored: openAges })
  const share = (counter: string): { count: number; of: number } => ({
    count: rollups.count('', counter),
    of: finished,
  })
  const steps = pilot.map.steps.map((step) =>
    stepFiguresOf(pilot, {
      step,
      rollups,
      expected,
      atDesk: desk.get(step.id) ?? 0,
      stuck: stuck.get(step.id) ?? 0,
    }),
  )
  return {
    pilotId,
    mapVersion: pilot.map_version,
    asOf: now.toISOString(),
    started,
    finished,
    cancelled,
    running: Math.max(0, started - finished - cancelled),
    stuck: [...stuck.values()].reduce((sum, n) => sum + n, 0),
    throughput: throughputFigureOf({
      finished,
      weeks: Math.max(0, now.getTime() - Date.parse(pilot.started_at)) / weekMs,
      baseline:
        baseline === null || baseline.throughputPerWeek === null
          ? null
          : { perWeek: baseline.throughputPerWeek, cases: baseline.cases },
      how: 'Finished cases per week since the pilot started, calendar time; known from its first whole week on.',
    }),
    cycleMedian: durationFigureOf({
      counts: cycle,
      value: survivalQuantile(survival, 0.5).value,
      quantile: 'median',
      baseline: baseline?.cycle.elapsed ?? null,
      expected,
      how: cycleHow('Half of the cases end within this time'),
    }),
    cycleP90: durationFigureOf({
      counts: cycle,
      value: survivalQuantile(survival, 0.9).value,
      quantile: 'p90',
      baseline: baseline?.cycle.elapsed ?? null,
      expected,
      how: cycleHow('Nine of ten cases end within this time'),
    }),
    touch: durationFigureOf({
      counts: rollups.durations('', 'touch'),
      quantile: 'median',
      baseline: baseline?.touch ?? null,
      expected,
      how: `Median hands-on time per finished case, all people and steps together; ${sequenceHow}`,
    }),
    reworkOrException: shareFigureOf({
      ...share('rework-or-exception'),
      baseline: baseline?.reworkOrException ?? null,
      how: `Finished cases that passed a step again, or left the normal path, over all finished cases; ${newcombeHow}`,
    }),
    rework: shareFigureOf({
      ...share('rework'),
      baseline: baseline?.rework ?? null,
      how: `Finished cases that passed a step more than once, over all finished cases; ${newcombeHow}`,
    }),
    exception: shareFigureOf({
      ...share('exception'),
      baseline: baseline?.exceptions ?? null,
      how: `Finished cases that left the normal path, over all finished cases; ${newcombeHow}`,
    }),
    bottleneck: bottleneckOf(pilot.map, rollups),
    steps,
  }
}

const sequenceHow =
  'calendar time; better or worse only when a 95 % confidence sequence of the log difference excludes no change'
const newcombeHow = "the difference with Newcombe's 95 % interval"

function cycleHow(what: string): string {
  return `${what}, from start to end (Kaplan-Meier, open cases counted as open, cancelled ones apart); ${sequenceHow}`
}

/** How many cases will have finished by the day of decision, at the present pace. */
export function expectedCases(
  pilot: Pick<FigurePilot, 'started_at' | 'decide_by'>,
  { finished, now }: { finished: number; now: Date },
): number {
  const began = Date.parse(pilot.started_at)
  const gone = Math.max(86_400_000, now.getTime() - began)
  return Math.ceil((finished * (Date.parse(pilot.decide_by) - began)) / gone)
}

type StepInput = { step: Step; rollups: Rollups; expected: number; atDesk: number; stuck: number }

export function stepFiguresOf(
  pilot: Pick<FigurePilot, 'map' | 'figures'>,
  { step, rollups, expected, atDesk, stuck }: StepInput,
): StepFigures {
  const count = (counter: string): number => rollups.count(step.id, counter)
  const within = (counter: string): number => rollups.countWithin(step.id, counter)
  const baseline = pilot.figures?.steps.find((known) => known.stepId === step.id) ?? null
  const marks = marksOf(baseline)
  const duration = (measure: keyof typeof marks): StepFigures['lead'] =>
    durationFigureOf({
      counts: rollups.durations(step.id, measure),
      quantile: 'median',
      baseline: marks[measure],
      expected,
      how: `${measureWords[measure]}; ${sequenceHow}`,
    })
  return {
    stepId: step.id,
    waiting: Math.max(0, count('entered') - count('finished') - count('abandoned')),
    entered: count('entered'),
    finished: count('finished'),
    repeated: count('repeated'),
    late: within('late'),
    atDesk,
    called: within('called'),
    callsFailed: within('call-failed'),
    itemsFailed: within('item-failed'),
    undone:
      within('undone') + undoersOf(pilot.map, step.id).reduce((n, id) => n + rollups.count(id, 'undone'), 0),
    stuck,
    lead: duration('lead'),
    wait: duration('wait'),
    touch: duration('touch'),
    machine: duration('machine'),
    drafts: draftsOf(rollups, step),
    weekly: [...rollups.weeklyLeads(step.id)].map(([week, histogram]) => ({
      week,
      median: quantileOfCounts(histogram, 0.5),
      n: totalCount(histogram),
    })),
    taken: takenFrom(pilot.map, step, rollups),
  }
}

const measureWords = {
  lead: 'Median time from the step’s turn to its end',
  wait: 'Median time until somebody began',
  touch: 'Median hands-on time of people',
  machine: 'Median time of the AI call, retries included',
} as const

function marksOf(baseline: StepBaseline | null): Record<keyof typeof measureWords, DurationFigure | null> {
  return {
    lead: baseline?.lead.elapsed ?? null,
    wait: baseline?.wait?.elapsed ?? null,
    touch: baseline?.touch ?? null,
    machine: null,
  }
}

/** The steps that undo a step. */
export function undoersOf(map: ProcessMap, stepId: string): string[] {
  return map.links.filter((link) => link.on === 'undo' && link.from === stepId).map((link) => link.to)
}

/** Drafts of an ai step, and of a contained map as soon as it has drafted anything. */
function draftsOf(rollups: Rollups, step: Step): StepFigures['drafts'] {
  const outcome = (name: string): number => rollups.countWithin(step.id, `draft:${name}`)
  const offered = rollups.countWithin(step.id, 'drafted')
  if (step.kind !== 'ai' && (step.kind !== 'sub-process' || offered === 0)) return null
  const drafts = {
    offered,
    accepted: outcome('accepted'),
    edited: outcome('edited'),
    sentBack: outcome('sent-back'),
    rejected: outcome('rejected'),
    byHand: outcome('by-hand'),
  }
  const settled = drafts.accepted + drafts.edited + drafts.sentBack + drafts.rejected + drafts.byHand
  return { ...drafts, pending: Math.max(0, offered - settled) }
}

/** How many cases took each way out. The way on is never told by itself: it is what finished and did not go elsewhere. */
function takenFrom(map: ProcessMap, step: Step, rollups: Rollups): StepFigures['taken'] {
  const told = rollups.countsBy(step.id, 'to:')
  const back = rollups.countsBy(step.id, 'back-to:')
  const sum = (counts: Map<string, number>): number => [...counts.values()].reduce((a, b) => a + b, 0)
  const next = map.links.find((link) => link.from === step.id && link.on === 'next')
  const on = Math.max(0, rollups.count(step.id, 'finished') - sum(back))
  if (next !== undefined && step.kind !== 'decision') told.set(next.to, (told.get(next.to) ?? 0) + on)
  // A branch begins with a step of its own: whoever entered that came this way.
  for (const link of map.links) {
    if (link.from !== step.id || (link.on !== 'branch' && link.on !== 'each')) continue
    told.set(link.to, rollups.count(link.to, 'entered') - rollups.count(link.to, 'repeated'))
  }
  return [
    ...undoersOf(map, step.id).map((to) => ({ to, on: 'undo' as const, n: rollups.count(to, 'undone') })),
    ...[...told].map(([to, n]) => ({ to, on: 'path' as const, n })),
    ...[...back].map(([to, n]) => ({ to, on: 'sent-back' as const, n })),
  ].filter((way) => way.n > 0)
}

/** Where most of the waiting happens: over all visits, not in the single worst one. */
function bottleneckOf(map: ProcessMap, rollups: Rollups): Canvas['bottleneck'] {
  const waits = map.steps.flatMap((step) => {
    const counts = rollups.durations(step.id, 'wait')
    const n = totalCount(counts)
    return n < needs.median
      ? []
      : [{ step, n, total: totalMs(counts), median: quantileOfCounts(counts, 0.5) }]
  })
  const all = waits.reduce((sum, wait) => sum + wait.total, 0)
  const worst = waits.toSorted((a, b) => b.total - a.total).at(0)
  if (worst === undefined || all === 0) return null
  const share = Math.round((100 * worst.total) / all)
  return {
    stepId: worst.step.id,
    sentence: `${share} % of all waiting happens here: half of the cases wait ${durationInWords(worst.median)} or longer (n = ${worst.n}).`,
  }
}

function totalMs(counts: BucketCounts): number {
  let sum = 0
  for (const [bucket, n] of counts) sum += n * bucketValueMs(bucket)
  return sum
}

/** Ages of the cases that are open, in the same buckets as the durations of those that ended. */
export async function openCaseAges(db: Db, pilotId: string, now: Date): Promise<BucketCounts> {
  const found = await rows(
    db,
    z.object({ bucket: z.number(), n: z.number() }),
    sql`select ceil(ln(greatest(extract(epoch from ${now.toISOString()}::timestamptz - started_at), 0.001))
          / ln(1.02))::integer as bucket, count(*) as n
      from case_run where pilot_id = ${pilotId} and ended_at is null group by 1`,
  )
  return new Map(found.map((row) => [row.bucket, row.n]))
}

/** Cases that the engine cannot move now, by the step they stand at; '' before the first. */
export async function stuckNow(db: Db, pilotId: string): Promise<Map<string, number>> {
  const found = await rows(
    db,
    z.object({ step_id: z.string(), n: z.number() }),
    sql`select split_part(coalesce(step_id, ''), '/', 1) as step_id, count(*) as n from case_run
      where pilot_id = ${pilotId} and stalled_since is not null group by 1`,
  )
  return new Map(found.map((row) => [row.step_id, row.n]))
}

/** What stands at the exception desk now, by the step it fell out of; of contained maps by the step that contains. */
export async function atDeskNow(
  db: Db,
  of: { pilotId: string; processId: string },
): Promise<Map<string, number>> {
  const found = await rows(
    db,
    z.object({ step_id: z.string(), n: z.number() }),
    sql`select split_part(coalesce(path, step_id), '/', 1) as step_id, count(*) as n from task
      where process_id = ${of.processId} and pilot_id = ${of.pilotId} and status = 'open' and kind = 'exception'
      group by 1`,
  )
  return new Map(found.map((row) => [row.step_id, row.n]))
}
