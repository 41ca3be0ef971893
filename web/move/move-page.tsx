import { Button } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useEffect, useId, useState, type ReactElement } from 'react'
import type { PilotDetail } from '#domain/views/pilots.ts'
import { ask } from '#web/queries.ts'
import { usePageTitle } from '#web/ui/page-title.ts'
import { EmptyState, ErrorState, Loading } from '#web/ui/states.tsx'
import { BatchProgress } from '../pilot/control/batch-progress.tsx'
import { putBatchAway, useShownBatch } from '../pilot/control/shown-batch.ts'
import { PageLoading } from '../pilot/page-loading.tsx'
import { ConfirmMove } from './confirm-move.tsx'
import './move.css'
import { MoveTable } from './move-table.tsx'
import { namesIn } from './move-search.ts'
import { RenamedSteps } from './renamed-steps.tsx'
import { useMoveCheck, type WholeCheck } from './use-move-check.ts'

/** Moving open cases to another version of the map: what it would do first, then how far it is. */
export default function MovePage(): ReactElement {
  const { pilotId } = useParams({ from: '/pilots/$pilotId/move' })
  const pilot = useQuery(ask('pilot', { params: { pilotId } }))
  usePageTitle('Move cases')
  if (pilot.data === undefined) {
    if (!pilot.isError) return <PageLoading title="Move cases" rows={5} />
    return (
      <>
        <h1 className="sr">Move cases</h1>
        <ErrorState
          error={pilot.error}
          what="This pilot could not be loaded"
          safe="No case was moved."
          onRetry={() => void pilot.refetch()}
        />
      </>
    )
  }
  return <Move pilot={pilot.data} />
}

function Move({ pilot }: { pilot: PilotDetail }): ReactElement {
  const { to, steps } = useSearch({ from: '/pilots/$pilotId/move' })
  const navigate = useNavigate({ from: '/pilots/$pilotId/move' })
  const versionField = useId()
  const batch = useShownBatch(pilot)
  const [isAsking, setAsking] = useState(false)
  const client = useQueryClient()
  const doneBatch = batch?.status === 'done' ? batch.id : null
  useEffect(() => {
    // The look ahead was of before.
    if (doneBatch !== null) void client.invalidateQueries({ queryKey: ['moves'] })
  }, [client, doneBatch])
  // The newest, also when new cases begin there already: it is where open ones are to follow.
  const [newest, another] = pilot.versions
  const toVersion = to ?? (another === undefined ? undefined : newest)
  return (
    <div className="move">
      <header className="move-bar">
        <Link
          className="case-back"
          to="/pilots/$pilotId"
          params={{ pilotId: pilot.id }}
          aria-label={`Back to ${pilot.processName}`}
        >
          <IconArrowLeft size={18} stroke={1.75} aria-hidden />
        </Link>
        <div>
          <h1>Move cases to another version</h1>
          <p className="dim num">
            {pilot.processName}: new cases begin in version {pilot.mapVersion}, open ones keep theirs until
            you move them.
          </p>
        </div>
      </header>
      {batch !== null && (
        <BatchProgress map={pilot.map} batch={batch} onClose={() => putBatchAway(pilot.id)} />
      )}
      {!pilot.can.move ? (
        <EmptyState title="Only the owner moves cases">
          {pilot.owner.name} owns this process and can look at what a move would do.
        </EmptyState>
      ) : toVersion === undefined ? (
        <EmptyState
          title="There is no other version"
          action={
            <Link to="/pilots/$pilotId" params={{ pilotId: pilot.id }}>
              Back to the pilot
            </Link>
          }
        >
          Publish a new version of the map first; then open cases can be moved to it.
        </EmptyState>
      ) : (
        <>
          <div className="move-choice">
            <label htmlFor={versionField}>Move to</label>
            <select
              id={versionField}
              value={toVersion}
              onChange={(event) =>
                void navigate({ search: { to: Number(event.currentTarget.value) }, replace: true })
              }
            >
              {pilot.versions.map((version) => (
                <option key={version} value={version}>
                  Version {version}
                  {version === pilot.mapVersion ? ', where new cases begin' : ''}
                </option>
              ))}
            </select>
          </div>
          <RenamedSteps
            pilot={pilot}
            toVersion={toVersion}
            steps={steps}
            onChange={(names) => void navigate({ search: { to: toVersion, steps: names }, replace: true })}
          />
          <Check
            pilot={pilot}
            toVersion={toVersion}
            steps={steps}
            isMoving={batch?.kind === 'move' && batch.status === 'working'}
            onMove={() => setAsking(true)}
          />
          {isAsking && (
            <ConfirmMove
              pilot={pilot}
              toVersion={toVersion}
              steps={steps}
              stepIds={namesIn(steps)}
              onClose={() => setAsking(false)}
            />
          )}
        </>
      )}
    </div>
  )
}

type CheckProps = {
  pilot: PilotDetail
  toVersion: number
  steps: string | undefined
  isMoving: boolean
  onMove: () => void
}

/** The dry run: every open case, whether it can move, and why not; nothing is changed by looking. */
function Check({ pilot, toVersion, steps, isMoving, onMove }: CheckProps): ReactElement {
  const check = useMoveCheck({ pilotId: pilot.id, toVersion, steps })
  if (check.data === null) {
    return check.error === null ? (
      <Loading rows={5} />
    ) : (
      <ErrorState
        error={check.error}
        what="What a move would do could not be found out"
        safe="No case was moved."
        onRetry={check.retry}
      />
    )
  }
  const { data } = check
  const willMove = data.canMove + data.notNow
  if (data.cases.length === 0 && !check.isLoading) {
    return <EmptyState title="No case is open">There is nothing to move.</EmptyState>
  }
  return (
    <section className="move-check" aria-labelledby="move-check-title">
      <div className="move-check-head">
        <div>
          <h2 id="move-check-title" className="num">
            {summaryWords(data, check.isLoading)}
          </h2>
          <p className="dim small">
            A look ahead: nothing has changed. Each case moves where nothing of it is under way.
          </p>
        </div>
        <Button variant="filled" disabled={willMove === 0 || isMoving || check.isLoading} onClick={onMove}>
          {isMoving ? 'Moving' : `Move ${willMove === 1 ? '1 case' : `${willMove} cases`}`}
        </Button>
      </div>
      <MoveTable map={pilot.map} cases={data.cases} />
    </section>
  )
}

function summaryWords(check: WholeCheck, isLoading: boolean): string {
  if (isLoading) return `Looked at ${check.cases.length} of ${check.total} open cases`
  const parts = [
    `${check.canMove} can move`,
    check.notNow > 0 ? `${check.notNow} can move a little later` : null,
    check.cannotMove > 0 ? `${check.cannotMove} cannot` : null,
    check.thereAlready > 0 ? `${check.thereAlready} there already` : null,
    check.unknown > 0 ? `${check.unknown} not known` : null,
  ]
  return `${check.cases.length} open: ${parts.filter((part) => part !== null).join(', ')}`
}
