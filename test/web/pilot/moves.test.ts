import { expect, test } from 'vitest'
import { firstView } from '#web/pilot/canvas/first-view.ts'
import { mostMoving, movesBetween } from '#web/pilot/canvas/moves.ts'
import { stepsPath, timeAtShare, timeScale } from '#web/pilot/curve-scale.ts'
import { layoutOf } from '#web/pilot/layout/place.ts'
import { pilotSizes } from '#web/pilot/layout/sizes.ts'
import { aMapOf, chain, end, manual } from './maps.ts'

const map = aMapOf([manual('a'), manual('b'), manual('c'), end('d')], chain(['a', 'b', 'c', 'd']))
const { links } = layoutOf({ map, sizes: pilotSizes(map) })
const at = (stepId: string | null): { stepId: string | null; title: string } => ({
  stepId,
  title: 'Norvik Studio',
})

test('a case that went on moves along the link it took', () => {
  const moves = movesBetween(new Map([['1', at('a')]]), new Map([['1', at('b')]]), links, 1)

  expect(moves.map((move) => move.linkId)).toEqual(['a path b'])
})

test('a case that passed several steps between two looks moves along the last link', () => {
  const moves = movesBetween(new Map([['1', at('a')]]), new Map([['1', at('c')]]), links, 1)

  expect(moves.map((move) => move.linkId)).toEqual(['b path c'])
})

test('a case that stands still, is new, or has no step does not move', () => {
  const before = new Map([
    ['1', at('a')],
    ['2', at(null)],
  ])

  const moves = movesBetween(
    before,
    new Map([
      ['1', at('a')],
      ['2', at('b')],
      ['3', at('b')],
    ]),
    links,
    1,
  )

  expect(moves).toEqual([])
})

test('no more cases move at once than can be followed', () => {
  const many = (stepId: string): Map<string, { stepId: string | null; title: string }> =>
    new Map(Array.from({ length: 60 }, (_, index) => [String(index), at(stepId)]))

  expect(movesBetween(many('a'), many('b'), links, 1)).toHaveLength(mostMoving)
})

test('a map that fits is shown whole, a large one from its beginning at a size that can be read', () => {
  expect(firstView({ width: 1000, height: 600 }, { width: 1400, height: 700 })).toEqual({
    zoom: 1,
    x: 200,
    y: 0,
  })

  const large = firstView({ width: 1600, height: 4000 }, { width: 1400, height: 600 })

  expect(large.zoom).toBeGreaterThanOrEqual(0.6)
  expect(large).toMatchObject({ x: 0, y: 0 })
})

test('a curve says when half is done, and nothing where it does not come so far', () => {
  const curve = [
    { ms: 1000, share: 0.25 },
    { ms: 4000, share: 0.5 },
    { ms: 9000, share: 0.75 },
  ]

  expect(timeAtShare(curve, 0.5)).toBe(4000)
  expect(timeAtShare(curve, 0.9)).toBeNull()
})

test('a curve is drawn as steps within its bounds', () => {
  const curve = [
    { ms: 60_000, share: 0.5 },
    { ms: 3_600_000, share: 1 },
  ]
  const scale = timeScale([curve], 40, 300)

  const path = stepsPath(curve, scale.at, (share) => 100 - share * 100, 300)

  expect(path).toBe('M40.0 100.0V50.0H300.0V0.0H300')
  for (const tick of scale.ticks) {
    expect(tick.x).toBeGreaterThanOrEqual(39.5)
    expect(tick.x).toBeLessThanOrEqual(300.5)
  }
})
