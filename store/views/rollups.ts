import { z } from 'zod'
import type { BucketCounts } from '#domain/measure/histogram.ts'
import type { Measure } from '#domain/rollup.ts'
import { rows, sql, type Db } from '#store/db.ts'

/** The sums that a pilot's figures are made of, as they are stored; `stepId` is '' for cases as a whole. */
export type Rollups = {
  count: (stepId: string, counter: string) => number
  /** All counters of a step that begin so, by what follows. */
  countsBy: (stepId: string, prefix: string) => Map<string, number>
  durations: (stepId: string, measure: Measure) => BucketCounts
  weekly: (stepId: string, measure: Measure) => Map<string, BucketCounts>
}

const CountRow = z.object({ step_id: z.string(), counter: z.string(), n: z.number() })
const BucketRow = z.object({
  step_id: z.string(),
  measure: z.string(),
  week: z.string(),
  bucket: z.number(),
  n: z.number(),
})

/** Reads a pilot's rollups, all or those of one step: rows grow with steps, days and durations, never with events. */
export async function readRollups(db: Db, pilotId: string, stepId: string | null = null): Promise<Rollups> {
  const onlyStep = stepId === null ? sql`true` : sql`step_id = ${stepId}`
  const [counts, buckets] = await Promise.all([
    rows(
      db,
      CountRow,
      sql`select step_id, counter, sum(n) as n from step_day
        where pilot_id = ${pilotId} and ${onlyStep} group by step_id, counter`,
    ),
    rows(
      db,
      BucketRow,
      sql`select step_id, measure, week, bucket, n from step_week_duration
        where pilot_id = ${pilotId} and ${onlyStep}`,
    ),
  ])
  const totals = new Map<string, Map<string, number>>()
  for (const row of counts) {
    const ofStep = totals.get(row.step_id) ?? new Map<string, number>()
    totals.set(row.step_id, ofStep.set(row.counter, row.n))
  }
  const byWeek = new Map<string, Map<string, Map<number, number>>>()
  for (const row of buckets) {
    const key = `${row.measure} ${row.step_id}`
    const weeks = byWeek.get(key) ?? new Map<string, Map<number, number>>()
    byWeek.set(key, weeks)
    const histogram = weeks.get(row.week) ?? new Map<number, number>()
    weeks.set(row.week, histogram.set(row.bucket, (histogram.get(row.bucket) ?? 0) + row.n))
  }
  const weekly = (step: string, measure: Measure): Map<string, BucketCounts> => {
    const weeks = byWeek.get(`${measure} ${step}`) ?? new Map<string, BucketCounts>()
    return new Map([...weeks].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }
  return {
    count: (step, counter) => totals.get(step)?.get(counter) ?? 0,
    countsBy: (step, prefix) =>
      new Map(
        [...(totals.get(step) ?? [])]
          .filter(([counter]) => counter.startsWith(prefix))
          .map(([counter, n]) => [counter.slice(prefix.length), n]),
      ),
    weekly,
    durations: (step, measure) => {
      const sum = new Map<number, number>()
      for (const histogram of weekly(step, measure).values()) {
        for (const [bucket, n] of histogram) sum.set(bucket, (sum.get(bucket) ?? 0) + n)
      }
      return sum
    },
  }
}
