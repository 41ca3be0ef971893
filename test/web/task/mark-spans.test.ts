import { describe, expect, it } from 'vitest'
import { markSpans } from '#web/task/mark-spans.ts'

const span = (
  from: number,
  to: number,
  tag = 1,
): { from: number; to: number; tag: number; differs: boolean } => ({
  from,
  to,
  tag,
  differs: false,
})

describe('marking evidence', () => {
  it('cuts the text at the span', () => {
    const pieces = markSpans('payroll is 14 people', [span(11, 13)])

    expect(pieces.map(({ text, mark }) => [text, mark?.tag ?? null])).toEqual([
      ['payroll is ', null],
      ['14', 1],
      [' people', null],
    ])
  })

  it('takes spans in the order of the text', () => {
    const pieces = markSpans('abcdef', [span(4, 5, 1), span(0, 1, 2)])

    expect(pieces.map(({ text }) => text)).toEqual(['a', 'bcd', 'e', 'f'])
  })

  it.each([
    ['outside the text', span(2, 99)],
    ['before the text', span(-1, 2)],
    ['empty', span(3, 3)],
    ['turned round', span(4, 2)],
  ])('leaves out a span that is %s', (_, faulty) => {
    expect(markSpans('abcdef', [faulty])).toEqual([{ text: 'abcdef', mark: null }])
  })

  it('keeps the first of two that overlap', () => {
    const pieces = markSpans('abcdef', [span(0, 4, 1), span(2, 6, 2)])

    expect(pieces.map(({ text }) => text).join('')).toBe('abcdef')
    expect(pieces.filter(({ mark }) => mark !== null)).toHaveLength(1)
  })
})
