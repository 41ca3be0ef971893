import { WorkingCalendar } from '#domain/measure/working-calendar.ts'

export type Slot = Pick<WorkingCalendar['slots'][number], 'from' | 'to'>

export function slotsOfDay(calendar: WorkingCalendar, weekday: number): Slot[] {
  return calendar.slots.filter((slot) => slot.weekday === weekday).map(({ from, to }) => ({ from, to }))
}

function withDay(calendar: WorkingCalendar, weekday: number, slots: Slot[]): WorkingCalendar {
  const others = calendar.slots.filter((slot) => slot.weekday !== weekday)
  const changed = [...others, ...slots.map((slot) => ({ weekday, ...slot }))]
  return { ...calendar, slots: changed.toSorted((a, b) => a.weekday - b.weekday) }
}

export function withSlot(
  calendar: WorkingCalendar,
  weekday: number,
  at: number,
  slot: Slot,
): WorkingCalendar {
  return withDay(
    calendar,
    weekday,
    slotsOfDay(calendar, weekday).map((old, index) => (index === at ? slot : old)),
  )
}

export function withoutSlot(calendar: WorkingCalendar, weekday: number, at: number): WorkingCalendar {
  return withDay(calendar, weekday, slotsOfDay(calendar, weekday).toSpliced(at, 1))
}

/** Office hours on an empty day; after the last hours of a day that has some. */
export function withSlotAdded(calendar: WorkingCalendar, weekday: number): WorkingCalendar {
  const slots = slotsOfDay(calendar, weekday)
  const last = slots.at(-1)
  const next = last === undefined ? { from: '09:00', to: '17:00' } : { from: last.to, to: '23:59' }
  return withDay(calendar, weekday, [...slots, next])
}

/** What keeps a calendar from being used, in words; null when nothing does. */
export function calendarFault(calendar: WorkingCalendar): string | null {
  if (calendar.slots.length === 0)
    return 'The week has no working hours. Add some, or measure calendar time only.'
  if (calendar.slots.some((slot) => slot.from >= slot.to)) {
    return 'Some hours end before they start. Split a night shift at midnight.'
  }
  return WorkingCalendar.safeParse(calendar).success ? null : 'The working hours are not complete.'
}
