import { expect, test } from 'vitest'
import { activeMs, handsOnMs, unionMs } from '#domain/measure/active-time.ts'
import type { LogRow, StepRun } from '#domain/measure/event-log.ts'
import { pairedCase, pairedCases } from '#domain/measure/step-runs.ts'

let nextRow = 2

function logRow(of: Partial<LogRow> & { endMs: number }): LogRow {
  const blank = {
    caseId: '1',
    activity: 'Check',
    startMs: null,
    enabledMs: null,
    resource: null,
    lifecycle: null,
  }
  return { ...blank, row: nextRow++, instanceId: null, ...of }
}

const event = (lifecycle: string, endMs: number, more: Partial<LogRow> = {}): LogRow =>
  logRow({ lifecycle, endMs, ...more })

function spans(rows: LogRow[]): [number | null, number][] {
  return pairedCase('1', rows).runs.map((run) => [run.startMs, run.endMs])
}

test('cases keep the order of the file; rows of a case are ordered by time, ties by place in the file', () => {
  const cases = pairedCases([
    logRow({ caseId: 'b', activity: 'Late', endMs: 9 }),
    logRow({ caseId: 'a', endMs: 1 }),
    logRow({ caseId: 'b', activity: 'First', endMs: 5 }),
    logRow({ caseId: 'b', activity: 'Second', endMs: 5 }),
  ])

  expect(cases.map(({ caseId }) => caseId)).toEqual(['b', 'a'])
  expect(cases[0]?.runs.map((run) => run.activity)).toEqual(['First', 'Second', 'Late'])
})

test('start and complete rows are joined by their instance', () => {
  const rows = [
    event('start', 0, { instanceId: 'x' }),
    event('start', 10, { instanceId: 'y' }),
    event('complete', 20, { instanceId: 'y' }),
    event('complete', 50, { instanceId: 'x' }),
  ]

  expect(spans(rows)).toEqual([
    [0, 50],
    [10, 20],
  ])
})

test('without instances the first started is the first completed, per activity', () => {
  const rows = [
    event('start', 0),
    event('start', 5, { activity: 'Pay' }),
    event('start', 10),
    event('complete', 20),
    event('complete', 25, { activity: 'Pay' }),
    event('complete', 50),
  ]

  expect(spans(rows)).toEqual([
    [0, 20],
    [5, 25],
    [10, 50],
  ])
})

test('work that starts and completes at one instant is a run of no length, whatever the order of its rows', () => {
  expect(spans([event('complete', 7), event('start', 7)])).toEqual([[7, 7]])
})

test('a start without an end and an end without a start are counted', () => {
  const paired = pairedCase('1', [
    event('complete', 5),
    event('start', 10, { activity: 'Pay' }),
    event('start', 20, { activity: 'File' }),
    event('complete', 30, { activity: 'File' }),
  ])

  expect(paired.unpaired).toBe(2)
  expect(paired.runs.map((run) => [run.activity, run.startMs, run.endMs])).toEqual([
    ['Check', null, 5],
    ['File', 20, 30],
  ])
})

test('scheduling enables, suspending cuts hands-on time, a withdrawn step is no run', () => {
  const paired = pairedCase('1', [
    event('schedule', 0),
    event('assign', 2),
    event('start', 10, { resource: 'Ann' }),
    event('suspend', 20),
    event('resume', 50),
    event('complete', 60),
    event('start', 70, { activity: 'Pay' }),
    event('withdraw', 80, { activity: 'Pay' }),
  ])
  const [run] = paired.runs

  expect(paired.runs).toHaveLength(1)
  expect(run).toMatchObject({ enabledMs: 0, startMs: 10, endMs: 60, resource: 'Ann' })
  expect(run && activeMs(run)).toBe(20)
  expect(paired.unpaired).toBe(0)
})

test('a log whose rows all say complete has one stamp per row', () => {
  const paired = pairedCase('1', [event('complete', 5), event('complete', 9)])

  expect(paired.runs.map((run) => run.startMs)).toEqual([null, null])
  expect(paired.unpaired).toBe(0)
})

function stepRun(resource: string | null, startMs: number | null, endMs: number): StepRun {
  return { row: 2, activity: 'Check', enabledMs: null, startMs, endMs, pauses: [], resource }
}

test('one person in two places works once; two people work twice', () => {
  const byOne = [stepRun('Ann', 0, 10), stepRun('Ann', 5, 20)]
  const byTwo = [stepRun('Ann', 0, 10), stepRun('Bob', 5, 20)]
  const unnamed = [stepRun(null, 0, 10), stepRun(null, 5, 20)]

  expect(handsOnMs(byOne)).toBe(20)
  expect(handsOnMs(byTwo)).toBe(25)
  expect(handsOnMs(unnamed)).toBe(25)
  expect([byOne, byTwo, unnamed].map(unionMs)).toEqual([20, 20, 20])
})

test('hands-on time is not known when one start is missing', () => {
  expect(handsOnMs([stepRun('Ann', 0, 10), stepRun('Bob', null, 20)])).toBeNull()
  expect(handsOnMs([])).toBeNull()
})
