import { describe, expect, it } from 'vitest'
import { wordsOf } from './fault.ts'
import { planOf } from './plan.ts'

describe('a plan of faults', () => {
  it('is the same for the same seed and another for another', () => {
    expect(planOf(7, 120_000)).toEqual(planOf(7, 120_000))
    expect(planOf(7, 120_000)).not.toEqual(planOf(8, 120_000))
  })

  it('begins alike however long it is', () => {
    const short = planOf(7, 20_000)

    expect(planOf(7, 200_000).slice(0, short.length)).toEqual(short)
  })

  it('gives every kind of fault its turn before any comes again', () => {
    const kinds = new Set(planOf(1, 600_000).map(({ fault }) => fault.kind))
    const killed = new Set(
      planOf(1, 600_000)
        .map(({ fault }) => wordsOf(fault))
        .filter((words) => words.startsWith('kill -9 ')),
    )

    expect([...kinds].toSorted()).toEqual([
      'die',
      'freeze',
      'host',
      'kill',
      'link',
      'model',
      'receiver',
      'restart',
    ])
    expect(killed.size).toBeGreaterThanOrEqual(7)
  })
})
