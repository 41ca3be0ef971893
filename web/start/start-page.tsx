import '@mantine/core/styles/FloatingIndicator.layer.css'
import { SegmentedControl } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import type { PilotDetail } from '#domain/views/pilots.ts'
import { ask } from '#web/queries.ts'
import { SampleLabel } from '#web/ui/labels.tsx'
import { usePageTitle } from '#web/ui/page-title.ts'
import { EmptyState, ErrorState } from '#web/ui/states.tsx'
import { ManyCases } from './many-cases.tsx'
import { OneCase } from './one-case.tsx'
import './start.css'
import { PageLoading } from '../pilot/page-loading.tsx'

/** Start one case by form, or many from a file. */
export default function StartPage(): ReactElement {
  const { pilotId } = useParams({ from: '/pilots/$pilotId/start' })
  const pilot = useQuery(ask('pilot', { params: { pilotId } }))
  usePageTitle(pilot.data === undefined ? 'Start a case' : `Start a case of ${pilot.data.processName}`)
  if (pilot.data === undefined) {
    if (!pilot.isError) return <PageLoading title="Start a case" rows={5} />
    return (
      <>
        <h1 className="sr">Start a case</h1>
        <ErrorState
          error={pilot.error}
          what="The form could not be loaded"
          onRetry={() => void pilot.refetch()}
        />
      </>
    )
  }
  return <Start pilot={pilot.data} />
}

function Start({ pilot }: { pilot: PilotDetail }): ReactElement {
  const [many, setMany] = useState(false)
  return (
    <>
      <header className="page-bar">
        <Link
          className="start-back"
          to="/pilots/$pilotId"
          params={{ pilotId: pilot.id }}
          aria-label={`Back to ${pilot.processName}`}
        >
          <IconArrowLeft size={18} stroke={1.75} aria-hidden />
        </Link>
        <h1>Start a case of {pilot.processName}</h1>
        {pilot.sample && <SampleLabel />}
      </header>
      <div className="start">
        {pilot.can.startCase && pilot.status === 'running' ? (
          <>
            <SegmentedControl
              aria-label="How many"
              value={many ? 'many' : 'one'}
              onChange={(value) => setMany(value === 'many')}
              data={[
                { value: 'one', label: `One ${pilot.map.unit}` },
                { value: 'many', label: 'Many from a file' },
              ]}
            />
            {many ? <ManyCases pilot={pilot} /> : <OneCase pilot={pilot} />}
          </>
        ) : (
          <EmptyState
            title={pilot.can.startCase ? 'This pilot takes no new cases' : 'You cannot start cases here'}
            action={
              <Link className="link" to="/pilots/$pilotId" params={{ pilotId: pilot.id }}>
                Back to the pilot
              </Link>
            }
          >
            {pilot.can.startCase
              ? 'It is not running. Cases that were started go on.'
              : `${pilot.owner.name} and the reviewers of this process can.`}
          </EmptyState>
        )}
      </div>
    </>
  )
}
