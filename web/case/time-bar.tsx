import type { ReactElement } from 'react'
import type { CaseDetail } from '#domain/views/cases.ts'
import { durationWords } from '../pilot/durations.ts'
import { wholeShares } from '../pilot/shares.ts'

/** Where the time of a case went: parts that sum to the whole, shares that sum to 100. */
export function TimeBar({ parts }: { parts: CaseDetail['timeParts'] }): ReactElement | null {
  const shown = parts.filter((part) => part.ms > 0)
  const total = shown.reduce((sum, part) => sum + part.ms, 0)
  if (total === 0) return null
  const shares = wholeShares(shown.map((part) => part.ms))
  const shade = shades(shown)
  return (
    <section className="went" aria-labelledby="went-title">
      <div className="went-head">
        <h2 id="went-title" className="num">
          Where {durationWords(total)} went
        </h2>
        <span className="dim small">calendar time</span>
      </div>
      <div className="went-bar" aria-hidden="true">
        {shown.map((part, index) => (
          <span key={`${part.kind} ${part.label}`} data-shade={shade[index]} style={{ flexGrow: part.ms }} />
        ))}
      </div>
      <ul className="num">
        {shown.map((part, index) => (
          <li key={`${part.kind} ${part.label}`}>
            <span className="went-mark" data-shade={shade[index]} aria-hidden="true" />
            {part.label}
            <b>{durationWords(part.ms)}</b>
            <span className="dim">{shares[index] === 0 ? '<1' : shares[index]} %</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Several parts of one kind get different shades: "waiting-0", "waiting-1", "waiting-2", then again. */
function shades(parts: CaseDetail['timeParts']): string[] {
  const seen = new Map<string, number>()
  return parts.map(({ kind }) => {
    const before = seen.get(kind) ?? 0
    seen.set(kind, before + 1)
    return `${kind}-${before % 3}`
  })
}
