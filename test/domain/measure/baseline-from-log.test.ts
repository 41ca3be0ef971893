import { describe, expect, test } from 'vitest'
import { BaselineFigures } from '#domain/measure/baseline.ts'
import { baselineFrom, type BaselineChoices } from '#domain/measure/baseline-from-log.ts'
import type { LogRow } from '#domain/measure/event-log.ts'
import { officeHours } from '#domain/measure/working-time.ts'
import { z } from 'zod'
import { describeWithReference, reference } from './reference-data.ts'
import { readReferenceLog } from './reference-log.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const monday = Date.parse('2026-01-05T00:00:00Z')

const plain: BaselineChoices = {
  stepNames: { Check: 'check', Pay: 'pay', Return: 'return' },
  calendar: null,
  exceptionSteps: [],
  refusedRows: 0,
}

let nextRow = 2

function logRow(
  caseId: string,
  activity: string,
  of: { start: number | null; end: number; enabled?: number },
): LogRow {
  return {
    row: nextRow++,
    caseId,
    activity,
    startMs: of.start === null ? null : monday + of.start,
    endMs: monday + of.end,
    enabledMs: of.enabled === undefined ? null : monday + of.enabled,
    resource: 'Ann',
    lifecycle: null,
    instanceId: null,
  }
}

/** A case a day at 16:00: checked for half an hour, paid for an hour on the next morning at ten. */
function dailyCases(count: number): LogRow[] {
  return Array.from({ length: count }, (_, day) => [
    logRow(`c${day}`, 'Check', { start: day * DAY + 16 * HOUR, end: day * DAY + 16.5 * HOUR }),
    logRow(`c${day}`, 'Pay', { start: (day + 1) * DAY + 10 * HOUR, end: (day + 1) * DAY + 11 * HOUR }),
  ]).flat()
}

describe('a baseline from a log', () => {
  test('of no rows is none', () => {
    expect(baselineFrom([], plain)).toBeNull()
  })

  test('fits its own schema and survives JSON', () => {
    const figures = baselineFrom(dailyCases(40), { ...plain, calendar: officeHours({ zone: 'UTC' }) })

    expect(BaselineFigures.parse(JSON.parse(JSON.stringify(figures)))).toEqual(figures)
  })

  test('has cycle, touch and wait by the wall and by the working calendar', () => {
    const figures = baselineFrom(dailyCases(4 * 7), { ...plain, calendar: officeHours({ zone: 'UTC' }) })

    expect(figures?.cycle.elapsed.medianMs).toBe(19 * HOUR)
    expect(figures?.cycle.working?.medianMs).toBe(3 * HOUR)
    expect(figures?.touch?.medianMs).toBe(1.5 * HOUR)
    expect(figures?.flowEfficiency).toBeCloseTo(1.5 / 19, 12)
    const pay = figures?.steps.find((step) => step.stepId === 'pay')
    expect(pay?.wait?.elapsed.medianMs).toBe(17.5 * HOUR)
    expect(pay?.wait?.working?.medianMs).toBe(1.5 * HOUR)
    expect(pay?.lead.elapsed.medianMs).toBe(18.5 * HOUR)
    expect(pay?.touch?.medianMs).toBe(HOUR)
    // Two days of seven are weekend: two checks and two payments of each week, 3 of 10.5 hours.
    expect(figures?.touchOutsideHoursShare).toBeCloseTo(2 / 7, 12)
    expect(figures?.evidence.cannotProve.at(-1)).toContain('29% of it lies outside working hours')
  })

  test('waiting of the first step is known only when the log says since when', () => {
    const silent = baselineFrom(dailyCases(6), plain)
    const recorded = baselineFrom(
      Array.from({ length: 6 }, (_, i) =>
        logRow(`c${i}`, 'Check', { enabled: 0, start: HOUR, end: 2 * HOUR }),
      ),
      plain,
    )

    expect(silent?.steps.find((step) => step.stepId === 'check')?.wait).toBeNull()
    expect(recorded?.steps[0]?.wait?.elapsed.medianMs).toBe(HOUR)
    expect(recorded?.steps[0]?.lead.elapsed.medianMs).toBe(2 * HOUR)
  })

  test('with one stamp per row has no touch, wait or flow efficiency, and says so', () => {
    const rows = dailyCases(40).map((row) => ({ ...row, startMs: null }))

    const figures = baselineFrom(rows, plain)

    expect(figures).toMatchObject({ touch: null, flowEfficiency: null, touchOutsideHoursShare: null })
    expect(figures?.steps.map((step) => [step.stepId, step.touch, step.wait])).toEqual([
      ['check', null, null],
      ['pay', null, null],
    ])
    expect(figures?.steps[1]?.lead.elapsed.medianMs).toBe(18.5 * HOUR)
    expect(figures?.steps[0]?.lead.elapsed.n).toBe(0)
    expect(figures?.evidence.cannotProve[0]).toBe(
      'How much hands-on time was spent: the log has one time per step.',
    )
  })

  test('names the activities that belong to no step', () => {
    const figures = baselineFrom(dailyCases(6), { ...plain, stepNames: { Check: 'check', Pay: null } })

    expect(figures?.unmatched).toEqual([{ activity: 'Pay', runs: 6 }])
    expect(figures?.steps.map((step) => step.stepId)).toEqual(['check'])
  })

  test('an activity called like a part of the language is just a name', () => {
    const figures = baselineFrom([logRow('1', 'constructor', { start: 0, end: 1 })], plain)

    expect(figures?.unmatched).toEqual([{ activity: 'constructor', runs: 1 }])
  })

  test('counts cases that repeat an activity, not cases whose activities share a step', () => {
    const rows = [
      ...['Check', 'Pay', 'Check'].map((name, i) => logRow('again', name, { start: i, end: i })),
      ...['Check', 'Recheck'].map((name, i) => logRow('once', name, { start: i, end: i })),
    ]

    const figures = baselineFrom(rows, {
      ...plain,
      stepNames: { Check: 'check', Recheck: 'check', Pay: 'pay' },
    })

    expect(figures?.rework).toMatchObject({ count: 1, of: 2, share: 0.5 })
    expect(figures?.steps[0]).toMatchObject({
      stepId: 'check',
      activities: ['Check', 'Recheck'],
      n: 4,
      cases: 2,
    })
  })

  test('knows the share of exceptions only when steps are marked as such', () => {
    const rows = [...dailyCases(3), logRow('c0', 'Return', { start: 0, end: HOUR })]

    expect(baselineFrom(rows, plain)?.exceptions).toBeNull()
    expect(baselineFrom(rows, { ...plain, exceptionSteps: ['return'] })?.exceptions).toMatchObject({
      count: 1,
      of: 3,
    })
  })

  test('shows no median of five cases and no p90 of twenty-eight', () => {
    const five = baselineFrom(dailyCases(5), plain)
    const many = baselineFrom(dailyCases(28), plain)

    expect(five?.cycle.elapsed).toMatchObject({ n: 5, medianMs: null, meanMs: null, p90Ms: null })
    expect(many?.cycle.elapsed).toMatchObject({ n: 28, medianMs: 19 * HOUR, p90Ms: null })
    expect(baselineFrom(dailyCases(29), plain)?.cycle.elapsed.p90HighMs).toBe(19 * HOUR)
  })

  test('has a weekly throughput only of a week or more', () => {
    expect(baselineFrom(dailyCases(4), plain)?.throughputPerWeek).toBeNull()
    expect(baselineFrom(dailyCases(70), plain)?.throughputPerWeek).toBeCloseTo(7, 0)
  })
})

describe('the grade of an imported log', () => {
  const gradeOf = (rows: LogRow[], refusedRows = 0) => baselineFrom(rows, { ...plain, refusedRows })?.evidence

  test('is B for a steady log of thirty cases or more, never A', () => {
    const evidence = gradeOf(dailyCases(120))

    expect(evidence?.grade).toBe('B')
    expect(evidence?.reasons).toEqual([
      '120 finished cases were imported; grade B needs 30.',
      'The window is that of the file: 5 Jan 2026 to 5 May 2026.',
      'No row was refused.',
      'Cycle time was steady over 16 weeks.',
      'Not grade A: no cases were worked by hand side by side with the pilot.',
    ])
  })

  test('is C below thirty cases and D below fifteen', () => {
    expect(gradeOf(dailyCases(29))).toMatchObject({
      grade: 'C',
      reasons: expect.arrayContaining(['Only 29 finished cases were imported; grade B needs 30.']),
    })
    expect(gradeOf(dailyCases(14))?.grade).toBe('D')
  })

  test('is C when more than one row of twenty was refused', () => {
    expect(gradeOf(dailyCases(120), 12)?.grade).toBe('B')
    expect(gradeOf(dailyCases(120), 13)).toMatchObject({
      grade: 'C',
      reasons: expect.arrayContaining(['13 of 253 rows were refused, more than the 5% that grade B allows.']),
    })
  })

  test('is C when cycle time moved during the window', () => {
    const slower = dailyCases(140).map((row) =>
      row.endMs - monday > 100 * DAY && row.activity === 'Pay'
        ? { ...row, endMs: row.endMs + 30 * HOUR }
        : row,
    )

    const evidence = gradeOf(slower)

    expect(evidence?.grade).toBe('C')
    expect(evidence?.reasons[3]).toContain('Cycle time was not steady')
  })

  test('is not lowered by the broken weeks at both ends of a file', () => {
    const stragglers = Array.from({ length: 9 }, (_, i) =>
      logRow(`late${i}`, 'Check', { start: 0, end: 119.8 * DAY + i * HOUR }),
    )

    expect(gradeOf([...dailyCases(119), ...stragglers])?.grade).toBe('B')
  })

  test('admits when too few weeks show whether the flow was steady', () => {
    const evidence = gradeOf(dailyCases(40))

    expect(evidence?.grade).toBe('B')
    expect(evidence?.reasons[3]).toBe(
      'Whether cycle time was steady cannot be checked: 4 whole weeks have 5 finished cases or more, 12 are needed.',
    )
  })
})

describeWithReference('baselines of the reference logs', () => {
  const Figures = z.object({ median: z.number(), p90: z.number(), mean: z.number() })
  const { logs } = reference(
    'ground_truth_dev.json',
    z.object({
      logs: z.record(
        z.string(),
        z.object({
          cases: z.number(),
          events: z.number(),
          case_duration_s: Figures,
          rework_cases: z.number(),
          per_activity: z.record(z.string(), z.object({ events: z.number(), service_s: Figures.nullish() })),
        }),
      ),
    }),
  )

  test.each(['insurance_claims_train.csv.gz', 'loanapp_simplified_train.csv.gz', 'patients.csv.gz'])(
    '%s',
    (file) => {
      const truth = logs[file]
      if (!truth) throw new Error(`no figures for ${file}`)
      const names = Object.keys(truth.per_activity)

      const figures = baselineFrom(readReferenceLog(file).rows, {
        ...plain,
        stepNames: Object.fromEntries(names.map((name) => [name, name])),
      })

      const near = (ms: number | null | undefined, seconds: number): void =>
        expect(Math.abs((ms ?? Number.NaN) / 1000 - seconds)).toBeLessThanOrEqual(0.001)
      expect(figures).toMatchObject({ cases: truth.cases, runs: truth.events, unmatched: [] })
      near(figures?.cycle.elapsed.medianMs, truth.case_duration_s.median)
      near(figures?.cycle.elapsed.p90Ms, truth.case_duration_s.p90)
      near(figures?.cycle.elapsed.meanMs, truth.case_duration_s.mean)
      expect(figures?.rework.count).toBe(truth.rework_cases)
      for (const name of names) {
        const step = figures?.steps.find(({ stepId }) => stepId === name)
        const expected = truth.per_activity[name]
        expect(step?.n).toBe(expected?.events)
        if (expected?.service_s) near(step?.touch?.medianMs, expected.service_s.median)
      }
    },
  )
})
