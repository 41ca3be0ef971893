import { describe, expect, it } from 'vitest'
import { createTouchClock, longestGapMs } from '#web/ui/touch-clock.ts'

describe('touch time', () => {
  it('adds up the time between inputs', () => {
    const clock = createTouchClock(0)

    clock.note(10_000)
    clock.note(50_000)

    expect(clock.total(60_000)).toBe(60_000)
  })

  it('leaves out a gap of more than two minutes', () => {
    const clock = createTouchClock(0)

    clock.note(10_000)
    clock.note(10_000 + longestGapMs + 1)

    expect(clock.total(10_000 + longestGapMs + 1)).toBe(10_000)
  })

  it('counts a gap of exactly two minutes', () => {
    const clock = createTouchClock(0)

    expect(clock.total(longestGapMs)).toBe(longestGapMs)
  })

  it('does not count while the tab is hidden', () => {
    const clock = createTouchClock(0)

    clock.leave(5_000)
    clock.note(65_000)

    expect(clock.total(66_000)).toBe(6_000)
    expect(createHidden().total(90_000)).toBe(5_000)
  })

  it('never runs backwards', () => {
    const clock = createTouchClock(10_000)

    clock.note(9_000)

    expect(clock.total(9_500)).toBeGreaterThanOrEqual(0)
  })
})

function createHidden(): ReturnType<typeof createTouchClock> {
  const clock = createTouchClock(0)
  clock.leave(5_000)
  return clock
}
