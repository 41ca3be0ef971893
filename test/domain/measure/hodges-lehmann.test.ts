import { expect, test } from 'vitest'
import { z } from 'zod'
import { stratifiedTimeRatio, timeRatio, type Arms } from '#domain/measure/hodges-lehmann.ts'
import { describeWithReference, isClose, reference } from './reference-data.ts'

test('without cases in both arms there is no ratio', () => {
  expect(timeRatio({ manual: [], pilot: [1000] })).toBeNull()
  expect(stratifiedTimeRatio([{ name: 'a', manual: [], pilot: [1000] }])).toBeNull()
})

test('a stratum that lacks an arm drops out by name', () => {
  const both = { name: 'simple', manual: [60_000, 90_000], pilot: [30_000, 45_000] }

  const found = stratifiedTimeRatio([both, { name: 'complex', manual: [], pilot: [600_000] }])

  expect(found?.droppedStrata).toEqual(['complex'])
  expect(found?.ratio).toBeCloseTo(timeRatio(both)?.ratio ?? 0, 12)
})

test('anything under a second counts as a second', () => {
  expect(timeRatio({ manual: [1000], pilot: [0] })?.ratio).toBe(1)
})

describeWithReference('Hodges-Lehmann against the reference', () => {
  const End = z.object({ lo: z.number().nullable(), hi: z.number().nullable() })
  const Truth = z.object({
    hodges_lehmann: z.array(
      z.object({
        label: z.string(),
        manual: z.array(z.number()).optional(),
        pilot: z.array(z.number()).optional(),
        ratio: z.number(),
        ci: z.record(z.string(), End),
      }),
    ),
    hodges_lehmann_stratified: z.array(
      z.object({
        note: z.string().optional(),
        strata: z
          .array(z.object({ name: z.string(), manual: z.array(z.number()), pilot: z.array(z.number()) }))
          .optional(),
        ratio: z.number(),
        ci: z.record(z.string(), End),
      }),
    ),
  })
  const truth = reference('measurement_ground_truth_dev.json', Truth)
  const { small, two_sample } = reference(
    'stats_ground_truth_R.json',
    z.object({
      small: z.object({ baseline: z.array(z.number()), pilot: z.array(z.number()) }),
      two_sample: z.array(
        z.object({
          label: z.string(),
          hl_ratio_log: z.number(),
          hl_ratio_ci95: z.tuple([z.number(), z.number()]),
        }),
      ),
    }),
  )
  const samples = reference(
    'samples.json',
    z.record(z.string(), z.array(z.tuple([z.unknown(), z.number(), z.number(), z.number()]))),
  )

  const minutes = (values: readonly number[]): number[] => values.map((value) => value * 60_000)

  function halves(log: string, measure: 'cycle' | 'touch', factor = 1): Arms {
    const values = (samples[log] ?? []).map(
      ([, start, end, touch]) => (measure === 'touch' ? touch : end - start) * 1000,
    )
    return { manual: values.slice(0, 500), pilot: values.slice(500).map((value) => value * factor) }
  }

  function armsOf(entry: {
    label: string
    manual?: number[] | undefined
    pilot?: number[] | undefined
  }): Arms {
    if (entry.manual && entry.pilot) {
      return { manual: entry.manual.map((s) => s * 1000), pilot: entry.pilot.map((s) => s * 1000) }
    }
    if (entry.label === 'small') return { manual: minutes(small.baseline), pilot: minutes(small.pilot) }
    const log = entry.label.startsWith('insurance') ? 'insurance_claims_train' : 'loanapp_simplified_train'
    return halves(
      log,
      entry.label.includes('cycle') ? 'cycle' : 'touch',
      entry.label.includes('0.7') ? 0.7 : 1,
    )
  }

  function expectRatio(
    read: (confidence: number) => { ratio: number; low: number | null; high: number | null } | null,
    entry: { ratio: number; ci: Record<string, { lo: number | null; hi: number | null }> },
  ): void {
    for (const [confidence, { lo, hi }] of Object.entries(entry.ci)) {
      const found = read(Number(confidence))
      expect(isClose(found?.ratio ?? null, entry.ratio, 1e-9)).toBe(true)
      expect(isClose(found?.low ?? null, lo, 1e-9)).toBe(true)
      expect(isClose(found?.high ?? null, hi, 1e-9)).toBe(true)
    }
  }

  test.each(truth.hodges_lehmann)('$label', (entry) => {
    const arms = armsOf(entry)

    expectRatio((confidence) => timeRatio(arms, confidence), entry)
  })

  test.each(two_sample)('agrees with R on $label', (entry) => {
    const found = timeRatio(armsOf(entry))

    expect(isClose(found?.ratio ?? null, entry.hl_ratio_log, 1e-4)).toBe(true)
    expect(isClose(found?.low ?? null, entry.hl_ratio_ci95[0], 1e-4)).toBe(true)
    expect(isClose(found?.high ?? null, entry.hl_ratio_ci95[1], 1e-4)).toBe(true)
  })

  test('stratified: three kinds of case', () => {
    const entry = truth.hodges_lehmann_stratified[0]
    const strata = (entry?.strata ?? []).map((s) => ({
      name: s.name,
      manual: minutes(s.manual),
      pilot: minutes(s.pilot),
    }))
    expect(strata).toHaveLength(3)

    if (entry) expectRatio((confidence) => stratifiedTimeRatio(strata, confidence), entry)
  })

  test('stratified: one stratum equals none', () => {
    const entry = truth.hodges_lehmann_stratified[1]
    const only = { name: 'all', manual: minutes(small.baseline), pilot: minutes(small.pilot) }
    expect(entry?.note).toContain('one stratum')

    if (entry) expectRatio((confidence) => stratifiedTimeRatio([only], confidence), entry)
  })

  test('stratified: positions modulo 3 of the loan log', () => {
    const entry = truth.hodges_lehmann_stratified[2]
    const arms = halves('loanapp_simplified_train', 'touch', 0.7)
    const strata = [0, 1, 2].map((rest) => ({
      name: String(rest),
      manual: arms.manual.filter((_, i) => i % 3 === rest),
      pilot: arms.pilot.filter((_, i) => i % 3 === rest),
    }))
    expect(entry?.note).toContain('modulo 3')

    if (entry) expectRatio((confidence) => stratifiedTimeRatio(strata, confidence), entry)
  })
})
