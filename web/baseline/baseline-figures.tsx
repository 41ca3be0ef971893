import { Button } from '@mantine/core'
import { IconCheck, IconX } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { inReadingOrder } from '#domain/graph.ts'
import type { ClockedFigure, DurationFigure, ShareFigure } from '#domain/measure/baseline.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import type { Baseline } from '#domain/views/baselines.ts'
import { call } from '#web/api.ts'
import { ask } from '#web/queries.ts'
import { SampleLabel } from '#web/ui/labels.tsx'
import { wordsFor } from '#web/ui/states.tsx'
import { dateTimeWords, daysWords, dayWords, durationWords } from '../pilot/durations.ts'
import { percentWords } from '../pilot/shares.ts'

type BaselineFiguresProps = {
  baseline: Baseline
  map: ProcessMap
  pilotId: string | null
  /** The baseline that the pilot is compared with now. */
  inUse: string | null
  mayUse: boolean
}

/** A baseline: what it took by hand, and how far that can be trusted. */
export function BaselineFigures({
  baseline,
  map,
  pilotId,
  inUse,
  mayUse,
}: BaselineFiguresProps): ReactElement {
  const { figures } = baseline
  return (
    <article className="baseline" aria-labelledby="baseline-title">
      <header className="baseline-head">
        <h2 id="baseline-title">Baseline {baseline.version}</h2>
        {baseline.sampleData && <SampleLabel />}
        {inUse === baseline.id && <span className="label">In use</span>}
        {pilotId !== null && inUse !== baseline.id && mayUse && (
          <UseForPilot pilotId={pilotId} baseline={baseline} />
        )}
      </header>
      <p className="dim num">
        {baseline.source.replace(/\.$/, '')}. Imported {dateTimeWords(baseline.importedAt)} by{' '}
        {baseline.by.name}. {figures.cases} cases, {dayWords(figures.window.from)}{' '}
        {figures.window.from.slice(0, 4)} to {dayWords(figures.window.to)} {figures.window.to.slice(0, 4)}
        {baseline.rejectedRows > 0 && `, ${baseline.rejectedRows} rows left out`}.
      </p>
      <dl className="baseline-figures num">
        <Figure
          label="Cycle time"
          main={median(figures.cycle.elapsed)}
          under={spread(figures.cycle.elapsed)}
          note="calendar"
        />
        {figures.cycle.working !== null && (
          <Figure
            label="Cycle time"
            main={median(figures.cycle.working)}
            under={spread(figures.cycle.working)}
            note="working"
          />
        )}
        <Figure
          label="Hands-on time"
          main={figures.touch === null ? 'n/a' : median(figures.touch)}
          under={figures.touch === null ? 'the log does not say when work began' : spread(figures.touch)}
          note="a case"
        />
        <Figure
          label="Throughput"
          main={figures.throughputPerWeek === null ? 'n/a' : figures.throughputPerWeek.toFixed(1)}
          under={figures.throughputPerWeek === null ? 'less than a week of data' : 'finished cases'}
          note="a week"
        />
        <RepairFigure figures={figures} />
        <Figure
          label="At work"
          main={figures.flowEfficiency === null ? 'n/a' : percentWords(figures.flowEfficiency)}
          under={
            figures.flowEfficiency === null ? 'the log does not say when work began' : 'the rest is waiting'
          }
          note="of the cycle time"
        />
      </dl>
      <EvidenceWords baseline={baseline} />
      <StepTable baseline={baseline} map={map} />
    </article>
  )
}

function Figure({
  label,
  main,
  under,
  note,
}: {
  label: string
  main: string
  under: string
  note: string
}): ReactElement {
  return (
    <div>
      <dt>
        {label} <span className="dim">{note}</span>
      </dt>
      <dd>
        <b>{main}</b>
        <span className="dim">{under}</span>
      </dd>
    </div>
  )
}

function median(figure: DurationFigure): string {
  return figure.medianMs === null ? 'n/a' : daysWords(figure.medianMs)
}

function spread(figure: DurationFigure): string {
  if (figure.medianMs === null) return `only ${figure.n} cases`
  const low = figure.medianLowMs
  const high = figure.medianHighMs
  const range = low === null || high === null ? '' : `${daysWords(low)} to ${daysWords(high)}, `
  return `${range}${figure.p90Ms === null ? `n ${figure.n}` : `p90 ${daysWords(figure.p90Ms)}, n ${figure.n}`}`
}

/** Cases with rework, an exception, or both; rework alone where the log marks no exception. */
function RepairFigure({ figures }: Pick<Baseline, 'figures'>): ReactElement {
  const { rework, exceptions, reworkOrException: either } = figures
  if (either === null || exceptions === null) {
    return (
      <Figure label="Rework" main={percentWords(rework.share)} under={shareRange(rework)} note="of cases" />
    )
  }
  const parts = `rework ${percentWords(rework.share)}, exceptions ${percentWords(exceptions.share)}`
  return (
    <Figure
      label="Rework or exception"
      main={percentWords(either.share)}
      under={`${shareRange(either)}; ${parts}`}
      note="of cases"
    />
  )
}

function shareRange(share: ShareFigure): string {
  return `${share.count} of ${share.of}, ${percentWords(share.low)} to ${percentWords(share.high)}`
}

function EvidenceWords({ baseline }: { baseline: Baseline }): ReactElement {
  const { grade, reasons, proves, cannotProve } = baseline.figures.evidence
  return (
    <section className="evidence" aria-labelledby="evidence-title">
      <h3 id="evidence-title">
        Evidence <span className="evidence-grade">{grade}</span>
      </h3>
      {reasons.length > 0 && <p className="dim">{reasons.join(' ')}</p>}
      <div className="evidence-both">
        <div>
          <h4>It can prove</h4>
          <ul>
            {proves.map((line) => (
              <li key={line}>
                <IconCheck size={15} aria-hidden />
                {line}
              </li>
            ))}
          </ul>
        </div>
        <div>
          <h4>It cannot prove</h4>
          <ul>
            {cannotProve.map((line) => (
              <li key={line}>
                <IconX size={15} aria-hidden />
                {line}
              </li>
            ))}
          </ul>
        </div>
      </div>
    </section>
  )
}

function StepTable({ baseline, map }: { baseline: Baseline; map: ProcessMap }): ReactElement {
  const order = new Map(inReadingOrder(map).map((step, index) => [step.id, { index, title: step.title }]))
  const steps = baseline.figures.steps.toSorted(
    (a, b) => (order.get(a.stepId)?.index ?? 0) - (order.get(b.stepId)?.index ?? 0),
  )
  return (
    <section aria-labelledby="steps-title">
      <h3 id="steps-title">Per step, medians</h3>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Figures per step">
        <table className="baseline-steps num">
          <thead>
            <tr>
              <th scope="col">Step</th>
              <th scope="col">Ready to done</th>
              <th scope="col">Waited</th>
              <th scope="col">Hands-on</th>
              <th scope="col">n</th>
            </tr>
          </thead>
          <tbody>
            {steps.map((step) => (
              <tr key={step.stepId}>
                <th scope="row">{order.get(step.stepId)?.title ?? step.activities.join(', ')}</th>
                <td>{clocked(step.lead)}</td>
                <td>{step.wait === null ? 'n/a' : clocked(step.wait)}</td>
                <td>{step.touch?.medianMs == null ? 'n/a' : durationWords(step.touch.medianMs)}</td>
                <td>{step.n}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {baseline.figures.unmatched.length > 0 && (
        <p className="dim small num">
          No step of the map:{' '}
          {baseline.figures.unmatched.map(({ activity, runs }) => `${activity} (${runs})`).join(', ')}.
        </p>
      )}
    </section>
  )
}

function clocked(figure: ClockedFigure): string {
  return figure.elapsed.medianMs === null ? 'n/a' : durationWords(figure.elapsed.medianMs)
}

function UseForPilot({ pilotId, baseline }: { pilotId: string; baseline: Baseline }): ReactElement {
  const client = useQueryClient()
  const use = useMutation({
    mutationFn: () => call('changePilot', { params: { pilotId }, body: { baselineId: baseline.id } }),
    onSuccess: async (changed) => {
      client.setQueryData(ask('pilot', { params: { pilotId } }).queryKey, changed)
      await client.invalidateQueries({ queryKey: ['process', { params: { processId: baseline.processId } }] })
      await client.invalidateQueries({ queryKey: ['canvas', { params: { pilotId } }] })
    },
  })
  return (
    <>
      <Button className="use-baseline" variant="filled" loading={use.isPending} onClick={() => use.mutate()}>
        Use for the pilot
      </Button>
      {use.isError && (
        <p className="import-problem use-problem" role="alert">
          {wordsFor(use.error)}
        </p>
      )}
    </>
  )
}
