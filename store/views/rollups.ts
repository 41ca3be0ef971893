import { z } from 'zod'
import { middleOfWide, type BucketCounts } from '#domain/measure/histogram.ts'
import type { Measure } from '#domain/rollup.ts'
import { rows, sql, type Db } from '#store/db.ts'

/** The sums that a pilot's figures are made of, as they are stored; `stepId` is '' for cases as a whole. */
export type Rollups = {
  count: (stepId: string, counter: string) => number
  /** The same with the steps of the map that the step contains, whose ids begin with its own. */
  countWithin: (stepId: string, counter: string) => number
  /** All counters of a step that begin so, by what follows. */
  countsBy: (stepId: string, prefix: string) => Map<string, number>
  durations: (stepId: string, measure: Measure) => BucketCounts
  /** Leads by week, coarse. */
  weeklyLeads: (stepId: string) => Map<string, BucketCounts>
}

const CountRow = z.object({ step_id: z.string(), counter: z.string(), n: z.number() })
const BucketRow = z.object({
  step_id: z.string(),
  measure: z.string(),
  bucket: z.number(),
  n: z.number(),
})
const WeekRow = z.object({ step_id: z.string(), week: z.string(), bucket: z.number(), n: z.number() })

/** Reads a pilot's rollups, all or those of some steps: rows grow with steps, days and durations, never with events. */
export async function readRollups(
  db: Db,
  pilotId: string,
  stepIds: string[] | null = null,
): Promise<Rollups> {
  const onlySteps = stepIds === null ? sql`true` : sql`split_part(step_id, '/', 1) = any(${stepIds})`
  const [counts, buckets, weeks] = await Promise.all([
    rows(
      db,
      CountRow,
      sql`select step_id, counter, sum(n) as n from step_day
        where pilot_id = ${pilotId} and ${onlySteps} group by step_id, counter`,
    ),
    rows(
      db,
      BucketRow,
      sql`select step_id, measure, bucket, n from step_duration where pilot_id = ${pilotId} and ${onlySteps}`,
    ),
    rows(
      db,
      WeekRow,
      sql`select step_id, week, bucket, n from step_week where pilot_id = ${pilotId} and ${onlySteps} order by week`,
    ),
  ])
  const totals = new Map<string, Map<string, number>>()
  for (const row of counts) {
    const ofStep = totals.get(row.step_id) ?? new Map<string, number>()
    totals.set(row.step_id, ofStep.set(row.counter, row.n))
  }
  const durations = new Map<string, Map<number, number>>()
  for (const row of buckets) {
    const key = `${row.measure} ${row.step_id}`
    const histogram = durations.get(key) ?? new Map<number, number>()
    durations.set(key, histogram.set(row.bucket, row.n))
  }
  const byStep = new Map<string, Map<string, Map<number, number>>>()
  for (const row of weeks) {
    const ofStep = byStep.get(row.step_id) ?? new Map<string, Map<number, number>>()
    byStep.set(row.step_id, ofStep)
    const histogram = ofStep.get(row.week) ?? new Map<number, number>()
    ofStep.set(row.week, histogram.set(middleOfWide(row.bucket), row.n))
  }
  return {
    count: (step, counter) => totals.get(step)?.get(counter) ?? 0,
    countWithin: (step, counter) =>
      [...totals]
        .filter(([id]) => id === step || id.startsWith(`${step}/`))
        .reduce((sum, [, ofStep]) => sum + (ofStep.get(counter) ?? 0), 0),
    countsBy: (step, prefix) =>
      new Map(
        [...(totals.get(step) ?? [])]
          .filter(([counter]) => counter.startsWith(prefix))
          .map(([counter, n]) => [counter.slice(prefix.length), n]),
      ),
    durations: (step, measure) => durations.get(`${measure} ${step}`) ?? new Map<number, number>(),
    weeklyLeads: (step) => byStep.get(step) ?? new Map<string, BucketCounts>(),
  }
}
