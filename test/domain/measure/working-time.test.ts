import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { caseSpan } from '#domain/measure/log-figures.ts'
import { ascending, quantile } from '#domain/measure/quantiles.ts'
import { pairedCases } from '#domain/measure/step-runs.ts'
import { WorkingCalendar } from '#domain/measure/working-calendar.ts'
import { aroundTheClock, officeHours, workingClock } from '#domain/measure/working-time.ts'
import { describeWithReference, reference } from './reference-data.ts'
import { readReferenceLog } from './reference-log.ts'

const amsterdam = 'Europe/Amsterdam'

function nightShift(zone: string): WorkingCalendar {
  const slots = [1, 2, 3, 4, 5, 6, 7].flatMap((weekday) => [
    { weekday, from: '22:00', to: '24:00' },
    { weekday, from: '00:00', to: '06:00' },
  ])
  return { name: 'Night shift', version: 1, zone, slots, holidays: [] }
}

/** Minute by minute, by the formatter alone: slow and beyond doubt. */
function countedMinutes(calendar: WorkingCalendar, from: number, to: number): number {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: calendar.zone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  })
  let minutes = 0
  for (let at = from; at < to; at += 60_000) {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]))
    const weekday = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(parts.get('weekday') ?? '') + 1
    const time = `${parts.get('hour')}:${parts.get('minute')}`
    const date = `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`
    const isOpen = calendar.slots.some(
      (slot) => slot.weekday === weekday && slot.from <= time && time < slot.to,
    )
    if (isOpen && !calendar.holidays.includes(date)) minutes += 1
  }
  return minutes
}

describe('a working calendar', () => {
  test('joins slots that overlap, so that no minute counts twice', () => {
    const calendar: WorkingCalendar = {
      ...officeHours({ zone: 'UTC' }),
      slots: [
        { weekday: 1, from: '09:00', to: '13:00' },
        { weekday: 1, from: '12:00', to: '17:00' },
      ],
    }
    const monday = Date.parse('2026-11-02T00:00:00Z')

    expect(workingClock(calendar).workingMs(monday, monday + 86_400_000)).toBe(8 * 3_600_000)
  })

  test('is working from the first instant of a slot to just before its last', () => {
    const { isWorking } = workingClock(officeHours({ zone: amsterdam }))

    expect(isWorking(Date.parse('2026-11-04T08:00:00Z'))).toBe(true)
    expect(isWorking(Date.parse('2026-11-04T07:59:59.999Z'))).toBe(false)
    expect(isWorking(Date.parse('2026-11-04T16:00:00Z'))).toBe(false)
  })

  test('two hours from Friday 16:00 are due on Monday at 10:00', () => {
    const { addWorkingMs } = workingClock(officeHours({ zone: amsterdam }))

    const due = addWorkingMs(Date.parse('2026-03-27T15:00:00Z'), 2 * 3_600_000)

    expect(new Date(due).toISOString()).toBe('2026-03-30T08:00:00.000Z')
  })

  test('a whole working year is added across every holiday', () => {
    const clock = workingClock({
      ...officeHours({ zone: amsterdam }),
      holidays: ['2026-12-25', '2027-01-01'],
    })
    const from = Date.parse('2026-11-02T08:00:00Z')

    expect(clock.workingMs(from, clock.addWorkingMs(from, 2000 * 3_600_000))).toBe(2000 * 3_600_000)
  })

  test.each([
    ['a slot that ends before it starts', { slots: [{ weekday: 1, from: '22:00', to: '06:00' }] }],
    ['a zone that does not exist', { zone: 'Europe/Atlantis' }],
    ['a date that does not exist', { holidays: ['2026-02-30'] }],
    ['no slot at all', { slots: [] }],
  ])('refuses %s', (_, fault) => {
    expect(WorkingCalendar.safeParse({ ...officeHours({ zone: 'UTC' }), ...fault }).success).toBe(false)
  })

  test('accepts the calendars that we make ourselves', () => {
    expect(WorkingCalendar.safeParse(officeHours({ zone: amsterdam })).success).toBe(true)
    expect(WorkingCalendar.safeParse(aroundTheClock('UTC')).success).toBe(true)
  })

  // Changes of the clock in 2026: one hour, half an hour, at midnight, none, and far east and west.
  const zones = [
    'Europe/Amsterdam',
    'Australia/Lord_Howe',
    'America/Santiago',
    'Asia/Kathmandu',
    'Pacific/Kiritimati',
    'America/St_Johns',
  ]
  test.each(zones)('agrees with counting minutes over clock changes in %s', (zone) => {
    const calendars = [
      officeHours({ zone, from: '00:30', to: '03:15' }),
      nightShift(zone),
      aroundTheClock(zone),
    ]
    const start = fc.constantFrom(
      '2026-03-07',
      '2026-03-28',
      '2026-04-04',
      '2026-09-05',
      '2026-10-03',
      '2026-10-24',
      '2026-11-01',
    )
    fc.assert(
      fc.property(
        start,
        fc.nat(2000),
        fc.nat(2500),
        fc.constantFrom(...calendars),
        (day, offset, length, calendar) => {
          const from = Date.parse(`${day}T00:00:00Z`) + offset * 60_000
          const to = from + length * 60_000

          expect(workingClock(calendar).workingMs(from, to)).toBe(countedMinutes(calendar, from, to) * 60_000)
        },
      ),
      { numRuns: 15 },
    )
  })

  test('what is added can be measured again, and the time before is never enough', () => {
    const clock = workingClock({ ...nightShift(amsterdam), holidays: ['2026-10-26'] })
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 400 * 86_400 }),
        fc.integer({ min: 1, max: 500 * 3600 }),
        (second, length) => {
          const from = Date.parse('2026-01-01T00:00:00Z') + second * 1000

          const due = clock.addWorkingMs(from, length * 1000)

          expect(clock.workingMs(from, due)).toBe(length * 1000)
          expect(clock.workingMs(from, due - 1)).toBe(length * 1000 - 1)
        },
      ),
    )
  })
})

describeWithReference('calendars against the reference', () => {
  const Log = z.object({
    n: z.number(),
    total: z.number(),
    mean: z.number(),
    median: z.number(),
    p90: z.number(),
    zero: z.number(),
  })
  const { calendar } = reference(
    'measurement_ground_truth_dev.json',
    z.object({
      calendar: z.object({
        hand: z.array(
          z.object({
            label: z.string(),
            zone: z.string(),
            schedule: z.enum(['mon-fri 09-17', '24x7', 'daily 22-06']),
            holidays: z.array(z.string()),
            start: z.string(),
            end: z.string(),
            business_s: z.number(),
          }),
        ),
        patients: z.object({
          log: z.string(),
          zone: z.string(),
          no_holidays: Log,
          holidays: z.array(z.string()),
          with_holidays: Log,
          first_cases: z.record(z.string(), z.number()),
        }),
      }),
    }),
  )
  const schedules = {
    'mon-fri 09-17': (zone: string) => officeHours({ zone }),
    '24x7': aroundTheClock,
    'daily 22-06': nightShift,
  } as const

  test.each(calendar.hand)('$label', (entry) => {
    const clock = workingClock({ ...schedules[entry.schedule](entry.zone), holidays: entry.holidays })

    expect(clock.workingMs(Date.parse(entry.start), Date.parse(entry.end))).toBe(entry.business_s * 1000)
  })

  test.each(['no_holidays', 'with_holidays'] as const)('a whole hospital log, %s', (variant) => {
    const { patients } = calendar
    const holidays = variant === 'with_holidays' ? patients.holidays : []
    const clock = workingClock({ ...officeHours({ zone: patients.zone }), holidays })

    const worked = new Map(
      pairedCases(readReferenceLog(patients.log).rows).map(({ caseId, runs }) => {
        const { from, to } = caseSpan(runs)
        return [caseId, clock.workingMs(from, to) / 1000]
      }),
    )

    const sorted = ascending(worked.values())
    const total = sorted.reduce((sum, seconds) => sum + seconds, 0)
    expect({
      n: sorted.length,
      total,
      mean: total / sorted.length,
      median: quantile(sorted, 0.5),
      p90: quantile(sorted, 0.9),
      zero: sorted.filter((seconds) => seconds === 0).length,
    }).toEqual(patients[variant])
    if (variant === 'no_holidays') {
      for (const [caseId, seconds] of Object.entries(patients.first_cases))
        expect(worked.get(caseId)).toBe(seconds)
    }
  })
})
