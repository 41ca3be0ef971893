import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { PilotSummary } from '#domain/views/pilots.ts'
import { ask } from '#web/queries.ts'
import { SampleLabel } from '#web/ui/labels.tsx'
import { usePageTitle } from '#web/ui/page-title.ts'
import { EmptyState, ErrorState, Loading } from '#web/ui/states.tsx'
import { dayWords } from './durations.ts'
import './pilots.css'

/** All pilots that one may see, those to decide soonest first. */
export default function PilotsPage(): ReactElement {
  const pilots = useQuery(ask('pilots', {}))
  usePageTitle('Pilots')
  return (
    <>
      <header className="page-bar">
        <h1>Pilots</h1>
      </header>
      {pilots.data === undefined ? (
        pilots.isError ? (
          <ErrorState
            error={pilots.error}
            what="The pilots could not be loaded"
            onRetry={() => void pilots.refetch()}
          />
        ) : (
          <Loading rows={4} />
        )
      ) : pilots.data.length === 0 ? (
        <EmptyState
          title="No pilot is running"
          action={
            <Link className="link" to="/">
              Go to Home
            </Link>
          }
        >
          A pilot runs one published map for at most 90 days beside its manual baseline. Home makes the
          samples in one click.
        </EmptyState>
      ) : (
        <ul className="pilots">
          {pilots.data
            .toSorted((a, b) => a.decideBy.localeCompare(b.decideBy))
            .map((pilot) => (
              <PilotRow key={pilot.id} pilot={pilot} />
            ))}
        </ul>
      )}
    </>
  )
}

function PilotRow({ pilot }: { pilot: PilotSummary }): ReactElement {
  return (
    <li className="pilots-row">
      <div className="pilots-name">
        <Link to="/pilots/$pilotId" params={{ pilotId: pilot.id }}>
          {pilot.processName}
        </Link>
        {pilot.sample && <SampleLabel />}
        <span className="dim small">
          {pilot.owner.name}, map version {pilot.mapVersion}
        </span>
      </div>
      <p className="pilots-day num">
        <span>
          Day {pilot.day} of {pilot.days}
        </span>
        <span className="pilots-track" aria-hidden="true">
          <i style={{ width: `${Math.min(100, (pilot.day / pilot.days) * 100)}%` }} />
        </span>
      </p>
      <p className="num">
        <b>{pilot.finished}</b> finished, <b>{pilot.running}</b> running
        {pilot.cancelled > 0 && `, ${pilot.cancelled} stopped`}
      </p>
      <p className="dim num">
        {pilot.status === 'ended' ? 'Ended' : `Decide by ${dayWords(pilot.decideBy)}`}
      </p>
    </li>
  )
}
