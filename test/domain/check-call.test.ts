import { describe, expect, it } from 'vitest'
import { checkMap } from '#domain/check-map.ts'
import type { Field, StepOf } from '#domain/process-map.ts'
import { aMap, call, end, field } from '../support/maps.ts'

function codes(more: Partial<StepOf<'call'>>, fields: Field[] = []): string[] {
  const map = aMap([call('ask', more), end()])
  return checkMap({ ...map, fields: [...map.fields, ...fields] }).map((problem) => problem.code)
}

describe('a step that calls another system', () => {
  it('is well as it is', () => {
    expect(codes({})).toEqual([])
    expect(codes({ path: '/v1/letters/{sender}/parts?of={sender}&kind=a.b..c' })).toEqual([])
  })

  it.each<[string, Partial<StepOf<'call'>>, string]>([
    ['that climbs out of its connection', { path: '/letters/../admin' }, 'PathWrong'],
    ['that stands still in its path', { path: '/./letters' }, 'PathWrong'],
    ['with a loose brace', { path: '/letters/{sender' }, 'PathWrong'],
    ['that puts a field into its path that it does not read', { path: '/{amount}' }, 'InputMissing'],
    ['that sends a field that it does not read', { method: 'POST', body: ['amount'] }, 'InputMissing'],
    ['that asks with a body', { body: ['sender'] }, 'BodyNotAllowed'],
    ['that takes nothing for an output', { outputs: ['summary'] }, 'ReplyMissing'],
    ['that fills what is no output', { reply: [{ field: 'summary', pointer: '/a' }] }, 'OutputMissing'],
    [
      'with a pointer that is none',
      { outputs: ['summary'], reply: [{ field: 'summary', pointer: 'a' }] },
      'PointerWrong',
    ],
    [
      'that nobody could do by hand',
      { guidance: { lines: [], goodExample: null, promptToCopy: null } },
      'GuideMissing',
    ],
  ])('%s is refused', (_, more, code) => {
    expect(codes(more)).toContain(code)
  })

  it('never sends what is sensitive', () => {
    const secret = field('passport', 'text', { sensitivity: 'sensitive' })

    expect(codes({ inputs: ['passport'], path: '/{passport}' }, [secret])).toContain('SensitiveInput')
  })
})
