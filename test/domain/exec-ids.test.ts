import { expect, it } from 'vitest'
import { visitIdOf, visitOf } from '#domain/exec-ids.ts'

it.each([
  ['draft#2', 'draft#2'],
  ['draft#2.r1', 'draft#2'],
  ['read#12.v3', 'read#12'],
  ['list[3]#1.g', 'list[3]#1'],
  ['outer/inner[2]#4.r10', 'outer/inner[2]#4'],
])('%s belongs to the visit %s', (execId, visit) => {
  expect(visitIdOf(execId)).toBe(visit)
})

it('a step in a contained map is called by its path', () => {
  expect(visitOf({ stepId: 'inner', path: 'outer/inner', execId: 'outer/inner#1.r1' })).toEqual({
    stepId: 'outer/inner',
    execId: 'outer/inner#1',
  })
})
