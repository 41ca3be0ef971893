import type { ReactElement } from 'react'
import type { StepFigures } from '#domain/views/pilots.ts'
import { wholeShares } from './shares.ts'

/** What people did with the drafts of a step: a bar and the counts it is made of. */
export function DraftOutcomes({ drafts }: { drafts: NonNullable<StepFigures['drafts']> }): ReactElement {
  const parts = [
    { key: 'accepted', label: 'Accepted', n: drafts.accepted },
    { key: 'edited', label: 'Edited', n: drafts.edited },
    { key: 'sent-back', label: 'Sent back', n: drafts.sentBack },
    { key: 'rejected', label: 'Rejected', n: drafts.rejected },
    { key: 'by-hand', label: 'By hand', n: drafts.byHand },
  ].filter((part) => part.n > 0 || part.key !== 'rejected')
  const decided = parts.reduce((sum, part) => sum + part.n, 0)
  const shares = wholeShares(parts.map((part) => part.n))
  return (
    <section aria-labelledby="step-drafts">
      <h3 id="step-drafts">
        What people did with the drafts <span className="dim num">n {decided}</span>
      </h3>
      {decided === 0 ? (
        <p className="small dim">No draft has been decided yet.</p>
      ) : (
        <>
          <div className="outcome-bar" aria-hidden="true">
            {parts.map(
              (part) => part.n > 0 && <span key={part.key} data-kind={part.key} style={{ flex: part.n }} />,
            )}
          </div>
          <ul className="outcome-list num">
            {parts.map((part, index) => (
              <li key={part.key}>
                <span className="outcome-mark" data-kind={part.key} aria-hidden="true" />
                {part.label}
                <b>{part.n}</b>
                <span className="dim">{shares[index]} %</span>
              </li>
            ))}
          </ul>
        </>
      )}
      <p className="small dim num">
        {drafts.offered} {drafts.offered === 1 ? 'draft' : 'drafts'}: {decided} decided, {drafts.pending}{' '}
        still with a reviewer
      </p>
    </section>
  )
}
