import { describe, expect, test } from 'vitest'
import type { CaseDetail } from '#domain/views/cases.ts'
import { litPath } from '#web/case/lit-path.ts'
import { stepsAhead } from '#web/case/steps-ahead.ts'
import { drawnLinksOf } from '#web/pilot/layout/drawn-links.ts'
import { aMapOf, chain, decision, end, manual, mapOfParts } from '../pilot/maps.ts'

type Visit = CaseDetail['path'][number]
const done = (stepId: string, visit = 1): Visit => ({ stepId, visit, state: 'done' })
const here = (stepId: string, visit = 1): Visit => ({ stepId, visit, state: 'here' })

/** s1, then s2 begins two ways (s3 then s4, and s5), which meet at js2, then z. */
const { map } = mapOfParts([
  { kind: 'step' },
  { kind: 'fork', branches: [[{ kind: 'step' }, { kind: 'step' }], [{ kind: 'step' }]] },
])
const links = drawnLinksOf(map)

describe('the way of a case on the small map', () => {
  test('is lit at several places while branches run', () => {
    const lit = litPath(map, [done('s1'), done('s2'), done('s3'), here('s5'), here('s4')], links)

    expect([...lit.steps].filter(([, light]) => light === 'here').map(([id]) => id)).toEqual(['s5', 's4'])
    expect([...lit.links]).toEqual(['s1 path s2', 's2 path s3', 's2 path s5', 's3 path s4'])
  })

  test('is lit along every branch that came to a join', () => {
    const path = [done('s1'), done('s2'), done('s3'), done('s5'), done('s4'), done('js2'), here('z')]

    const lit = litPath(map, path, links)

    expect(lit.links.has('s4 path js2') && lit.links.has('s5 path js2')).toBe(true)
    expect(lit.links.size).toBe(links.length)
  })

  test('stays here while one entry of a list is still there', () => {
    const { map: list } = mapOfParts([{ kind: 'each', parts: [{ kind: 'step' }] }])

    const lit = litPath(list, [done('s1'), here('s2'), done('s2')], drawnLinksOf(list))

    expect(lit.steps.get('s2')).toBe('here')
  })

  test('shows what happens in a contained map at the step that contains it', () => {
    const lit = litPath(map, [done('s1'), done('s2'), here('s3'), here('s3/check')], links)

    expect([...lit.steps.keys()]).toEqual(['s1', 's2', 's3'])
    expect(lit.steps.get('s3')).toBe('here')
  })

  test('shows a send-back as itself, and lights nothing that is no link', () => {
    const looped = aMapOf(
      [manual('a'), manual('b'), manual('c'), manual('x'), end('d')],
      [
        ...chain(['a', 'b', 'c']),
        { on: 'send-back', from: 'c', to: 'b' },
        { on: 'next', from: 'x', to: 'd' },
      ],
    )

    const lit = litPath(
      looped,
      [done('a'), done('b'), done('c'), done('b', 2), here('d')],
      drawnLinksOf(looped),
    )

    expect([...lit.links]).toEqual(['a path b', 'b path c', 'c sent-back b'])
    expect(lit.steps.get('d')).toBe('here')
    expect(lit.steps.get('b')).toBe('done')
  })
})

describe('the steps that lie ahead', () => {
  test('are those of every branch that is not done, and what follows the join', () => {
    const ahead = stepsAhead(map, [done('s1'), done('s2'), here('s3'), here('s5')])

    expect(ahead.map((step) => step.id)).toEqual(['s4', 'js2', 'z'])
  })

  test('are none that the case has passed by', () => {
    const detour = aMapOf(
      [decision('a'), manual('b'), manual('c'), end('z')],
      [
        { on: 'when', from: 'a', to: 'b', condition: 'true', label: 'Yes' },
        { on: 'otherwise', from: 'a', to: 'c', label: 'No' },
        ...chain(['b', 'c', 'z']),
      ],
    )

    expect(stepsAhead(detour, [done('a'), here('c')]).map((step) => step.id)).toEqual(['z'])
    expect(stepsAhead(detour, []).map((step) => step.id)).toEqual(['a', 'b', 'c', 'z'])
  })
})
