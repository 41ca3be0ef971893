import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Link, ProcessMap, Step } from '#domain/process-map.ts'
import { drawnLinksOf } from '#web/pilot/layout/drawn-links.ts'
import { layoutOf } from '#web/pilot/layout/place.ts'
import { rowGraphs } from '#web/pilot/layout/row-order.ts'
import { pilotSizes, smallSizes } from '#web/pilot/layout/sizes.ts'
import { skeletonOf } from '#web/pilot/layout/skeleton.ts'
import { crossings, overlaps, touches } from './layout-checks.ts'
import { aMapOf, chain, decision, end, manual } from './maps.ts'

/** Any map at all, sound or not: some normal steps, some lanes, links wherever. */
const anyMap: fc.Arbitrary<ProcessMap> = fc
  .record({
    main: fc.integer({ min: 1, max: 40 }),
    lanes: fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 5 }),
    extra: fc.array(
      fc.tuple(fc.nat(), fc.nat(), fc.constantFrom('next', 'when', 'otherwise', 'exception', 'send-back')),
      { maxLength: 30 },
    ),
  })
  .map(({ main, lanes, extra }) => {
    const steps: Step[] = Array.from({ length: main }, (_, index) =>
      index === main - 1 ? end(`m${index}`) : index % 3 === 2 ? decision(`m${index}`) : manual(`m${index}`),
    )
    lanes.forEach((count, lane) => {
      for (let at = 0; at < count; at += 1) steps.push(manual(`l${lane}-${at}`, `lane-${lane}`))
    })
    const links: Link[] = chain(steps.filter((step) => step.lane === null).map((step) => step.id))
    for (const [from, to, on] of extra) {
      const a = steps[from % steps.length]?.id ?? 'm0'
      const b = steps[to % steps.length]?.id ?? 'm0'
      links.push(
        on === 'when'
          ? { on, from: a, to: b, condition: 'true', label: 'Yes' }
          : on === 'otherwise'
            ? { on, from: a, to: b, label: 'No' }
            : on === 'exception'
              ? { on, from: a, to: b, cause: 'any' }
              : { on: on === 'next' ? 'next' : 'send-back', from: a, to: b },
      )
    }
    return aMapOf(steps, links)
  })

// Many maps on a machine that may be busy with other things.
describe('the layout of any map', { timeout: 30_000 }, () => {
  test('places every step once, and no two on top of each other', () => {
    fc.assert(
      fc.property(anyMap, (map) => {
        const layout = layoutOf({ map, sizes: pilotSizes(map) })

        expect(layout.steps.map((step) => step.id).toSorted()).toEqual(
          map.steps.map((step) => step.id).toSorted(),
        )
        expect(overlaps(layout)).toEqual([])
      }),
      { numRuns: 100 },
    )
  })

  test('draws every link with right angles, from one step to the other, over none', () => {
    fc.assert(
      fc.property(anyMap, (map) => {
        const layout = layoutOf({ map, sizes: pilotSizes(map) })

        expect(layout.links.map((link) => link.id).toSorted()).toEqual(
          drawnLinksOf(map)
            .map((link) => link.id)
            .toSorted(),
        )
        for (const link of layout.links) {
          expect(link.points.length).toBeGreaterThanOrEqual(2)
          link.points.slice(1).forEach((point, index) => {
            const before = link.points[index] ?? point
            expect(
              Math.min(Math.abs(point.x - before.x), Math.abs(point.y - before.y)),
              link.id,
            ).toBeLessThan(0.02)
          })
          expect(touches(layout, link.from, link.points[0]), link.id).toBe(true)
          expect(touches(layout, link.to, link.points.at(-1)), link.id).toBe(true)
        }
        expect(crossings(layout)).toEqual([])
      }),
      { numRuns: 100 },
    )
  })

  test('keeps everything within its own bounds, whatever heights an engine proposes', () => {
    fc.assert(
      fc.property(
        anyMap,
        fc.array(fc.integer({ min: -400, max: 400 }), { minLength: 60, maxLength: 60 }),
        (map, heights) => {
          const sizes = pilotSizes(map)
          const rows = rowGraphs(skeletonOf(map, drawnLinksOf(map)), drawnLinksOf(map))
          const tops = rows.map(
            (row) => new Map(row.steps.map((step, index) => [step.id, heights[index] ?? 0])),
          )
          const layout = layoutOf({ map, sizes, tops })

          const points = layout.links.flatMap((link) => link.points)
          const corners = points.map((point) => ({ ...point, width: 0, height: 0 }))
          const outside = [...layout.steps, ...layout.lanes, ...corners].filter(
            (box) =>
              box.x < 0 ||
              box.y < 0 ||
              box.x + box.width > layout.width ||
              box.y + box.height > layout.height,
          )
          expect(outside).toEqual([])
          expect(overlaps(layout)).toEqual([])
          expect(crossings(layout)).toEqual([])
        },
      ),
      { numRuns: 100 },
    )
  })

  test('is the same for the same map', () => {
    fc.assert(
      fc.property(anyMap, (map) => {
        const again = structuredClone(map)

        expect(layoutOf({ map: again, sizes: smallSizes })).toEqual(layoutOf({ map, sizes: smallSizes }))
      }),
      { numRuns: 40 },
    )
  })
})

describe('the layout of the nine-step sample shape', () => {
  test('has two rows on shared columns, each exception below its split and joining upward', () => {
    const map = twoRows()

    const layout = layoutOf({ map, sizes: pilotSizes(map) })

    const at = (id: string): { x: number; row: number; column: number; y: number; width: number } => {
      const found = layout.steps.find((step) => step.id === id)
      if (found === undefined) throw new Error(`no step ${id}`)
      return found
    }
    expect([1, 2, 3, 4].map((n) => at(`s${n}`).row)).toEqual([0, 0, 0, 0])
    expect([5, 6, 7, 8, 9].map((n) => at(`s${n}`).row)).toEqual([1, 1, 1, 1, 1])
    const middle = (id: string): number => at(id).x + at(id).width / 2
    expect(middle('s1')).toBe(middle('s5'))
    expect(middle('ask')).toBe(middle('s2'))
    expect(middle('check')).toBe(middle('s3'))
    expect(at('ask').y).toBeGreaterThan(at('s2').y)
    expect(layout.links.find((link) => link.from === 'check')?.points).toHaveLength(2)
    expect(layout.links.find((link) => link.from === 's2' && link.to === 'ask')?.points).toHaveLength(2)
  })
})

function twoRows(): ProcessMap {
  const ids = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `s${n}`)
  const steps: Step[] = ids.map((id, index) =>
    index === 8 ? end(id) : index === 1 || index === 5 ? decision(id) : manual(id),
  )
  steps.push(
    manual('ask', 'papers'),
    manual('check', 'papers'),
    manual('note', 'scope'),
    manual('agree', 'scope'),
  )
  return aMapOf(steps, [
    ...chain(ids),
    { on: 'when', from: 's2', to: 'ask', condition: 'true', label: 'No' },
    { on: 'next', from: 'ask', to: 'check' },
    { on: 'next', from: 'check', to: 's3' },
    { on: 'when', from: 's6', to: 'note', condition: 'true', label: 'No' },
    { on: 'next', from: 'note', to: 'agree' },
    { on: 'next', from: 'agree', to: 's7' },
    { on: 'send-back', from: 's4', to: 's3' },
  ])
}
