import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkMap } from '#domain/check-map.ts'
import { compilePlan } from '#domain/compile-plan.ts'
import { CasePlan } from '#domain/plan-schema.ts'
import { ProcessMap, type StepKind } from '#domain/process-map.ts'
import { anySoup } from '../support/any-soup.ts'
import { almostProcess, anyProcess, publishedOf, sha256 } from '../workflows/support/any-map.ts'

describe('a random map', () => {
  it('that is made by the rules has no fault, and its plan is one', () => {
    const property = fc.property(anyProcess, ({ map, others }) => {
      const find = publishedOf(others)

      expect(checkMap(map, find)).toEqual([])
      expect(ProcessMap.safeParse(map).error).toBeUndefined()
      const plan = compilePlan(map, { mapId: 'any', version: 1, sha256, find })
      expect(CasePlan.safeParse(plan).error).toBeUndefined()
    })

    fc.assert(property, { numRuns: 300 })
  })

  it('comes with every kind of step', () => {
    const maps = fc.sample(anyProcess, { numRuns: 200, seed: 1 })

    const kinds = new Set(maps.flatMap(({ map }) => map.steps.map(({ kind }) => kind)))
    expect([...kinds].toSorted()).toEqual([
      'ai',
      'call',
      'decision',
      'end',
      'for-each',
      'fork',
      'join',
      'manual',
      'review',
      'sub-process',
      'wait',
    ] satisfies StepKind[])
  })

  it('that is almost right is told its faults, or compiles', () => {
    const told = new Set<string>()
    const property = fc.property(almostProcess, ({ map, others }) => {
      const find = publishedOf(others)

      const problems = checkMap(map, find)
      for (const { code } of problems) told.add(code)
      if (problems.length === 0) compilePlan(map, { mapId: 'any', version: 1, sha256, find })
    })

    fc.assert(property, { numRuns: 1_000 })
    // The changes reach far: not one fault again and again.
    expect(told.size).toBeGreaterThan(15)
  })

  it('that is thrown together is told its faults, or compiles', () => {
    const property = fc.property(anySoup, (map) => {
      expect(ProcessMap.safeParse(map).error).toBeUndefined()

      const problems = checkMap(map)
      for (const { message, mend } of problems) expect(`${message}${mend}`).not.toContain('undefined')
      if (problems.length === 0) compilePlan(map, { mapId: 'any', version: 1, sha256 })
    })

    fc.assert(property, { numRuns: 2_000 })
  })
})
