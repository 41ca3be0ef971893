import type { WorkingCalendar } from './working-calendar.ts'
import { zoneClock, type OffsetSpan } from './zone-clock.ts'

/** A calendar ready for use; it remembers the days it worked out, so keep one per job. Instants in UTC ms. */
export type WorkingClock = {
  calendar: WorkingCalendar
  isWorking: (instant: number) => boolean
  /** Elapsed working time in [from, to). */
  workingMs: (from: number, to: number) => number
  /** The earliest instant by which so much working time has passed since `from`. */
  addWorkingMs: (from: number, ms: number) => number
}

type Interval = { from: number; to: number }
type WorkingDay = { intervals: Interval[]; totalMs: number }

const DAY_MS = 86_400_000
/** Offsets reach from -12 h to +14 h, so a local date lies within its UTC day widened by these. */
const WIDEST_EAST_MS = 15 * 3_600_000
const WIDEST_WEST_MS = 13 * 3_600_000
/** At most 1000 holidays can be named, so ten years without work cannot happen. */
const LONGEST_SEARCH_DAYS = 3660

/** Monday to Friday, the same hours each day. */
export function officeHours(hours: {
  zone: string
  from?: string
  to?: string
  name?: string
}): WorkingCalendar {
  const { zone, from = '09:00', to = '17:00', name = 'Office hours' } = hours
  const slots = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from, to }))
  return { name, version: 1, zone, slots, holidays: [] }
}

export function aroundTheClock(zone: string): WorkingCalendar {
  const slots = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: '00:00', to: '24:00' }))
  return { name: 'Around the clock', version: 1, zone, slots, holidays: [] }
}

export function workingClock(calendar: WorkingCalendar): WorkingClock {
  const clock = zoneClock(calendar.zone)
  const slotsByWeekday = mergedSlots(calendar)
  const holidays = new Set(calendar.holidays.map((date) => Date.parse(`${date}T00:00:00Z`) / DAY_MS))
  const days = new Map<number, WorkingDay>()

  const localDayOf = (instant: number): number => Math.floor((instant + clock.offsetAt(instant)) / DAY_MS)

  const dayOf = (localDay: number): WorkingDay => {
    const known = days.get(localDay)
    if (known) return known
    // 1970-01-01 was a Thursday.
    const weekday = ((((localDay + 3) % 7) + 7) % 7) + 1
    const slots = holidays.has(localDay) ? [] : (slotsByWeekday.get(weekday) ?? [])
    const start = localDay * DAY_MS
    const spans =
      slots.length === 0 ? [] : clock.spans(start - WIDEST_EAST_MS, start + DAY_MS + WIDEST_WEST_MS)
    const intervals = spans.flatMap((span) => slotsInSpan(slots, { start, span }))
    const day = {
      intervals,
      totalMs: intervals.reduce((sum, interval) => sum + interval.to - interval.from, 0),
    }
    days.set(localDay, day)
    return day
  }

  const workingMs = (from: number, to: number): number => {
    if (!(to > from)) return 0
    const first = localDayOf(from)
    const last = localDayOf(to)
    let total = 0
    for (let day = first; day <= last; day += 1) {
      const { intervals, totalMs } = dayOf(day)
      total += day > first && day < last ? totalMs : overlap(intervals, { from, to })
    }
    return total
  }

  const addWorkingMs = (from: number, ms: number): number => {
    if (!(ms > 0)) return from
    let left = ms
    let daysWithoutWork = 0
    for (let day = localDayOf(from); daysWithoutWork < LONGEST_SEARCH_DAYS; day += 1) {
      daysWithoutWork += 1
      for (const interval of dayOf(day).intervals) {
        const start = Math.max(interval.from, from)
        const available = interval.to - start
        if (available <= 0) continue
        if (available >= left) return start + left
        left -= available
        daysWithoutWork = 0
      }
    }
    throw new Error(`calendar ${calendar.name} has no working time in the ten years after ${from}`)
  }

  return {
    calendar,
    isWorking: (instant) =>
      dayOf(localDayOf(instant)).intervals.some((slot) => slot.from <= instant && instant < slot.to),
    workingMs,
    addWorkingMs,
  }
}

/** Slots of a local day as instants, as far as one offset is in force: hours that come twice count twice. */
function slotsInSpan(slots: readonly Interval[], at: { start: number; span: OffsetSpan }): Interval[] {
  return slots.flatMap((slot) => {
    const from = Math.max(at.start + slot.from - at.span.offsetMs, at.span.from)
    const to = Math.min(at.start + slot.to - at.span.offsetMs, at.span.to)
    return to > from ? [{ from, to }] : []
  })
}

function overlap(intervals: readonly Interval[], within: Interval): number {
  let total = 0
  for (const { from, to } of intervals) {
    total += Math.max(0, Math.min(to, within.to) - Math.max(from, within.from))
  }
  return total
}

/** Slots per weekday as ms of the day, overlapping ones joined so that nothing counts twice. */
function mergedSlots(calendar: WorkingCalendar): Map<number, Interval[]> {
  const byWeekday = new Map<number, Interval[]>()
  const slots = calendar.slots.map((slot) => ({ ...slot, from: msOfDay(slot.from), to: msOfDay(slot.to) }))
  for (const { weekday, from, to } of slots.toSorted((a, b) => a.from - b.from)) {
    const merged = byWeekday.get(weekday) ?? []
    const last = merged.at(-1)
    if (last && from <= last.to) last.to = Math.max(last.to, to)
    else merged.push({ from, to })
    byWeekday.set(weekday, merged)
  }
  return byWeekday
}

function msOfDay(time: string): number {
  const [hours, minutes] = time.split(':').map(Number)
  return ((hours ?? 0) * 60 + (minutes ?? 0)) * 60_000
}
