import { describe, expect, test } from 'vitest'
import { checkMap, fits } from '#domain/check-map.ts'
import { varTypesOf } from '#domain/compile-plan.ts'
import { evaluateExpression } from '#domain/expressions.ts'
import { stepNumbers } from '#domain/graph.ts'
import { ProcessMap, type FieldValues, type ProcessMap as Map } from '#domain/process-map.ts'
import { samples } from '#samples/index.ts'
import { promptTokens } from './prompt-tokens.ts'

const numberOfSteps: Record<string, number> = { 'client-onboarding': 9, 'invoice-exceptions': 8 }
const exceptionsOf: Record<string, string[]> = {
  'client-onboarding': ['Missing papers', 'Scope change'],
  'invoice-exceptions': ['Price mismatch', 'Duplicate'],
}

function words(text: string): number {
  return text.trim().split(/\s+/).length
}

function sizeOfPrompts(map: Map, values: FieldValues): number[] {
  return map.steps.flatMap((step) => (step.kind === 'ai' ? [promptTokens({ map, step, values })] : []))
}

describe.each(samples)('the sample $name', ({ key, map, intake }) => {
  test('is a map that can be published', () => {
    const parsed = ProcessMap.safeParse(map)

    expect(parsed.error?.issues ?? []).toEqual([])
    expect(checkMap(map)).toEqual([])
  })

  test('has its number of steps on the normal path and two named exceptions', () => {
    expect(stepNumbers(map).size).toBe(numberOfSteps[key])
    expect(map.exceptions.map(({ name }) => name)).toEqual(exceptionsOf[key])
  })

  test('tells in every step that people do how it is done, in at most seven lines', () => {
    const done = map.steps.filter((step) => step.kind !== 'decision' && step.kind !== 'end')

    for (const { guidance } of done) {
      expect(guidance.lines.length).toBeGreaterThanOrEqual(2)
      expect(guidance.lines.length).toBeLessThanOrEqual(7)
      expect(guidance.goodExample).not.toBeNull()
    }
  })

  test('gives every AI step three to five examples that fit its inputs and outputs', () => {
    const aiSteps = map.steps.filter((step) => step.kind === 'ai')

    expect(aiSteps.length).toBeGreaterThanOrEqual(4)
    for (const step of aiSteps) {
      expect(step.examples.length).toBeGreaterThanOrEqual(3)
      expect(step.examples.length).toBeLessThanOrEqual(5)
      expect(step.outputs.length).toBeLessThanOrEqual(5)
      for (const { input, output } of step.examples) {
        expect(Object.keys(output).toSorted()).toEqual(step.outputs.toSorted())
        expect(step.inputs).toEqual(expect.arrayContaining(Object.keys(input)))
        for (const [name, value] of [...Object.entries(input), ...Object.entries(output)]) {
          const field = map.fields.find((candidate) => candidate.name === name)
          expect(field !== undefined && fits(field, value), `${step.id} ${name}`).toBe(true)
          if (typeof value === 'string') expect(words(value)).toBeLessThanOrEqual(90)
        }
      }
    }
  })

  test('declares no field that nothing writes, and reads none of that sort', () => {
    const written = new Set([
      ...map.intake.map(({ field }) => field),
      ...map.steps.flatMap((step) => (step.kind === 'ai' || step.kind === 'manual' ? step.outputs : [])),
    ])

    expect(map.fields.filter(({ name }) => !written.has(name))).toEqual([])
    expect(map.steps.flatMap(({ inputs }) => inputs).filter((name) => !written.has(name))).toEqual([])
  })

  test('keeps every prompt small enough for the practice model', () => {
    const sizes = intake.map((values) => Math.max(...sizeOfPrompts(map, values)))
    const ordinary = sizes.filter((size) => size <= 1_400)

    expect(ordinary.length).toBeGreaterThanOrEqual(intake.length - 1)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2_000)
  })
})

describe('the rules of supplier invoice exceptions', () => {
  const map = samples.find(({ key }) => key === 'invoice-exceptions')?.map
  if (map === undefined) throw new Error('the sample is missing')
  const types = varTypesOf(map)
  const ruleTo = (to: string): string => {
    const link = map.links.find((candidate) => candidate.on === 'when' && candidate.to === to)
    return link?.on === 'when' ? link.condition : ''
  }

  test.each([
    { invoiceTotal: 1220, orderTotal: 1180, differs: true },
    { invoiceTotal: 1100, orderTotal: 1180, differs: true },
    { invoiceTotal: 1184.99, orderTotal: 1180, differs: false },
    { invoiceTotal: 1220, orderTotal: null, differs: false },
  ])(
    'an invoice of $invoiceTotal for an order of $orderTotal differs: $differs',
    ({ differs, ...values }) => {
      expect(evaluateExpression(ruleTo('ask-about-price'), types, values)).toEqual({
        ok: true,
        value: differs,
      })
    },
  )

  test('an amount that nobody could read is an error, never a match', () => {
    const outcome = evaluateExpression(ruleTo('ask-about-price'), types, {
      invoiceTotal: null,
      orderTotal: 90,
    })

    expect(outcome.ok).toBe(false)
  })
})
