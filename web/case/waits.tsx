import { IconHourglass } from '@tabler/icons-react'
import { useState, type ReactElement } from 'react'
import type { CaseDetail } from '#domain/views/cases.ts'
import { useNow } from '#web/ui/time-text.tsx'
import { dateTimeWords, durationWords } from '../pilot/durations.ts'
import { BringMessage } from './bring-message.tsx'

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
              <b>{wait.title}</b> {waitWords(wait, { now, paused: detail.paused })}{' '}
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

function waitWords({ message, until }: Wait, { now, paused }: { now: number; paused: boolean }): string {
  const left = until === null || paused ? '' : Date.parse(until) - now
  const leftWords = left === '' ? '' : left <= 0 ? ', due now' : `, ${durationWords(left)} left`
  if (message !== null) {
    const limit = until === null ? '' : `, at the latest until ${dateTimeWords(until)}`
    return `for the message “${message}”${limit}${leftWords}`
  }
  return until === null ? 'has no end set' : `until ${dateTimeWords(until)}${leftWords}`
}
