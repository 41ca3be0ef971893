import { ActionIcon, Button } from '@mantine/core'
import { IconArrowLeft, IconChevronLeft, IconChevronRight, IconEyeCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { stepById } from '#domain/graph.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import type { CaseDetail } from '#domain/views/cases.ts'
import { ask } from '#web/queries.ts'
import { ByHandLabel, PausedLabel } from '#web/ui/control-labels.tsx'
import { SampleLabel } from '#web/ui/labels.tsx'
import { usePageTitle } from '#web/ui/page-title.ts'
import { ErrorState, Loading } from '#web/ui/states.tsx'
import { dateTimeWords } from '../pilot/durations.ts'
import { KindIcon } from '../pilot/step-kinds.tsx'
import './case.css'
import { stepsAhead } from './steps-ahead.ts'
import { CaseControls } from './case-controls.tsx'
import { CaseValuesList } from './case-values.tsx'
import { Waits } from './waits.tsx'
import { SmallMap } from './small-map.tsx'
import { Story } from './story.tsx'
import { TimeBar } from './time-bar.tsx'
import { PageLoading } from '../pilot/page-loading.tsx'

/** One case: who has it now, where its time went, and what happened. */
export default function CasePage(): ReactElement {
  const { caseId } = useParams({ from: '/cases/$caseId' })
  const found = useQuery(ask('case', { params: { caseId } }))
  usePageTitle(found.data?.title ?? 'Case')
  if (found.data === undefined) {
    if (!found.isError) return <PageLoading title="Case" rows={7} />
    return (
      <>
        <h1 className="sr">Case</h1>
        <ErrorState
          error={found.error}
          what="The case could not be loaded"
          safe="The case itself goes on running."
          onRetry={() => void found.refetch()}
        />
      </>
    )
  }
  return <Case key={caseId} detail={found.data} />
}

function Case({ detail }: { detail: CaseDetail }): ReactElement {
  const version = useQuery(
    ask('mapVersion', { params: { processId: detail.processId, version: String(detail.mapVersion) } }),
  )
  const map = version.data?.map
  return (
    <div className="case">
      <CaseBar detail={detail} />
      <div className="case-grid">
        <section className="case-top" aria-label="State">
          <CaseState detail={detail} map={map} />
          <Waits detail={detail} />
          <TimeBar parts={detail.timeParts} />
        </section>
        <CaseControls detail={detail} map={map} />
        <Story detail={detail} toCome={map === undefined ? null : <ToCome detail={detail} map={map} />} />
        <aside className="case-side" aria-label="About this case">
          <section aria-labelledby="path-title">
            <h2 id="path-title">{detail.endedAt === null ? 'Path so far' : 'Path'}</h2>
            {map !== undefined ? (
              <SmallMap map={map} path={detail.path} />
            ) : version.isError ? (
              <p className="small dim">The map could not be loaded.</p>
            ) : (
              <Loading rows={2} />
            )}
          </section>
          <section aria-labelledby="facts-title">
            <h2 id="facts-title">Facts</h2>
            <dl className="facts num">
              {detail.facts.map((fact) => (
                <div key={fact.label}>
                  <dt>{fact.label}</dt>
                  <dd>
                    {fact.value}
                    {fact.note !== null && <span>{fact.note}</span>}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
          <CaseValuesList fields={detail.fields} values={detail.values} />
        </aside>
      </div>
    </div>
  )
}

function CaseBar({ detail }: { detail: CaseDetail }): ReactElement {
  return (
    <header className="case-bar">
      <Link
        className="case-back"
        to="/pilots/$pilotId"
        params={{ pilotId: detail.pilotId }}
        search={{ tab: 'cases' }}
        aria-label={`Back to ${detail.processName}`}
      >
        <IconArrowLeft size={18} stroke={1.75} aria-hidden />
      </Link>
      <h1>{detail.title}</h1>
      <span className="case-of num">
        Case {detail.number} in{' '}
        <Link to="/pilots/$pilotId" params={{ pilotId: detail.pilotId }}>
          {detail.processName}
        </Link>
      </span>
      {detail.sample && <SampleLabel />}
      {detail.paused && <PausedLabel />}
      {detail.byHand && <ByHandLabel />}
      <Neighbours detail={detail} />
    </header>
  )
}

/** The cases before and after this one among those still open. */
function Neighbours({ detail }: { detail: CaseDetail }): ReactElement | null {
  const open = useQuery(
    ask('cases', { params: { pilotId: detail.pilotId }, query: { status: 'open', limit: '100' } }),
  ).data
  const at = open?.items.findIndex((item) => item.id === detail.id) ?? -1
  if (open === undefined || at === -1) return null
  const more = open.next === null ? '' : '+'
  return (
    <nav className="case-neighbours" aria-label="Open cases">
      <span className="num">
        {at + 1} of {open.items.length}
        {more} open
      </span>
      <Neighbour caseId={open.items[at - 1]?.id} words="Previous case">
        <IconChevronLeft size={18} stroke={1.75} aria-hidden />
      </Neighbour>
      <Neighbour caseId={open.items[at + 1]?.id} words="Next case">
        <IconChevronRight size={18} stroke={1.75} aria-hidden />
      </Neighbour>
    </nav>
  )
}

type NeighbourProps = { caseId: string | undefined; words: string; children: ReactElement }

function Neighbour({ caseId, words, children }: NeighbourProps): ReactElement {
  if (caseId === undefined) {
    return (
      <ActionIcon variant="subtle" color="gray" size={34} disabled aria-label={words}>
        {children}
      </ActionIcon>
    )
  }
  return (
    <Link className="case-neighbour" to="/cases/$caseId" params={{ caseId }} aria-label={words}>
      {children}
    </Link>
  )
}

function CaseState({ detail, map }: { detail: CaseDetail; map: ProcessMap | undefined }): ReactElement {
  const step = map === undefined || detail.stepId === null ? null : stepById(map, detail.stepId)
  const taskId = detail.taskId
  return (
    <div className="case-state">
      <span className="case-state-icon" data-status={detail.status} aria-hidden="true">
        <KindIcon kind={step?.kind ?? (detail.endedAt === null ? 'manual' : 'end')} size={20} />
      </span>
      <h2>{detail.state}</h2>
      {detail.stuckSince !== null && (
        <p className="case-stuck" role="status">
          Since {dateTimeWords(detail.stuckSince)}.{' '}
          {detail.isLost
            ? 'What was done is kept here, but it cannot go on. Begin it again with the same values, or stop it.'
            : 'Nothing that was done is lost; it goes on by itself once the cause is mended.'}
        </p>
      )}
      <p className="num">{detail.detail}</p>
      {taskId !== null && (
        <Button
          className="case-open"
          variant="filled"
          leftSection={<IconEyeCheck size={16} stroke={1.75} aria-hidden />}
          renderRoot={(props) => <Link {...props} to="/tasks/$taskId" params={{ taskId }} />}
        >
          {step?.kind === 'review' ? 'Open the draft' : 'Open the task'}
        </Button>
      )}
    </div>
  )
}

/** Steps of the normal path that still lie ahead. */
function ToCome({ detail, map }: { detail: CaseDetail; map: ProcessMap }): ReactElement | null {
  if (detail.endedAt !== null) return null
  const ahead = stepsAhead(map, detail.path)
  if (ahead.length === 0) return null
  return (
    <li className="story-ahead">
      <h3>Still to come</h3>
      <p>
        {ahead.map((step, index) => (
          <span key={step.id}>
            {index > 0 && ', '}
            {step.title}
            {step.who !== '' && <span className="dim"> {step.who}</span>}
          </span>
        ))}
      </p>
    </li>
  )
}
