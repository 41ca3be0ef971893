import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { Home } from '#domain/views/session.ts'
import './needs-you.css'

/** One sentence on what needs this person, and the one solid button of the page. */
export function NeedsYou({ needs }: { needs: Home['needsYou'] }): ReactElement {
  const colon = needs.sentence.indexOf(': ')
  const [lead, rest] =
    colon < 0 ? [needs.sentence, ''] : [needs.sentence.slice(0, colon + 1), needs.sentence.slice(colon + 1)]
  return (
    <section className="needs" aria-labelledby="needs-heading">
      <div>
        <h2 id="needs-heading">Needs you</h2>
        <p className="num">
          <b>{lead}</b>
          {rest}
        </p>
      </div>
      {needs.taskId !== null && (
        <Link to="/tasks/$taskId" params={{ taskId: needs.taskId }} className="start">
          Start with {needs.caseTitle ?? 'the first'}
        </Link>
      )}
    </section>
  )
}
