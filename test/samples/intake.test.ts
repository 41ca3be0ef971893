import { describe, expect, test } from 'vitest'
import { fits } from '#domain/check-map.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import { onboardingCases } from '#samples/client-onboarding/intake.ts'
import { onboardingMap } from '#samples/client-onboarding/map.ts'
import { invoiceCases } from '#samples/invoice-exceptions/intake.ts'
import { invoiceMap } from '#samples/invoice-exceptions/map.ts'
import type { SampleCase } from '#samples/sample.ts'

const written: { map: ProcessMap; cases: SampleCase[] }[] = [
  { map: onboardingMap, cases: onboardingCases },
  { map: invoiceMap, cases: invoiceCases },
]

describe.each(written)('the cases of $map.name', ({ map, cases }) => {
  test('are thirty or more, each of them another one', () => {
    const titles = new Set(cases.map(({ values }) => values[map.titleField]))
    const contents = new Set(cases.map(({ values }) => JSON.stringify(values)))

    expect(cases.length).toBeGreaterThanOrEqual(30)
    expect(titles.size).toBe(cases.length)
    expect(contents.size).toBe(cases.length)
  })

  test('fit the intake form and leave out nothing that is required', () => {
    const asked = new Map(map.intake.map(({ field, required }) => [field, required]))

    for (const { values } of cases) {
      expect(Object.keys(values).filter((name) => !asked.has(name))).toEqual([])
      for (const [name, required] of asked) {
        const field = map.fields.find((candidate) => candidate.name === name)
        const value = values[name]
        expect(field !== undefined && value !== undefined && fits(field, value), name).toBe(true)
        if (required) expect(value).not.toBeNull()
        if (required) expect(value).not.toBe('')
      }
    }
  })

  test('have a truth that fits the fields of later steps', () => {
    for (const { truth } of cases) {
      for (const [name, value] of Object.entries(truth)) {
        const field = map.fields.find((candidate) => candidate.name === name)
        expect(field !== undefined && fits(field, value), `${name}: ${String(value)}`).toBe(true)
      }
    }
  })

  test('hold enough awkward ones, of different kinds', () => {
    const awkward = cases.flatMap((one) => (one.awkward === null ? [] : [one.awkward]))
    const text = cases.map(({ values }) => JSON.stringify(values))

    expect(awkward.length).toBeGreaterThanOrEqual(10)
    for (const kind of [/instruct the AI/, /two ways/, /capitals/i, /long e-mail/]) {
      expect(awkward.some((sentence) => kind.test(sentence))).toBe(true)
    }
    expect(text.some((json) => /[łüéА-я]/.test(json))).toBe(true)
    expect(cases.some(({ values }) => Object.values(values).includes(null))).toBe(true)
    expect(Math.max(...text.map((json) => json.length))).toBeGreaterThan(1_800)
  })
})

describe('an order in which twenty cases show every branch', () => {
  const branches: { name: string; hits: boolean[] }[] = [
    { name: 'missing papers', hits: onboardingCases.map(({ truth }) => truth['papersComplete'] === false) },
    { name: 'scope change', hits: onboardingCases.map(({ truth }) => truth['scopeChanged'] === true) },
    { name: 'duplicate', hits: invoiceCases.map(({ truth }) => truth['paidBefore'] === true) },
    {
      name: 'price mismatch',
      hits: invoiceCases.map(({ truth }) => truth['likelyReason'] === 'Price differs'),
    },
  ]

  test.each(branches)('$name occurs wherever one starts', ({ hits }) => {
    const around = [...hits, ...hits]
    const starts = hits.map((_, start) => around.slice(start, start + 20))

    expect(starts.filter((twenty) => !twenty.includes(true))).toEqual([])
  })
})
