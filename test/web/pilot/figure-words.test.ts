import { describe, expect, test } from 'vitest'
import { figureWords } from '#web/pilot/figure-words.ts'
import { intervalSpots } from '#web/pilot/interval-spots.ts'
import { bandOf } from '#web/pilot/lens.ts'
import { aFigure, hour, someSteps } from './figures.ts'

describe('a figure in words', () => {
  test('says value, by hand and the signed difference when it is better', () => {
    const words = figureWords(aFigure())

    expect(words).toMatchObject({
      tone: 'better',
      value: '4 h',
      byHand: 'by hand 6 h',
      difference: '−2 h',
      unsure: null,
      n: 'n 50 / 102',
    })
    expect(words.sentence).toBe('4 h, by hand 6 h, −2 h better, n 50 / 102')
  })

  test('has no colour while it cannot be told, and says how many cases more', () => {
    const words = figureWords(aFigure({ state: 'cannot-tell', n: 41, needs: 50 }))

    expect(words.tone).toBe('unknown')
    expect(words.unsure).toBe('Cannot tell yet: 9 more cases')
    expect(words.difference).toBe('−2 h')
  })

  test('cannot tell from enough cases either', () => {
    expect(figureWords(aFigure({ state: 'cannot-tell' })).unsure).toBe('Cannot tell yet')
  })

  test('shows no value below its minimum', () => {
    const words = figureWords(aFigure({ state: 'too-few', n: 4, needs: 6 }))

    expect(words).toMatchObject({ value: 'n/a', difference: null, interval: null, unsure: '4 of 6 cases' })
  })

  test('stands alone without a baseline', () => {
    const words = figureWords(
      aFigure({ state: 'no-baseline', baseline: null, difference: null, low: null, high: null }),
    )

    expect(words).toMatchObject({
      value: '4 h',
      byHand: null,
      tone: 'unknown',
      unsure: 'No baseline',
      n: 'n 50',
    })
    expect(words.sentence).toContain('no figure by hand')
  })

  test('says the unit of an interval once', () => {
    const share = { unit: 'share', value: 0.22, difference: -0.16, low: -0.3, high: 0.01 } as const

    expect(figureWords(aFigure(share)).interval).toBe('−30 to +1 pt')
    expect(figureWords(aFigure({ low: -82 * 24 * hour, high: -1.7 * 24 * hour }), 'days').interval).toBe(
      '−82.0 to −1.7 d',
    )
    expect(figureWords(aFigure({ low: -1.5 * hour, high: -hour / 2 })).interval).toBe('−1 h 30 to −30 min')
  })
})

describe('an interval bar', () => {
  test('keeps all its parts within its width, and by hand at no difference', () => {
    const spots = intervalSpots({ low: -3, high: 1, difference: -1 })

    expect(spots?.low).toBe(10)
    expect(spots?.high).toBe(90)
    expect(spots?.zero).toBe(70)
    expect(spots?.point).toBe(50)
  })

  test('is not drawn without an interval', () => {
    expect(intervalSpots({ low: null, high: 1, difference: 0 })).toBeNull()
  })
})

describe('the band of a step', () => {
  const [step] = someSteps(['draft'])
  if (step === undefined) throw new Error('no step')

  test('shows the lens that was chosen', () => {
    expect(bandOf('time', step)).toMatchObject({ value: '4 h', tone: 'better', aside: '−2 h' })
    expect(bandOf('rework', step)).toMatchObject({ value: '10 %', tone: 'plain', under: '5 of 50 visits' })
    expect(bandOf('volume', step)).toMatchObject({ value: '48', under: 'of 50 begun' })
    expect(bandOf('adoption', step)).toMatchObject({ value: '–', under: 'no drafts here' })
  })

  test('counts used drafts as accepted and edited ones of those decided', () => {
    const drafts = { offered: 50, accepted: 31, edited: 8, sentBack: 3, rejected: 0, byHand: 4, pending: 4 }

    expect(bandOf('adoption', { ...step, drafts })).toMatchObject({
      value: '85 %',
      under: '8 of them edited',
      n: 'n 46',
    })
  })
})
