import { Button, Checkbox } from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import { useState, type ReactElement } from 'react'
import type { WorkingCalendar } from '#domain/measure/working-calendar.ts'
import { slotsOfDay, withSlot, withSlotAdded, withoutSlot, type Slot } from './calendar-changes.ts'
import { ZoneField } from './zone-field.tsx'

const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

type CalendarFormProps = {
  /** Null: only calendar time is measured. */
  calendar: WorkingCalendar | null
  initial: WorkingCalendar
  onChange: (calendar: WorkingCalendar | null) => void
}

/** When work is done: zone, hours of the week, days off. */
export function CalendarForm({ calendar, initial, onChange }: CalendarFormProps): ReactElement {
  return (
    <section className="import-part" aria-labelledby="calendar-title">
      <h2 id="calendar-title">Working hours</h2>
      <Checkbox
        label="Measure in working time as well as calendar time"
        checked={calendar !== null}
        onChange={(event) => onChange(event.currentTarget.checked ? initial : null)}
      />
      {calendar !== null && (
        <>
          <div className="roles">
            <ZoneField
              label="Time zone of the hours"
              description="The wall clock that they are read by"
              value={calendar.zone}
              mayBeEmpty={false}
              onChange={(zone) => onChange({ ...calendar, zone })}
            />
          </div>
          <fieldset className="week">
            <legend>Hours of the week</legend>
            {days.map((day, index) => (
              <DayRow
                key={day}
                day={day}
                slots={slotsOfDay(calendar, index + 1)}
                onSlot={(at, slot) => onChange(withSlot(calendar, index + 1, at, slot))}
                onAdd={() => onChange(withSlotAdded(calendar, index + 1))}
                onRemove={(at) => onChange(withoutSlot(calendar, index + 1, at))}
              />
            ))}
          </fieldset>
          <Holidays
            holidays={calendar.holidays}
            onChange={(holidays) => onChange({ ...calendar, holidays })}
          />
        </>
      )}
    </section>
  )
}

type DayRowProps = {
  day: string
  slots: Slot[]
  onSlot: (at: number, slot: Slot) => void
  onAdd: () => void
  onRemove: (at: number) => void
}

function DayRow({ day, slots, onSlot, onAdd, onRemove }: DayRowProps): ReactElement {
  return (
    <div className="week-day" role="group" aria-label={day}>
      <span className="week-name">{day}</span>
      <span className="week-slots">
        {slots.length === 0 && <span className="dim">no work</span>}
        {slots.map((slot, at) => (
          <span key={at} className="week-slot" data-faulty={slot.from >= slot.to || undefined}>
            <input
              type="time"
              aria-label={`${day}, from`}
              value={slot.from}
              onChange={(event) => onSlot(at, { ...slot, from: event.currentTarget.value })}
            />
            <span aria-hidden="true">to</span>
            <input
              type="time"
              aria-label={`${day}, to`}
              value={slot.to === '24:00' ? '23:59' : slot.to}
              onChange={(event) => onSlot(at, { ...slot, to: event.currentTarget.value })}
            />
            <button type="button" aria-label={`${day}: remove these hours`} onClick={() => onRemove(at)}>
              <IconX size={15} aria-hidden />
            </button>
          </span>
        ))}
      </span>
      <button type="button" className="week-add" aria-label={`${day}: add hours`} onClick={onAdd}>
        <IconPlus size={15} aria-hidden />
      </button>
    </div>
  )
}

type HolidaysProps = { holidays: string[]; onChange: (holidays: string[]) => void }

function Holidays({ holidays, onChange }: HolidaysProps): ReactElement {
  const [day, setDay] = useState('')
  const isReady = /^\d{4}-\d\d-\d\d$/.test(day) && !holidays.includes(day)
  return (
    <fieldset className="holidays">
      <legend>Days off</legend>
      {holidays.length > 0 && (
        <ul>
          {holidays.toSorted().map((holiday) => (
            <li key={holiday} className="num">
              {holiday}
              <button
                type="button"
                aria-label={`Remove ${holiday}`}
                onClick={() => onChange(holidays.filter((other) => other !== holiday))}
              >
                <IconX size={14} aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className="holiday-add">
        <input
          type="date"
          aria-label="A day off"
          value={day}
          onChange={(event) => setDay(event.currentTarget.value)}
        />
        <Button
          variant="default"
          size="compact-sm"
          disabled={!isReady}
          onClick={() => {
            onChange([...holidays, day])
            setDay('')
          }}
        >
          Add
        </Button>
      </div>
    </fieldset>
  )
}
