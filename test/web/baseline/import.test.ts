import { describe, expect, test } from 'vitest'
import type { WorkingCalendar } from '#domain/measure/working-calendar.ts'
import type { UploadCheck } from '#domain/views/baselines.ts'
import {
  calendarFault,
  slotsOfDay,
  withoutSlot,
  withSlot,
  withSlotAdded,
} from '#web/baseline/calendar-changes.ts'
import { blockedBy } from '#web/baseline/import-log.tsx'

const office: WorkingCalendar = {
  name: 'Office',
  version: 1,
  zone: 'Europe/Amsterdam',
  slots: [
    { weekday: 1, from: '09:00', to: '17:00' },
    { weekday: 2, from: '09:00', to: '17:00' },
  ],
  holidays: [],
}

describe('the working hours editor', () => {
  test('adds office hours to an empty day and keeps the week in order', () => {
    const changed = withSlotAdded({ ...office, slots: office.slots.slice(1) }, 1)

    expect(changed.slots.map((slot) => slot.weekday)).toEqual([1, 2])
    expect(slotsOfDay(changed, 1)).toEqual([{ from: '09:00', to: '17:00' }])
  })

  test('changes and removes hours of one day only', () => {
    const changed = withoutSlot(withSlot(office, 2, 0, { from: '10:00', to: '12:00' }), 1, 0)

    expect(changed.slots).toEqual([{ weekday: 2, from: '10:00', to: '12:00' }])
  })

  test('says what is wrong before anything is sent', () => {
    expect(calendarFault(office)).toBeNull()
    expect(calendarFault({ ...office, slots: [] })).toContain('no working hours')
    expect(calendarFault(withSlot(office, 1, 0, { from: '18:00', to: '09:00' }))).toContain(
      'end before they start',
    )
    expect(calendarFault(withSlot(office, 1, 0, { from: '', to: '09:00' }))).not.toBeNull()
  })
})

describe('an import', () => {
  const check: UploadCheck = {
    rows: 100,
    cases: 10,
    rejected: [{ row: 4, reason: 'Not a date', value: 'soon' }],
    rejectedTotal: 1,
    activities: [],
    firstAt: null,
    lastAt: null,
  }

  test('waits until the rejected rows are mended or left out by choice', () => {
    expect(blockedBy({ check, skip: false, calendar: office })).toContain('leave out')
    expect(blockedBy({ check, skip: true, calendar: office })).toBeNull()
  })

  test('waits for a file with cases and a calendar that can be used', () => {
    expect(blockedBy({ check: undefined, skip: false, calendar: null })).toBe('Reading the file.')
    expect(blockedBy({ check: { ...check, cases: 0 }, skip: true, calendar: null })).toContain('No case')
    expect(blockedBy({ check, skip: true, calendar: { ...office, slots: [] } })).toContain('no working hours')
  })
})
