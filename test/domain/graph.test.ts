import { expect, it } from 'vitest'
import { inReadingOrder } from '#domain/graph.ts'
import { aMap, branch, end, fork, join, manual, next } from '../support/maps.ts'

it('a join is read after all its branches', () => {
  const map = aMap([fork('f'), manual('a'), join('j'), manual('after'), end(), manual('b')], {
    links: [
      branch('f', 'a'),
      branch('f', 'b'),
      next('a', 'j'),
      next('b', 'j'),
      next('j', 'after'),
      next('after', 'done'),
    ],
  })

  expect(inReadingOrder(map).map(({ id }) => id)).toEqual(['f', 'a', 'b', 'j', 'after', 'done'])
})
