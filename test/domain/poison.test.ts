import { describe, expect, it } from 'vitest'
import { checkMap, faultsTold } from '#domain/check-map.ts'
import { ProcessMap } from '#domain/process-map.ts'
import { aMap, ai, branch, end, field, fork, join, manual, next, review } from '../support/maps.ts'
import { poisonMaps } from '../support/poison-maps.ts'

describe('a map that must not run', () => {
  it.each(poisonMaps)('because of $name is refused, and the step is named', ({ map, code, stepId }) => {
    expect(ProcessMap.safeParse(map).error).toBeUndefined()

    const found = checkMap(map).find((problem) => problem.code === code && problem.stepId === stepId)

    expect(found?.message ?? '').not.toBe('')
    expect(found?.mend ?? '').not.toBe('')
  })

  it('because all its steps are wrong is told its first faults, not all of them', () => {
    const steps = Array.from({ length: 499 }, (_, index) => manual(`s${index}`, { inputs: ['nothing'] }))

    expect(checkMap(aMap([...steps, end()]))).toHaveLength(faultsTold)
  })

  const large: [string, unknown][] = [
    ['ten thousand steps', aMap([...Array.from({ length: 10_000 }, (_, at) => manual(`s${at}`)), end()])],
    [
      'ten thousand links',
      aMap([manual('a'), end()], { links: Array.from({ length: 10_000 }, () => next('a', 'done')) }),
    ],
    [
      'a thousand fields',
      aMap([end()], { fields: Array.from({ length: 1_000 }, (_, index) => field(`f${index}`)) }),
    ],
    [
      'a condition of a megabyte',
      aMap([manual('a'), end()], { links: [{ ...when('x'.repeat(1_000_000)) }] }),
    ],
    ['an instruction of a megabyte', aMap([ai('a', { instruction: 'x'.repeat(1_000_000) })])],
    ['a step id that hangs a pattern', aMap([manual(`${'a'.repeat(50_000)}!`)])],
  ]
  it.each(large)('because of %s is no map at all', (_, map) => {
    expect(ProcessMap.safeParse(map).success).toBe(false)
  })
})

describe('a large map', () => {
  it('of five hundred steps can be published: a chain of drafts, each read', () => {
    const steps = Array.from({ length: 249 }, (_, index) => [
      ai(`a${index}`),
      review(`r${index}`, `a${index}`),
    ])

    expect(checkMap(aMap([...steps.flat(), manual('last'), end()]))).toEqual([])
  })

  it('of forks a hundred and sixty deep can be published', () => {
    const depth = 160
    const levels = Array.from({ length: depth }, (_, level) => level)
    const map = aMap(
      [
        ...levels.flatMap((level) => [fork(`f${level}`), manual(`m${level}`), join(`j${level}`)]),
        manual('core'),
        end(),
      ],
      {
        links: [
          ...levels.flatMap((level) => [
            branch(`f${level}`, `m${level}`),
            branch(`f${level}`, level + 1 < depth ? `f${level + 1}` : 'core'),
            next(`m${level}`, `j${level}`),
            next(`j${level}`, level === 0 ? 'done' : `j${level - 1}`),
          ]),
          next('core', `j${depth - 1}`),
        ],
      },
    )

    expect(checkMap(map)).toEqual([])
  })
})

function when(condition: string): { on: 'when'; from: string; to: string; condition: string; label: string } {
  return { on: 'when', from: 'a', to: 'done', condition, label: 'when' }
}
