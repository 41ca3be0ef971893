import { describe, expect, it } from 'vitest'
import { clockOf, zoneWords } from '#web/case/clock.ts'

const now = (): Date => new Date('2026-11-28T23:30:00.000Z')

describe('the clock of a process', () => {
  it.each([
    ['Europe/Amsterdam', '2026-11-28T23:10:00.000Z', '00:10', 'Today, Sunday 29 November'],
    ['Europe/Amsterdam', '2026-11-28T22:10:00.000Z', '23:10', 'Saturday 28 November'],
    ['America/New_York', '2026-11-28T23:10:00.000Z', '18:10', 'Today, Saturday 28 November'],
    ['Asia/Kolkata', '2025-11-28T23:10:00.000Z', '04:40', 'Saturday 29 November'],
  ])('in %s tells %s as %s of %s', (zone, iso, time, day) => {
    const clock = clockOf(zone, now)

    expect(clock.time(iso)).toBe(time)
    expect(clock.day(iso)).toBe(day)
  })

  it('tells a day of an exception and a moment to come', () => {
    const clock = clockOf('Europe/Amsterdam')

    expect(clock.weekday('2026-11-26T23:10:00.000Z')).toBe('Fri')
    expect(clock.moment('2026-11-26T23:10:00.000Z')).toBe('Fri 27 Nov, 00:10')
  })

  it('is named where it is not the reader’s own', () => {
    const own = new Intl.DateTimeFormat().resolvedOptions().timeZone

    expect(zoneWords(own)).toBeNull()
    expect(zoneWords('Pacific/Chatham')).toBe('Times of Pacific/Chatham')
  })
})
