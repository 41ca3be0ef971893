import { describe, expect, test } from 'vitest'
import { baselineFrom } from '#domain/measure/baseline-from-log.ts'
import { matchStepNames } from '#domain/measure/match-step-names.ts'
import { ascending, quantile } from '#domain/measure/quantiles.ts'
import { workingClock } from '#domain/measure/working-time.ts'
import { samples } from '#samples/index.ts'
import type { ManualLogParameters } from '#samples/manual-log.ts'

type Row = {
  caseId: string
  activity: string
  start: number
  end: number
  resource: string
  stamps: string[]
}
type LoggedCase = { start: number; end: number; touchMs: number; activities: string[] }

const header = 'case_id,activity,start_time,end_time,resource'

function read(csv: string): { header: string; rows: Row[] } {
  const [first = '', ...lines] = csv.trimEnd().split('\n')
  const rows = lines.map((line) => {
    const [caseId = '', activity = '', start = '', end = '', resource = '', ...more] = line.split(',')
    if (more.length > 0) throw new Error(`a comma too many: ${line}`)
    return {
      caseId,
      activity,
      start: Date.parse(start),
      end: Date.parse(end),
      resource,
      stamps: [start, end],
    }
  })
  return { header: first, rows }
}

function casesOf(rows: Row[]): LoggedCase[] {
  const cases = new Map<string, LoggedCase>()
  for (const { caseId, activity, start, end } of rows) {
    const known = cases.get(caseId) ?? { start, end, touchMs: 0, activities: [] }
    cases.set(caseId, {
      start: Math.min(known.start, start),
      end: Math.max(known.end, end),
      touchMs: known.touchMs + end - start,
      activities: [...known.activities, activity],
    })
  }
  return [...cases.values()]
}

function median(values: number[]): number {
  return quantile(ascending(values), 0.5) ?? Number.NaN
}

function within(actual: number, stated: number, share: number): void {
  expect(actual).toBeGreaterThan(stated * (1 - share))
  expect(actual).toBeLessThan(stated * (1 + share))
}

function detours(parameters: ManualLogParameters): { what: string; share: number; first: string }[] {
  return parameters.stages.flatMap((stage) =>
    stage.kind === 'sometimes'
      ? [{ what: stage.what, share: stage.share, first: stage.activities[0]?.activity ?? '' }]
      : [],
  )
}

const seeds = [1, 7, 2026, 4_000_000_000]

describe.each(samples)('the manual log of $name', ({ map, baselineCsv, stepNames, parameters }) => {
  test('is the same for the same seed and another for another seed', () => {
    expect(baselineCsv(7)).toBe(baselineCsv(7))
    expect(baselineCsv(7)).not.toBe(baselineCsv(8))
  })

  test.each(seeds)('has the stated number of cases and medians with seed %i', (seed) => {
    const cases = casesOf(read(baselineCsv(seed)).rows)

    expect(cases.length).toBe(parameters.cases)
    expect(cases.length).toBeGreaterThanOrEqual(100)
    within(median(cases.map(({ touchMs }) => touchMs / 60_000)), parameters.medianTouchMinutes, 0.1)
    within(median(cases.map(({ start, end }) => (end - start) / 3_600_000)), parameters.medianCycleHours, 0.1)
  })

  test.each(seeds)('has work only inside working hours, in one sitting, with seed %i', (seed) => {
    const { rows } = read(baselineCsv(seed))
    const clock = workingClock(map.calendar)

    for (const { start, end } of rows) {
      expect(end).toBeGreaterThan(start)
      expect(clock.workingMs(start, end)).toBe(end - start)
    }
  })

  test('never has one person doing two things at once', () => {
    const { rows } = read(baselineCsv(7))
    const ends = new Map<string, number>()

    for (const { resource, start, end } of rows.toSorted((a, b) => a.start - b.start)) {
      expect(start).toBeGreaterThanOrEqual(ends.get(resource) ?? 0)
      ends.set(resource, end)
    }
    expect(ends.size).toBeGreaterThanOrEqual(5)
  })

  test('spreads its starts over the stated weeks and lies in the past as a whole', () => {
    const cases = casesOf(read(baselineCsv(7)).rows)
    const opens = Date.parse(parameters.firstDay)
    const starts = cases.map(({ start }) => (start - opens) / (7 * 86_400_000))

    expect(Math.min(...starts)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...starts)).toBeLessThanOrEqual(parameters.weeks)
    expect(Math.max(...starts)).toBeGreaterThan(parameters.weeks * 0.9)
    expect(Math.max(...cases.map(({ end }) => end))).toBeLessThan(Date.parse('2026-11-20'))
  })

  test('says in every row and in its statement that it is sample data', () => {
    const log = read(baselineCsv(7))

    expect(log.header).toBe(header)
    expect(parameters.statement).toMatch(/^Sample data/)
    for (const { caseId, resource, stamps } of log.rows) {
      expect(caseId).toMatch(/^SAMPLE-[A-Z]{2}-\d{4}$/)
      expect(resource).toMatch(/ \(sample\)$/)
      for (const stamp of stamps) expect(stamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/)
    }
  })

  test('names activities that all belong to steps of the map, most under another name', () => {
    const logged = new Set(read(baselineCsv(7)).rows.map(({ activity }) => activity))
    const titles = new Map(map.steps.map(({ id, title }) => [id, title]))
    const same = Object.entries(stepNames).filter(([activity, step]) => titles.get(step) === activity)

    expect([...logged].toSorted()).toEqual(Object.keys(stepNames).toSorted())
    expect(Object.values(stepNames).filter((step) => !titles.has(step))).toEqual([])
    expect(same.length).toBeLessThan(Object.keys(stepNames).length / 2)
  })

  test('takes each detour in exactly the stated share of its cases', () => {
    const cases = casesOf(read(baselineCsv(7)).rows)
    const plain = new Set(
      parameters.stages.flatMap((stage) => (stage.kind === 'always' ? [stage.activity.activity] : [])),
    )

    for (const { share, first } of detours(parameters)) {
      const least = plain.has(first) ? 2 : 1
      const taken = cases.filter(
        ({ activities }) => activities.filter((activity) => activity === first).length >= least,
      )
      expect(taken.length).toBe(Math.round(share * parameters.cases))
    }
    expect(detours(parameters).map(({ what }) => what)).toEqual(
      expect.arrayContaining(map.exceptions.map(({ name }) => name)),
    )
  })

  test('imports as a measured baseline with the stated figures', () => {
    const { rows } = read(baselineCsv(7))

    const figures = baselineFrom(
      rows.map(({ caseId, activity, start, end, resource }, index) => ({
        row: index + 2,
        caseId,
        activity,
        startMs: start,
        endMs: end,
        enabledMs: null,
        resource,
        lifecycle: null,
        instanceId: null,
      })),
      {
        stepNames,
        calendar: map.calendar,
        exceptionSteps: map.steps.filter(({ lane }) => lane !== null).map(({ id }) => id),
        refusedRows: 0,
      },
    )

    if (figures === null) throw new Error('the log holds no case')
    within((figures.touch?.medianMs ?? 0) / 60_000, parameters.medianTouchMinutes, 0.1)
    within((figures.cycle.elapsed.medianMs ?? 0) / 3_600_000, parameters.medianCycleHours, 0.1)
    expect(figures.unmatched).toEqual([])
    expect(figures.touchOutsideHoursShare).toBe(0)
    expect(figures.exceptions?.share).toBeGreaterThan(0.2)
    expect(figures.exceptions?.share).toBeLessThan(0.32)
  })

  test('gives the matching of names something to do: most are found, some need a person', () => {
    const steps = map.steps.map(({ id, title }) => ({ id, name: title }))
    const matches = matchStepNames(Object.keys(stepNames), steps)
    const right = matches.filter(({ activity, stepId }) => stepId === stepNames[activity])

    expect(right.length).toBeGreaterThanOrEqual(matches.length / 2)
    expect(right.length).toBeLessThan(matches.length)
  })
})
