import { describe, expect, it } from 'vitest'
import { checkMap } from '#domain/check-map.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import { ProcessMap as Schema } from '#domain/process-map.ts'
import { ai, aMap, decision, draftAndReview, end, field, manual, next, review } from '../support/maps.ts'

function codes(map: ProcessMap): string[] {
  return checkMap(map).map((problem) => problem.code)
}

describe('a map', () => {
  it('without faults gives none, and parses', () => {
    const map = draftAndReview()

    expect(checkMap(map)).toEqual([])
    expect(Schema.parse(map)).toEqual(map)
  })

  const faults: [string, ProcessMap, string][] = [
    ['a step that no case can reach', withSteps([manual('lost')], [next('lost', 'done')]), 'Unreachable'],
    ['a step that leads nowhere', aMap([manual('first'), end()], { links: [] }), 'NoWayOut'],
    [
      'a ring without an end',
      aMap([manual('one'), manual('two'), end()], { links: [next('one', 'two'), next('two', 'one')] }),
      'Endless',
    ],
    ['a link to nowhere', aMap([manual('one'), end()], { links: [next('one', 'gone')] }), 'LinkDangles'],
    ['a field that is not declared', aMap([manual('one', { inputs: ['nothing'] }), end()]), 'FieldMissing'],
    [
      'a decision without a default',
      aMap([decision('which'), end()], {
        links: [{ on: 'when', from: 'which', to: 'done', condition: 'amount > 5', label: 'big' }],
      }),
      'DefaultMissing',
    ],
    [
      'a condition that is no condition',
      aMap([decision('which'), end()], {
        links: [
          { on: 'when', from: 'which', to: 'done', condition: 'amount', label: 'big' },
          { on: 'otherwise', from: 'which', to: 'done', label: 'else' },
        ],
      }),
      'ConditionWrong',
    ],
    ['AI work that nobody reads', aMap([ai('draft'), end()]), 'ReviewerMissing'],
    ['a review of nothing', aMap([manual('one'), review('read', 'gone'), end()]), 'NothingToReview'],
    [
      'AI work that nobody could do by hand',
      aMap([
        ai('draft', { guidance: { lines: [], goodExample: null, promptToCopy: null } }),
        review('read', 'draft'),
        end(),
      ]),
      'GuideMissing',
    ],
    [
      'a sensitive field given to AI',
      {
        ...draftAndReview(),
        fields: [
          ...draftAndReview().fields.slice(2),
          field('sender'),
          field('letter', 'text', { sensitivity: 'sensitive' }),
        ],
      },
      'SensitiveInput',
    ],
    ['two steps of one id', withSteps([manual('draft')], []), 'StepIdTwice'],
    [
      'a title that is not asked for',
      aMap([manual('one'), end()], { titleField: 'summary' }),
      'TitleMissing',
    ],
    ['a map that never ends', aMap([manual('one')], { links: [next('one', 'one')] }), 'EndMissing'],
    [
      'a condition on personal data',
      aMap([decision('which'), end()], {
        fields: [field('sender', 'text', { sensitivity: 'personal' }), field('letter')],
        intake: [{ field: 'sender', required: true }],
        links: [
          { on: 'when', from: 'which', to: 'done', condition: 'sender == "x"', label: 'x' },
          { on: 'otherwise', from: 'which', to: 'done', label: 'else' },
        ],
      }),
      'ConditionOnPersonal',
    ],
  ]
  it.each(faults)('with %s is not published', (_, map, code) => {
    const problems = checkMap(map)

    expect(codes(map)).toContain(code)
    for (const problem of problems) {
      expect(problem.message).not.toBe('')
      expect(problem.mend).not.toBe('')
    }
  })
})

function withSteps(more: ProcessMap['steps'], links: ProcessMap['links']): ProcessMap {
  const map = draftAndReview()
  return { ...map, steps: [...map.steps, ...more], links: [...map.links, ...links] }
}
