import { CloseButton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useRef, type ReactElement } from 'react'
import { stepById, undoSteps } from '#domain/graph.ts'
import type { Step } from '#domain/process-map.ts'
import type { PilotDetail, StepPanel } from '#domain/views/pilots.ts'
import { ask } from '#web/queries.ts'
import { Avatar } from '#web/ui/avatar.tsx'
import { ErrorState, Loading } from '#web/ui/states.tsx'
import { useNow } from '#web/ui/time-text.tsx'
import { StepControl } from './control/step-control.tsx'
import { DoneWithin } from './done-within.tsx'
import { DraftOutcomes } from './draft-outcomes.tsx'
import { durationWords } from './durations.ts'
import { DifferencePill } from './figure-strip.tsx'
import { figureWords } from './figure-words.ts'
import { hasTime } from './lens.ts'
import { StepFacts } from './step-facts.tsx'
import { KindIcon, kindWord, UndoIcon, undoWord } from './step-kinds.tsx'
import { placeOf } from './step-place.ts'

type StepDrawerProps = { pilot: PilotDetail; stepId: string; onClose: () => void }

/** Everything about one step, beside the map. */
export function StepDrawer({ pilot, stepId, onClose }: StepDrawerProps): ReactElement | null {
  const panel = useQuery(ask('stepPanel', { params: { pilotId: pilot.id, stepId } }))
  const step = stepById(pilot.map, stepId)
  if (step === null) return null
  const isUndo = undoSteps(pilot.map).has(stepId)
  return (
    <aside
      className="drawer"
      aria-labelledby="step-drawer-title"
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose()
      }}
    >
      <header>
        <p className="drawer-kind num">
          {isUndo ? <UndoIcon /> : <KindIcon kind={step.kind} />}
          {isUndo ? undoWord : kindWord(step.kind)}
          <span aria-hidden="true">•</span>
          {placeOf(pilot.map, step)}
          <CloseButton aria-label="Close step" onClick={onClose} />
        </p>
        <DrawerTitle key={`${stepId} ${panel.data !== undefined}`} title={step.title} />
        {panel.data !== undefined && hasTime(step) && <LeadFigures panel={panel.data} />}
      </header>
      {panel.data === undefined ? (
        panel.isError ? (
          <ErrorState
            error={panel.error}
            what="This step could not be loaded"
            onRetry={() => void panel.refetch()}
          />
        ) : (
          <Loading rows={4} />
        )
      ) : (
        <PanelBody pilot={pilot} step={step} panel={panel.data} />
      )}
    </aside>
  )
}

/** Takes the focus when it appears; below the list on narrow screens it would else open out of sight. */
function DrawerTitle({ title }: { title: string }): ReactElement {
  const ref = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    ref.current?.focus({ preventScroll: true })
    if (window.matchMedia('(max-width: 1180px)').matches) ref.current?.scrollIntoView({ block: 'start' })
  }, [])
  return (
    <h2 id="step-drawer-title" ref={ref} tabIndex={-1}>
      {title}
    </h2>
  )
}

function LeadFigures({ panel }: { panel: StepPanel }): ReactElement {
  const { lead } = panel.figures
  const words = figureWords(lead)
  return (
    <dl className="drawer-figures num" title={lead.how}>
      <div>
        <dt>Median</dt>
        <dd>{words.value}</dd>
      </div>
      <div>
        <dt>By hand</dt>
        <dd className="light">{words.byHand?.replace('by hand ', '') ?? 'none'}</dd>
      </div>
      <div>
        <dt>Difference</dt>
        <dd data-tone={words.tone}>{words.difference ?? '–'}</dd>
      </div>
      <div>
        <dt>n</dt>
        <dd className="light">{words.n.replace('n ', '')}</dd>
      </div>
      {words.unsure !== null && (
        <div className="drawer-unsure">
          <dt className="sr">Verdict</dt>
          <dd>
            <DifferencePill figure={lead} />
          </dd>
        </div>
      )}
    </dl>
  )
}

function PanelBody({
  pilot,
  step,
  panel,
}: {
  pilot: PilotDetail
  step: Step
  panel: StepPanel
}): ReactElement {
  const { figures, curve } = panel
  return (
    <>
      {hasTime(step) && <Waiting panel={panel} />}
      <StepFacts map={pilot.map} step={step} />
      {figures.drafts !== null && <DraftOutcomes drafts={figures.drafts} />}
      {hasTime(step) && (
        <section aria-labelledby="step-curve">
          <h3 id="step-curve">Done within</h3>
          {curve.pilot.length === 0 ? (
            <p className="small dim">No case has finished this step yet.</p>
          ) : (
            <DoneWithin
              pilot={curve.pilot}
              baseline={curve.baseline}
              n={figures.lead.n}
              baselineN={figures.lead.baseline?.n ?? 0}
            />
          )}
        </section>
      )}
      <section aria-labelledby="step-more">
        <h3 id="step-more">{step.kind === 'end' ? 'Cases' : 'Also at this step'}</h3>
        <dl className="drawer-more num">
          {hasTime(step) && (
            <>
              <MoreFigure label="Wait before work" words={figureWords(figures.wait)} />
              <MoreFigure label="Hands-on" words={figureWords(figures.touch)} />
              {step.kind === 'ai' && <MoreFigure label="AI at work" words={figureWords(figures.machine)} />}
            </>
          )}
          <div>
            <dt>Begun, finished</dt>
            <dd>
              {figures.entered}, {figures.finished}
            </dd>
          </div>
          {step.kind !== 'end' && (
            <div>
              <dt>Repeated, late</dt>
              <dd>
                {figures.repeated}, {figures.late}
              </dd>
            </div>
          )}
          {countsOf(step, figures).map(([label, n]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{n}</dd>
            </div>
          ))}
        </dl>
      </section>
      <footer>
        <StepControl pilot={pilot} step={step} panel={panel} />
        <Link
          className="link"
          to="/pilots/$pilotId"
          params={{ pilotId: pilot.id }}
          search={{ tab: 'cases', at: step.id, status: step.kind === 'end' ? 'ended' : 'open' }}
        >
          Cases at this step
        </Link>
      </footer>
    </>
  )
}

/** Counts that a kind of step has, and those that are rare enough to be told only when there are any. */
function countsOf(step: Step, figures: StepPanel['figures']): [string, number | string][] {
  const counts: [string, number | string][] = []
  if (step.kind === 'call') {
    counts.push(['Answered, failed', `${figures.called}, ${figures.callsFailed}`])
  }
  if (step.kind === 'for-each' || figures.itemsFailed > 0)
    counts.push(['Entries failed', figures.itemsFailed])
  if (figures.undone > 0) counts.push(['Undone', figures.undone])
  if (figures.atDesk > 0) counts.push(['At the exception desk', figures.atDesk])
  return counts
}

function MoreFigure({
  label,
  words,
}: {
  label: string
  words: ReturnType<typeof figureWords>
}): ReactElement {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        {words.value}
        <span className="dim">{words.byHand === null ? ` ${words.n}` : `, ${words.byHand}`}</span>
      </dd>
    </div>
  )
}

function Waiting({ panel }: { panel: StepPanel }): ReactElement {
  const more = panel.waitingTotal - panel.waitingCases.length
  return (
    <section aria-labelledby="step-waiting">
      <h3 id="step-waiting">
        Waiting now <span className="dim num">{panel.waitingTotal}</span>
      </h3>
      {panel.waitingCases.length === 0 ? (
        <p className="small dim">Nobody waits here.</p>
      ) : (
        <ul className="waiting-list">
          {panel.waitingCases.map((item) => (
            <li key={`${item.caseId} ${item.taskId ?? ''}`}>
              <WaitingLink item={item} />
            </li>
          ))}
        </ul>
      )}
      {more > 0 && <p className="small dim num">and {more} more, waiting for less long</p>}
    </section>
  )
}

function WaitingLink({ item }: { item: StepPanel['waitingCases'][number] }): ReactElement {
  const now = useNow()
  const inside = (
    <>
      {item.with === 'AI' ? (
        <span className="avatar waiting-ai" aria-hidden="true">
          <KindIcon kind="ai" size={14} />
        </span>
      ) : (
        <Avatar name={item.with} />
      )}
      <span className="waiting-name">
        <b>{item.title}</b>
        <span className="dim">
          With {item.with}: {item.why}
        </span>
      </span>
      <span className="waiting-age num">{durationWords(now - Date.parse(item.since))}</span>
    </>
  )
  return item.taskId === null ? (
    <Link to="/cases/$caseId" params={{ caseId: item.caseId }}>
      {inside}
    </Link>
  ) : (
    <Link to="/tasks/$taskId" params={{ taskId: item.taskId }}>
      {inside}
    </Link>
  )
}
