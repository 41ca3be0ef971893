import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inReadingOrder, stepNumbers } from '#domain/graph.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import { layoutOf, type Box, type MapLayout } from '#web/pilot/layout/place.ts'
import { pilotSizes, smallSizes } from '#web/pilot/layout/sizes.ts'
import { crossings, overlap, overlaps, touches } from './layout-checks.ts'
import { aMapOf, chain, end, fork, join, manual, mapOfParts, type Part } from './maps.ts'

const { parts } = fc.letrec<{ part: Part; parts: Part[] }>((tie) => ({
  parts: fc.array(tie('part'), { minLength: 1, maxLength: 4, depthIdentifier: 'nesting' }),
  part: fc.oneof(
    { depthIdentifier: 'nesting', maxDepth: 3, withCrossShrink: true },
    fc.constant<Part>({ kind: 'step' }),
    fc.record({
      kind: fc.constant('fork' as const),
      branches: fc.array(tie('parts'), { minLength: 2, maxLength: 4 }),
    }),
    fc.record({ kind: fc.constant('each' as const), parts: tie('parts') }),
    fc.record({ kind: fc.constant('detour' as const), parts: tie('parts') }),
  ),
}))
const nested = parts.filter((list) => sizeOf(list) < 60)

function sizeOf(list: Part[]): number {
  return list.reduce(
    (sum, part) =>
      sum +
      (part.kind === 'step'
        ? 1
        : part.kind === 'fork'
          ? 2 + part.branches.reduce((all, branch) => all + sizeOf(branch), 0)
          : 2 + sizeOf(part.parts)),
    0,
  )
}

describe('the layout of a map whose parts run at the same time', { timeout: 60_000 }, () => {
  test('places every step apart, and leads each link from one step to the other over none', () => {
    fc.assert(
      fc.property(nested, (list) => {
        const { map } = mapOfParts(list)

        for (const sizes of [pilotSizes(map), smallSizes]) {
          const layout = layoutOf({ map, sizes })
          expect(layout.steps).toHaveLength(map.steps.length)
          expect(overlaps(layout)).toEqual([])
          expect(crossings(layout)).toEqual([])
          for (const link of layout.links) {
            expect(touches(layout, link.from, link.points[0]), link.id).toBe(true)
            expect(touches(layout, link.to, link.points.at(-1)), link.id).toBe(true)
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  test('draws the ground of a region behind all of its steps and behind no other', () => {
    fc.assert(
      fc.property(nested, (list) => {
        const { map, members } = mapOfParts(list)

        const layout = layoutOf({ map, sizes: pilotSizes(map) })

        for (const [opener, ids] of members) {
          const grounds = layout.regions.filter((region) => region.opener === opener)
          expect(grounds.filter((ground) => ground.isFirst)).toHaveLength(1)
          for (const step of layout.steps) {
            const under = grounds.filter((ground) => overlap(step, ground))
            if (ids.includes(step.id)) {
              expect(under.length === 1 && under.every((ground) => within(step, ground)), step.id).toBe(true)
            } else expect(under, `${step.id} is not of ${opener}`).toEqual([])
          }
        }
        expect(layout.regions.filter((ground) => !within(ground, { x: 0, y: 0, ...layout }))).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  test('reads from the opener through every branch to the join', () => {
    fc.assert(
      fc.property(nested, (list) => {
        const { map, members } = mapOfParts(list)

        const order = inReadingOrder(map).map((step) => step.id)

        for (const [opener, ids] of members) {
          const from = order.indexOf(opener)
          const to = order.indexOf(`j${opener}`)
          expect(order.slice(from + 1, to).toSorted()).toEqual(ids.toSorted())
        }
      }),
      { numRuns: 60 },
    )
  })

  test('spreads two ways evenly from the line on which they part and meet again', () => {
    const { map } = mapOfParts([{ kind: 'step' }, { kind: 'fork', branches: [[], []] }, { kind: 'step' }])

    const layout = layoutOf({ map, sizes: pilotSizes(map) })

    const middle = (id: string): number => {
      const box = boxOf(layout, id)
      return box.y + box.height / 2
    }
    expect([middle('s2'), middle('js2')]).toEqual([middle('s1'), middle('s1')])
    expect(middle('s3') + middle('s4')).toBe(2 * middle('s1'))
    expect(middle('s4')).toBeGreaterThan(middle('s3'))
    const names = layout.links.filter((link) => link.branch !== null)
    expect(names.map((link) => [link.to, link.label.x])).toEqual([
      ['s3', boxOf(layout, 's3').x],
      ['s4', boxOf(layout, 's4').x],
    ])
  })

  test('lets a short way run level to the join, past nothing', () => {
    const { map } = mapOfParts([
      {
        kind: 'fork',
        branches: [[{ kind: 'step' }, { kind: 'step' }, { kind: 'step' }], [{ kind: 'step' }]],
      },
    ])

    const layout = layoutOf({ map, sizes: pilotSizes(map) })

    const short = layout.links.find((link) => link.from === 's5' && link.to === 'js1')
    expect(short?.points).toHaveLength(4)
    expect(short?.points[1]?.y).toBe(short?.points[0]?.y)
  })

  test('stands what undoes a step below it, on no one’s way and without a number', () => {
    const map = withUndo()

    const layout = layoutOf({ map, sizes: pilotSizes(map) })

    const undone = boxOf(layout, 'book')
    const undo = boxOf(layout, 'unbook')
    expect(undo.y).toBeGreaterThan(undone.y + undone.height)
    expect(undo.x + undo.width / 2).toBe(undone.x + undone.width / 2)
    expect(layout.links.find((link) => link.on === 'undo')?.points).toHaveLength(2)
    expect([...stepNumbers(map)]).toEqual([
      ['book', 1],
      ['pay', 2],
      ['z', 3],
    ])
    expect(layout.lanes).toEqual([])
  })

  test('is drawn for a map whose branches do not come together yet', () => {
    const map = aMapOf(
      [fork('f'), manual('a'), manual('b'), join('j'), end('z')],
      [
        { on: 'branch', from: 'f', to: 'a', label: 'A' },
        { on: 'branch', from: 'f', to: 'b', label: 'B' },
        ...chain(['a', 'j', 'z']),
        ...chain(['b', 'z']),
      ],
    )

    const layout = layoutOf({ map, sizes: pilotSizes(map) })

    expect(overlaps(layout)).toEqual([])
    expect(layout.steps).toHaveLength(5)
  })
})

function withUndo(): ProcessMap {
  return aMapOf(
    [manual('book'), manual('unbook'), manual('pay'), end('z')],
    [...chain(['book', 'pay', 'z']), { on: 'undo', from: 'book', to: 'unbook' }],
  )
}

function within(inner: Box, outer: Box): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  )
}

function boxOf(layout: MapLayout, id: string): Box {
  const found = layout.steps.find((step) => step.id === id)
  if (found === undefined) throw new Error(`no step ${id}`)
  return found
}
