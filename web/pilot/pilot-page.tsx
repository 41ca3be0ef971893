import '@mantine/core/styles/FloatingIndicator.layer.css'
import { ActionIcon, SegmentedControl, Tooltip } from '@mantine/core'
import { useLocalStorage, useMediaQuery } from '@mantine/hooks'
import { IconArrowLeft, IconList, IconMap, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useCallback, type ReactElement } from 'react'
import type { Canvas, PilotDetail } from '#domain/views/pilots.ts'
import { ask } from '#web/queries.ts'
import { PausedLabel } from '#web/ui/control-labels.tsx'
import { SampleLabel } from '#web/ui/labels.tsx'
import { usePageTitle } from '#web/ui/page-title.ts'
import { EmptyState, ErrorState, Loading } from '#web/ui/states.tsx'
import { CasesList, StartFirst } from './cases-list.tsx'
import { PilotBanner } from './control/pilot-banner.tsx'
import { clockWords, dayWords } from './durations.ts'
import { FigureStrip } from './figure-strip.tsx'
import { Legend } from './legend.tsx'
import { lensWords } from './lens.ts'
import './pilot.css'
import { PilotActions } from './pilot-actions.tsx'
import { Lens, type PilotSearch } from './pilot-search.ts'
import { StepDrawer } from './step-drawer.tsx'
import { StepList } from './step-list.tsx'
import { PageLoading } from './page-loading.tsx'

const PilotCanvas = lazy(() => import('./canvas/pilot-canvas.tsx'))

/** A pilot as it runs: figures, map, steps and cases. */
export default function PilotPage(): ReactElement {
  const { pilotId } = useParams({ from: '/pilots/$pilotId' })
  const pilot = useQuery(ask('pilot', { params: { pilotId } }))
  // Changes come by the live stream; asking now and then as well keeps "Live" true where that is cut.
  const canvas = useQuery({ ...ask('canvas', { params: { pilotId } }), refetchInterval: 30_000 })
  usePageTitle(pilot.data?.processName ?? 'Pilot')
  if (pilot.data === undefined || canvas.data === undefined) {
    const failed = pilot.isError ? pilot : canvas.isError ? canvas : null
    if (failed === null) return <PageLoading title="Pilot" rows={7} />
    return (
      <>
        <h1 className="sr">Pilot</h1>
        <ErrorState
          error={failed.error}
          what="This pilot could not be loaded"
          safe="Its cases go on running."
          onRetry={() => void Promise.all([pilot.refetch(), canvas.refetch()])}
        />
      </>
    )
  }
  return <Pilot pilot={pilot.data} canvas={canvas.data} isStale={canvas.isError} />
}

function Pilot({
  pilot,
  canvas,
  isStale,
}: {
  pilot: PilotDetail
  canvas: Canvas
  isStale: boolean
}): ReactElement {
  const search = useSearch({ from: '/pilots/$pilotId' })
  const navigate = useNavigate({ from: '/pilots/$pilotId' })
  const isNarrow = useMediaQuery('(max-width: 1180px)', false, { getInitialValueInEffect: false })
  const [motion, setMotion] = useLocalStorage({ key: 'throughline-canvas-motion', defaultValue: true })
  const onSearch = useCallback(
    (change: Partial<PilotSearch>) =>
      void navigate({ search: (now) => ({ ...now, ...change }), replace: true }),
    [navigate],
  )
  const onSelect = useCallback((step: string | null) => onSearch({ step: step ?? undefined }), [onSearch])
  const tab = search.tab === 'cases' ? 'cases' : search.tab === 'list' || isNarrow ? 'list' : 'map'
  const lens = search.lens ?? 'time'
  const selected = search.step ?? null
  const isNew = canvas.started === 0
  return (
    <div className="pilot" data-tab={tab}>
      <PilotHeader pilot={pilot} canvas={canvas} />
      <PilotBanner pilot={pilot} />
      {pilot.baseline === null && <NoBaseline pilot={pilot} />}
      <FigureStrip canvas={canvas} sampleBaseline={pilot.baseline?.sampleData === true} />
      <div className="work" data-drawer={(selected !== null && tab !== 'cases') || undefined}>
        <div className="work-main">
          <div className="tools">
            <nav className="tools-tabs" aria-label="Parts of this pilot">
              <TabLink tab={undefined} label={isNarrow ? 'Steps' : 'Map'} isCurrent={tab !== 'cases'} />
              <TabLink tab="cases" label={`Cases ${canvas.started}`} isCurrent={tab === 'cases'} />
            </nav>
            {tab === 'map' && (
              <button type="button" className="tools-link" onClick={() => onSearch({ tab: 'list' })}>
                <IconList size={16} stroke={1.75} aria-hidden />
                Skip map, use list
              </button>
            )}
            {tab === 'list' && !isNarrow && (
              <button type="button" className="tools-link" onClick={() => onSearch({ tab: undefined })}>
                <IconMap size={16} stroke={1.75} aria-hidden />
                Back to the map
              </button>
            )}
            {tab !== 'cases' && <LensChoice lens={lens} onSearch={onSearch} />}
            <LiveState
              canvas={canvas}
              isStale={isStale}
              motion={motion}
              onMotion={setMotion}
              hasMotion={tab === 'map'}
            />
          </div>
          {tab === 'cases' ? (
            <CasesList pilot={pilot} search={search} onSearch={onSearch} />
          ) : tab === 'list' ? (
            <StepList pilot={pilot} canvas={canvas} lens={lens} selected={selected} onSelect={onSelect} />
          ) : (
            <>
              {isNew && (
                <div className="first-case">
                  <p>No case has run yet. The map fills with figures as cases pass.</p>
                  <StartFirst pilot={pilot} />
                </div>
              )}
              <Suspense fallback={<Loading rows={4} />}>
                <PilotCanvas
                  pilot={pilot}
                  canvas={canvas}
                  lens={lens}
                  selected={selected}
                  onSelect={onSelect}
                  motion={motion}
                />
              </Suspense>
              <Legend />
            </>
          )}
          {tab === 'list' && isNew && (
            <EmptyState title="No case has run yet" action={<StartFirst pilot={pilot} />}>
              The steps fill with figures as cases pass.
            </EmptyState>
          )}
        </div>
        {selected !== null && tab !== 'cases' && (
          <StepDrawer
            pilot={pilot}
            stepId={selected}
            onClose={() => {
              onSelect(null)
              focusStep(selected)
            }}
          />
        )}
      </div>
    </div>
  )
}

function PilotHeader({ pilot, canvas }: { pilot: PilotDetail; canvas: Canvas }): ReactElement {
  const shareOfDays = Math.min(100, (pilot.day / pilot.days) * 100)
  return (
    <header className="pilot-bar">
      <Link className="back phone-only" to="/pilots" aria-label="Back to Pilots">
        <IconArrowLeft size={18} aria-hidden />
      </Link>
      <div className="pilot-title">
        <div className="pilot-name">
          <h1>{pilot.processName}</h1>
          {pilot.sample && <SampleLabel />}
          {pilot.status === 'ended' && <span className="label">Ended</span>}
          {pilot.status === 'paused' && <PausedLabel />}
        </div>
        <p className="pilot-facts num">
          <span className="pilot-day">
            <span className="pilot-track" aria-hidden="true">
              <i style={{ width: `${shareOfDays}%` }} />
            </span>
            Day {pilot.day} of {pilot.days}
          </span>
          <span>
            {canvas.finished} finished, {canvas.running} running
            {canvas.cancelled > 0 && `, ${canvas.cancelled} stopped`}
          </span>
          {canvas.stuck > 0 && (
            <Link
              className="step-stuck"
              from="/pilots/$pilotId"
              to="."
              search={(now) => ({ ...now, tab: 'cases', status: 'stuck' })}
            >
              {canvas.stuck} stuck
            </Link>
          )}
          <span>Decide by {dayWords(pilot.decideBy)}</span>
          <span className="desk-only">Map version {pilot.mapVersion}</span>
          {pilot.baseline !== null && (
            <Link
              className="quiet-link roomy-only"
              to="/processes/$processId/baseline"
              params={{ processId: pilot.processId }}
              title={pilot.baseline.gradeWords}
            >
              By hand: {pilot.baseline.cases} cases, evidence {pilot.baseline.grade}
            </Link>
          )}
        </p>
      </div>
      <PilotActions pilot={pilot} canvas={canvas} />
    </header>
  )
}

function NoBaseline({ pilot }: { pilot: PilotDetail }): ReactElement {
  return (
    <p className="no-baseline">
      Without a baseline no savings are shown.{' '}
      {pilot.can.change && (
        <Link className="link" to="/processes/$processId/baseline" params={{ processId: pilot.processId }}>
          Import how it ran by hand
        </Link>
      )}
    </p>
  )
}

/** Back to where the panel was opened from. */
function focusStep(stepId: string): void {
  document.querySelector<HTMLElement>(`[data-step="${CSS.escape(stepId)}"]`)?.focus()
}

type TabLinkProps = { tab: PilotSearch['tab']; label: string; isCurrent: boolean }

function TabLink({ tab, label, isCurrent }: TabLinkProps): ReactElement {
  return (
    <Link
      from="/pilots/$pilotId"
      to="."
      search={(now) => ({ ...now, tab })}
      className="num"
      {...(isCurrent ? { 'aria-current': 'page' } : {})}
      activeOptions={{ includeSearch: true, exact: true }}
    >
      {label}
    </Link>
  )
}

function LensChoice({
  lens,
  onSearch,
}: {
  lens: Lens
  onSearch: (change: Partial<PilotSearch>) => void
}): ReactElement {
  return (
    <SegmentedControl
      className="lens"
      size="xs"
      aria-label="What the map shows"
      value={lens}
      onChange={(value) => onSearch({ lens: value === 'time' ? undefined : Lens.parse(value) })}
      data={Lens.options.map((value) => ({ value, label: lensWords[value].name }))}
    />
  )
}

type LiveStateProps = {
  canvas: Canvas
  isStale: boolean
  motion: boolean
  onMotion: (on: boolean) => void
  hasMotion: boolean
}

function LiveState({ canvas, isStale, motion, onMotion, hasMotion }: LiveStateProps): ReactElement {
  const words = motion ? 'Pause the moving cases' : 'Let the cases move'
  return (
    <div className="live">
      <span className="live-state num" data-stale={isStale || undefined}>
        <span className="live-dot" aria-hidden="true" />
        {isStale ? `Not live, as of ${clockWords(canvas.asOf)}` : 'Live'}
      </span>
      {hasMotion && (
        <Tooltip label={words}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={32}
            aria-label={words}
            onClick={() => onMotion(!motion)}
          >
            {motion ? (
              <IconPlayerPause size={17} stroke={1.75} />
            ) : (
              <IconPlayerPlay size={17} stroke={1.75} />
            )}
          </ActionIcon>
        </Tooltip>
      )}
    </div>
  )
}
