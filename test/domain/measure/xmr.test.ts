import { expect, test } from 'vitest'
import { z } from 'zod'
import { xmrLimits, xmrMedianLimits, xmrSignals } from '#domain/measure/xmr.ts'
import { describeWithReference, isClose, reference } from './reference-data.ts'

const limits = { centre: 10, meanRange: 1, low: 7, high: 13, rangeLimit: 3 }

test('a single point has no limits', () => {
  expect(xmrLimits([4])).toBeNull()
  expect(xmrMedianLimits([])).toBeNull()
})

test('a quiet series gives no signal', () => {
  expect(xmrSignals([10, 11, 9, 10, 11, 9, 10, 11], limits)).toEqual([])
})

test('a point outside the limits is a signal at once', () => {
  expect(xmrSignals([10, 13.5], limits)).toEqual([{ index: 1, kind: 'outside-limits' }])
})

test('eight points on one side are a signal on the eighth; a point on the centre breaks the run', () => {
  expect(xmrSignals(Array(8).fill(10.5), limits)).toEqual([{ index: 7, kind: 'run-of-eight' }])
  expect(xmrSignals([10.5, 10.5, 10.5, 10, 10.5, 10.5, 10.5, 10.5, 10.5], limits)).toEqual([])
})

test('three of four nearer the same limit than the centre are a signal', () => {
  expect(xmrSignals([12, 10, 12, 12], limits)).toEqual([{ index: 3, kind: 'three-of-four-near-limit' }])
  expect(xmrSignals([12, 8, 12, 8], limits)).toEqual([])
})

describeWithReference('behaviour charts against the reference', () => {
  const Numbers = z.array(z.number())
  const Limits = { x: Numbers, centre: z.number(), mr_bar: z.number(), unpl: z.number(), lnpl: z.number() }
  const truth = reference(
    'stats_ground_truth_R.json',
    z.object({
      xmr_small: z.object({ ...Limits, url: z.number() }),
      xmr_weekly: z.object({
        ...Limits,
        url: z.number(),
        median_centre: z.number(),
        mr_median: z.number(),
        unpl_med: z.number(),
        lnpl_med: z.number(),
        url_med: z.number(),
      }),
    }),
  )

  test.each([truth.xmr_small, truth.xmr_weekly])('limits from means', (entry) => {
    const found = xmrLimits(entry.x)

    expect(isClose(found?.centre ?? null, entry.centre, 1e-9)).toBe(true)
    expect(isClose(found?.meanRange ?? null, entry.mr_bar, 1e-9)).toBe(true)
    expect(isClose(found?.high ?? null, entry.unpl, 1e-9)).toBe(true)
    expect(isClose(found?.low ?? null, entry.lnpl, 1e-9)).toBe(true)
    expect(isClose(found?.rangeLimit ?? null, entry.url, 1e-9)).toBe(true)
  })

  test('limits from medians', () => {
    const entry = truth.xmr_weekly

    const found = xmrMedianLimits(entry.x)

    expect(isClose(found?.centre ?? null, entry.median_centre, 1e-9)).toBe(true)
    expect(isClose(found?.meanRange ?? null, entry.mr_median, 1e-9)).toBe(true)
    expect(isClose(found?.high ?? null, entry.unpl_med, 1e-9)).toBe(true)
    expect(isClose(found?.low ?? null, entry.lnpl_med, 1e-9)).toBe(true)
    expect(isClose(found?.rangeLimit ?? null, entry.url_med, 1e-9)).toBe(true)
  })
})
