import { IconAlertTriangle } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import { inReadingOrder, stepNumbers } from '#domain/graph.ts'
import type { ProcessMap, Step } from '#domain/process-map.ts'
import type { Canvas, StepFigures } from '#domain/views/pilots.ts'
import { bandOf, endBand, lensWords, stepSentence } from './lens.ts'
import type { Lens } from './pilot-search.ts'
import { KindIcon, kindWord } from './step-kinds.tsx'

type StepListProps = {
  map: ProcessMap
  canvas: Canvas
  lens: Lens
  selected: string | null
  onSelect: (stepId: string | null) => void
}

/** The map's twin: the same steps and figures as a list, in the order in which a case meets them. */
export function StepList({ map, canvas, lens, selected, onSelect }: StepListProps): ReactElement {
  const figures = new Map(canvas.steps.map((step) => [step.stepId, step]))
  const lanes = new Map(map.exceptions.map((lane) => [lane.id, lane]))
  const numbers = stepNumbers(map)
  const groups = inGroups(inReadingOrder(map))
  const row = (step: Step): ReactElement => (
    <StepRow
      key={step.id}
      step={step}
      number={numbers.get(step.id) ?? null}
      place={
        step.lane === null
          ? `Step ${numbers.get(step.id) ?? 1} of ${numbers.size}`
          : `Exception ${lanes.get(step.lane)?.name ?? step.lane}`
      }
      figures={figures.get(step.id)}
      canvas={canvas}
      lens={lens}
      isSelected={selected === step.id}
      onSelect={onSelect}
    />
  )
  return (
    <section className="step-list" aria-labelledby="step-list-title" id="list">
      <div className="step-list-head">
        <h2 id="step-list-title">Steps</h2>
        <span className="dim small">{lensWords[lens].what}</span>
      </div>
      {canvas.bottleneck !== null && (
        <p className="step-list-neck num">
          <b>Bottleneck:</b> {map.steps.find((step) => step.id === canvas.bottleneck?.stepId)?.title}.{' '}
          {canvas.bottleneck.sentence}
        </p>
      )}
      <ol>
        {groups.map((group) =>
          group.lane === null ? (
            group.steps.map((step) => <li key={step.id}>{row(step)}</li>)
          ) : (
            <li key={group.lane} className="step-list-lane">
              <p className="step-list-lane-name">
                <IconAlertTriangle size={14} stroke={1.75} aria-hidden />
                <span className="dim">Exception</span> <b>{lanes.get(group.lane)?.name ?? group.lane}</b>
              </p>
              <ol>
                {group.steps.map((step) => (
                  <li key={step.id}>{row(step)}</li>
                ))}
              </ol>
            </li>
          ),
        )}
      </ol>
    </section>
  )
}

function inGroups(steps: Step[]): { lane: string | null; steps: Step[] }[] {
  const groups: { lane: string | null; steps: Step[] }[] = []
  for (const step of steps) {
    const open = step.lane === null ? groups.at(-1) : groups.find((group) => group.lane === step.lane)
    if (open !== undefined && open.lane === step.lane) open.steps.push(step)
    else groups.push({ lane: step.lane, steps: [step] })
  }
  return groups
}

type StepRowProps = {
  step: Step
  number: number | null
  place: string
  figures: StepFigures | undefined
  canvas: Canvas
  lens: Lens
  isSelected: boolean
  onSelect: (stepId: string | null) => void
}

function StepRow(props: StepRowProps): ReactElement {
  const { step, number, place, figures, canvas, lens, isSelected, onSelect } = props
  const kind = kindWord(step.kind)
  const waiting = figures?.waiting ?? 0
  const stuck = figures?.stuck ?? 0
  const isBottleneck = canvas.bottleneck?.stepId === step.id
  const band =
    step.kind === 'end' ? endBand(figures, canvas) : figures === undefined ? null : bandOf(lens, figures)
  return (
    <div
      role="group"
      className="step-row"
      data-selected={isSelected || undefined}
      aria-label={stepSentence({ place, step, kind, waiting, stuck, band, isBottleneck })}
    >
      <span className="step-row-icon">
        <KindIcon kind={step.kind} />
      </span>
      <span className="step-row-name">
        <button
          type="button"
          data-step={step.id}
          aria-pressed={isSelected}
          onClick={() => onSelect(isSelected ? null : step.id)}
        >
          {step.title}
        </button>
        <span className="dim small">
          {number === null ? kind : `${number}. ${kind}`}
          {isBottleneck && <b className="step-row-neck">, bottleneck</b>}
          {stuck > 0 && <b className="step-stuck">{stuck} stuck</b>}
        </span>
      </span>
      {step.kind !== 'end' && (
        <span className="step-waiting num" data-none={waiting === 0 || undefined}>
          {waiting} waiting
        </span>
      )}
      <span className="step-row-figures num">
        <b>{band?.value ?? '–'}</b>
        <span className="dim">
          {band === null
            ? 'no cases yet'
            : band.tone === 'plain' && band.aside !== null
              ? `${band.aside}, ${band.under}`
              : band.under}
        </span>
        {band !== null && band.aside !== null && band.tone !== 'plain' && (
          <span className="pill" data-tone={band.tone}>
            {band.aside}
          </span>
        )}
        <span className="dim step-row-n">{band?.n ?? ''}</span>
      </span>
    </div>
  )
}
