import { z } from 'zod'
import { isZone } from './zone-clock.ts'

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as 09:00')
const EndOfSlot = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'a time of day such as 17:00 or 24:00')

/** Working time [from, to) on one weekday; Monday is 1, Sunday 7. A night shift is two slots. */
const WorkingSlot = z
  .strictObject({ weekday: z.int().min(1).max(7), from: TimeOfDay, to: EndOfSlot })
  .refine((slot) => slot.from < slot.to, 'a slot ends after it starts; split a night shift at midnight')

/** When work is done, by the wall clock of one zone. A change makes a new version. */
export const WorkingCalendar = z
  .strictObject({
    name: z.string().trim().min(1).max(80),
    version: z.int().min(1),
    zone: z.string().refine(isZone, 'a time zone such as Europe/Amsterdam'),
    slots: z.array(WorkingSlot).min(1).max(100),
    /** Local dates without work. */
    holidays: z.array(z.iso.date()).max(1000),
  })
  .meta({ id: 'WorkingCalendar' })
export type WorkingCalendar = z.infer<typeof WorkingCalendar>
