import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wholeDiff, wordDiff, type DiffPiece } from '#web/task/word-diff.ts'

function textOf(pieces: DiffPiece[], leftOut: DiffPiece['kind']): string {
  return pieces
    .filter(({ kind }) => kind !== leftOut)
    .map(({ text }) => text)
    .join('')
}

describe('the words that changed', () => {
  it('are marked one by one where a sentence stays', () => {
    const pieces = wordDiff('We run payroll for 12 people.', 'We run payroll for 14 people.')

    expect(pieces).toEqual([
      { kind: 'same', text: 'We run payroll for ' },
      { kind: 'removed', text: '12' },
      { kind: 'added', text: '14' },
      { kind: 'same', text: ' people.' },
    ])
  })

  it('are read as one change where only scraps between them stay', () => {
    const pieces = wordDiff(
      'and our team will be in touch soon',
      'That day is a holiday, so you will hear from us',
    )

    expect(pieces.filter(({ kind }) => kind === 'removed')).toHaveLength(1)
    expect(pieces.filter(({ kind }) => kind === 'added')).toHaveLength(1)
  })

  it('leave untouched paragraphs alone', () => {
    const pieces = wordDiff('One.\n\nTwo.\n\nThree.', 'One.\n\nNew.\n\nThree.')

    expect(pieces[0]).toEqual({ kind: 'same', text: 'One.\n\n' })
    expect(pieces.at(-1)?.text.endsWith('Three.')).toBe(true)
  })

  it('always give both texts again', () => {
    const text = fc
      .array(fc.constantFrom('we', 'will', 'send', 'the', 'letter', '\n\n', ' ', ', ', '14', 'é'))
      .map((parts) => parts.join(' '))
    fc.assert(
      fc.property(text, text, (before, after) => {
        const pieces = wordDiff(before, after)
        expect(textOf(pieces, 'added')).toBe(before)
        expect(textOf(pieces, 'removed')).toBe(after)
      }),
    )
  })

  it('are shown as a whole when comparing takes too long', () => {
    expect(wholeDiff('old', 'new')).toEqual([
      { kind: 'removed', text: 'old' },
      { kind: 'added', text: 'new' },
    ])
    expect(wholeDiff('', 'new')).toEqual([{ kind: 'added', text: 'new' }])
  })
})
