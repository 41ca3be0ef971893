import { IconHourglass } from '@tabler/icons-react'
import { useState, type ReactElement } from 'react'
import type { CaseDetail } from '#domain/views/cases.ts'
import { useNow } from '#web/ui/time-text.tsx'
import { durationWords } from '../pilot/durations.ts'
import { BringMessage } from './bring-message.tsx'
import { clockOf } from './clock.ts'

type Wait = CaseDetail['waits'][number]

/** What the case waits for beside people: an instant, a message, or whichever comes first. */
export function Waits({ detail }: { detail: CaseDetail }): ReactElement | null {
  const now = useNow()
  const [bringing, setBringing] = useState<string | null>(null)
  const [told, setTold] = useState<string | null>(null)
  if (detail.waits.length === 0) return null
  const asked = detail.waits.find(({ execId }) => execId === bringing)
  return (
    <div className="case-waits num">
      <ul aria-label="What it waits for">
        {detail.waits.map((wait) => (
          <li key={wait.execId}>
            <IconHourglass size={16} stroke={1.75} aria-hidden />
            <span>
              <b>{wait.title}</b> {waitWords(wait, { now, paused: detail.paused, zone: detail.zone })}{' '}
              {wait.message !== null && detail.can.sendMessage && (
                <button type="button" className="link" onClick={() => setBringing(wait.execId)}>
                  Bring the message
                </button>
              )}
            </span>
          </li>
        ))}
      </ul>
      {told !== null && <p role="status">{told}</p>}
      {asked !== undefined && asked.message !== null && (
        <BringMessage
          key={asked.execId}
          detail={detail}
          wait={asked}
          message={asked.message}
          onBrought={setTold}
          onClose={() => setBringing(null)}
        />
      )}
    </div>
  )
}

type Present = { now: number; paused: boolean; zone: string }

function waitWords({ message, until }: Wait, { now, paused, zone }: Present): string {
  const { moment } = clockOf(zone)
  const left = until === null || paused ? '' : Date.parse(until) - now
  const leftWords = left === '' ? '' : left <= 0 ? ', due now' : `, ${durationWords(left)} left`
  if (message !== null) {
    const limit = until === null ? '' : `, at the latest until ${moment(until)}`
    return `for the message “${message}”${limit}${leftWords}`
  }
  return until === null ? 'has no end set' : `until ${moment(until)}${leftWords}`
}
