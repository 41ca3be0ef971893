import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { Home } from '#domain/views/session.ts'
import { ask } from '../queries.ts'
import { usePageTitle } from '../ui/page-title.ts'
import { EmptyState, ErrorState, Loading } from '../ui/states.tsx'
import { useKeys } from '../ui/use-keys.ts'
import { FirstSteps } from './first-steps.tsx'
import './home.css'
import { NeedsYou } from './needs-you.tsx'
import { PilotPulse } from './pilot-pulse.tsx'
import { Samples } from './samples.tsx'

/** What needs me, how the pilots do, and what is left of the first five steps. */
export default function HomePage(): ReactElement {
  const home = useQuery(ask('home', {}))
  usePageTitle('Home')
  return (
    <div className="home">
      <header className="page-bar">
        <h1>Home</h1>
      </header>
      {home.data === undefined ? (
        home.isError ? (
          <ErrorState
            error={home.error}
            what="Home could not be loaded"
            safe="Cases and pilots go on as before."
            onRetry={() => void home.refetch()}
          />
        ) : (
          <Loading rows={6} />
        )
      ) : (
        <Content home={home.data} />
      )}
    </div>
  )
}

function Content({ home }: { home: Home }): ReactElement {
  const navigate = useNavigate()
  const { needsYou, pilots, ticks, samples } = home
  const { taskId } = needsYou
  useKeys('Home', [
    {
      keys: 'Enter',
      label: 'Start with the first item',
      run: () => {
        if (taskId !== null) void navigate({ to: '/tasks/$taskId', params: { taskId } })
      },
    },
  ])
  return (
    <div className="home-in">
      <NeedsYou needs={needsYou} />
      <div className="home-split">
        <section className="home-part" aria-labelledby="pulse-heading">
          <h2 id="pulse-heading">Pilots</h2>
          {pilots.length === 0 ? (
            <EmptyState title="Pick one process">
              A pilot runs one process that is contained, weekly and measurable. Make a sample to see one.
            </EmptyState>
          ) : (
            <ul className="pulse">
              {pilots.map((pilot) => (
                <PilotPulse key={pilot.pilotId} pilot={pilot} />
              ))}
            </ul>
          )}
        </section>
        <div className="home-side">
          <FirstSteps ticks={ticks} />
          <Samples samples={samples} />
        </div>
      </div>
    </div>
  )
}
