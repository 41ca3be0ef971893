import { expect, test } from 'vitest'
import { z } from 'zod'
import { isLittleSuspicious, little } from '#domain/measure/little.ts'
import { caseSpan } from '#domain/measure/log-figures.ts'
import { ascending, mean, quantile } from '#domain/measure/quantiles.ts'
import { pairedCases } from '#domain/measure/step-runs.ts'
import { isInWindow } from '#domain/measure/time-windows.ts'
import { describeWithReference, isClose, reference } from './reference-data.ts'
import { readReferenceLog } from './reference-log.ts'

const window = { from: 0, to: 100 }

test('an open case counts as open to the end of the window', () => {
  const figures = little([{ from: 50, to: null }], window)

  expect(figures).toMatchObject({ averageOpen: 0.5, exits: 0, meanCycleMs: null, ratio: null })
})

test('a flow whose endings are missing is suspicious, once ten cases ended', () => {
  const ended = Array.from({ length: 10 }, (_, i) => ({ from: i * 10, to: i * 10 + 5 }))
  const neverEnding = { from: 0, to: null }

  expect(isLittleSuspicious(little(ended, window))).toBe(false)
  expect(isLittleSuspicious(little([...ended, neverEnding], window))).toBe(true)
  expect(isLittleSuspicious(little([...ended.slice(1), neverEnding], window))).toBe(false)
})

test('an open case touches every later window but is completed in none', () => {
  const open = { from: 10, to: null }

  expect(isInWindow(open, { from: 50, to: 60 }, 'touching')).toBe(true)
  expect(isInWindow(open, window, 'started-in')).toBe(true)
  expect(isInWindow(open, window, 'completed-in')).toBe(false)
})

describeWithReference("windows and Little's law against the reference", () => {
  const Figures = z.object({ n: z.number(), mean: z.number(), median: z.number(), p90: z.number() })
  const { windows } = reference(
    'measurement_ground_truth_dev.json',
    z.object({
      windows: z.array(
        z.object({
          log: z.string(),
          window: z.tuple([z.string(), z.string()]),
          started_in: Figures,
          completed_in: Figures,
          contained_in: Figures,
          touching: Figures,
          little: z.object({
            L_avg_wip: z.number(),
            departures: z.number(),
            lambda_per_day: z.number(),
            W_mean_s: z.number(),
            ratio: z.number(),
          }),
        }),
      ),
    }),
  )

  test.each(windows)('$log', (entry) => {
    const span = { from: Date.parse(entry.window[0]), to: Date.parse(entry.window[1]) }
    const stays = pairedCases(readReferenceLog(entry.log).rows).map(({ runs }) => caseSpan(runs))
    const rules = [
      ['started-in', entry.started_in],
      ['completed-in', entry.completed_in],
      ['contained', entry.contained_in],
      ['touching', entry.touching],
    ] as const

    for (const [rule, truth] of rules) {
      const seconds = ascending(
        stays.filter((stay) => isInWindow(stay, span, rule)).map((s) => (s.to - s.from) / 1000),
      )
      expect(seconds.length).toBe(truth.n)
      expect(isClose(mean(seconds), truth.mean, 1e-9)).toBe(true)
      expect(isClose(quantile(seconds, 0.5), truth.median, 1e-9)).toBe(true)
      expect(isClose(quantile(seconds, 0.9), truth.p90, 1e-9)).toBe(true)
    }

    const found = little(stays, span)
    expect(isClose(found.averageOpen, entry.little.L_avg_wip, 1e-9)).toBe(true)
    expect(found.exits).toBe(entry.little.departures)
    expect(isClose(found.exitsPerDay, entry.little.lambda_per_day, 1e-9)).toBe(true)
    expect(isClose((found.meanCycleMs ?? 0) / 1000, entry.little.W_mean_s, 1e-9)).toBe(true)
    expect(isClose(found.ratio, entry.little.ratio, 1e-9)).toBe(true)
  })
})
