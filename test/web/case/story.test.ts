import { describe, expect, test } from 'vitest'
import { noDetail } from '#domain/case-story.ts'
import type { StoryLine } from '#domain/views/cases.ts'
import { storyDays, storySums } from '#web/case/story-groups.ts'

function aLine(key: string, at: string, change: Partial<StoryLine> = {}): StoryLine {
  return {
    ...noDetail,
    key,
    at,
    icon: 'manual',
    title: key,
    stepId: null,
    what: '',
    ...change,
  }
}

const day = (iso: string): string => iso.slice(0, 10)

describe('a story by days', () => {
  test('puts neighbouring lines of one exception in one box, over several days', () => {
    const days = storyDays(
      [
        aLine('a', '2026-11-19T09:00:00Z'),
        aLine('b', '2026-11-19T10:00:00Z', { exception: 'Missing papers' }),
        aLine('c', '2026-11-23T14:00:00Z', { exception: 'Missing papers' }),
        aLine('d', '2026-11-23T14:10:00Z'),
      ],
      day,
    )

    expect(days.map((at) => at.day)).toEqual(['2026-11-19', '2026-11-23'])
    expect(days[0]?.parts[1]).toMatchObject({
      kind: 'exception',
      name: 'Missing papers',
      until: '2026-11-23T14:10:00Z',
    })
  })

  test('says that an exception is open while nothing follows it', () => {
    const days = storyDays([aLine('a', '2026-11-19T09:00:00Z', { exception: 'Scope change' })], day)

    expect(days[0]?.parts[0]).toMatchObject({ kind: 'exception', until: null })
  })

  test('tells of waiting under the day on which it began', () => {
    const days = storyDays(
      [
        aLine('a', '2026-11-19T17:00:00Z'),
        aLine('wait', '2026-11-20T09:00:00Z', { icon: 'clock', waitedMs: 16 * 3_600_000 }),
        aLine('b', '2026-11-20T09:00:00Z'),
      ],
      day,
    )

    expect(days.map((at) => at.parts.length)).toEqual([2, 1])
  })

  test('sums its columns', () => {
    const lines = [
      aLine('a', '2026-11-19T09:00:00Z', { aiMs: 1, peopleMs: 2 }),
      aLine('b', '2026-11-19T09:00:00Z', { aiMs: 10, waitedMs: 30 }),
    ]

    expect(storySums(lines)).toEqual({ aiMs: 11, peopleMs: 2, waitedMs: 30 })
  })
})
