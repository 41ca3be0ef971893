import { useEffect, useState, type ReactElement } from 'react'

const day = 24 * 60 * 60_000

const clockTime = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const dayWords = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short' })
const dayAndYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'short' })

function daysApart(at: Date, now: Date): number {
  const midnight = (date: Date): number => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())
  return Math.round((midnight(at) - midnight(now)) / day)
}

/** "11:40", "yesterday 16:05", "tomorrow 09:00", "Fri 20 Nov, 09:05". */
export function instantWords(instant: string, now: Date = new Date()): string {
  const at = new Date(instant)
  const apart = daysApart(at, now)
  if (apart === 0) return clockTime.format(at)
  if (apart === -1) return `yesterday ${clockTime.format(at)}`
  if (apart === 1) return `tomorrow ${clockTime.format(at)}`
  if (Math.abs(apart) < 200) return `${dayWords.format(at)}, ${clockTime.format(at)}`
  return dayAndYear.format(at)
}

/** A moment in the reader's own clock, with the whole date on hover. */
export function Instant({ at }: { at: string }): ReactElement {
  return (
    <time className="num" dateTime={at} title={full.format(new Date(at))}>
      {instantWords(at)}
    </time>
  )
}

/** The present moment, renewed often enough for texts like "38 min left". */
export function useNow(everyMs = 30_000): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}
