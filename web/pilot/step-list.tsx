import { IconAlertTriangle } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import { stepNumbers, undoSteps } from '#domain/graph.ts'
import type { ProcessMap, Step } from '#domain/process-map.ts'
import type { Canvas, PilotDetail, StepFigures } from '#domain/views/pilots.ts'
import { isByHand } from './by-hand.ts'
import { bandOf, endBand, hasTime, lensWords, passedBand, stepSentence } from './lens.ts'
import { outlineOf, type OutlineItem } from './outline.ts'
import type { Lens } from './pilot-search.ts'
import { OtherProcess } from './other-process.tsx'
import { regionWords, stepDetail } from './step-details.ts'
import { KindIcon, kindWord, UndoIcon, undoWord } from './step-kinds.tsx'
import { placeOf } from './step-place.ts'

type StepListProps = {
  pilot: PilotDetail
  canvas: Canvas
  lens: Lens
  selected: string | null
  onSelect: (stepId: string | null) => void
}

/** The map's twin: the same steps and figures as a list, in the order in which a case meets them. */
export function StepList({ pilot, canvas, lens, selected, onSelect }: StepListProps): ReactElement {
  const { map } = pilot
  const figures = new Map(canvas.steps.map((step) => [step.stepId, step]))
  const numbers = stepNumbers(map)
  const undoing = undoSteps(map)
  const row = (step: Step): ReactElement => (
    <StepRow
      key={step.id}
      step={step}
      number={numbers.get(step.id) ?? null}
      place={placeOf(map, step)}
      detail={stepDetail(map, step)}
      isUndo={undoing.has(step.id)}
      byHand={isByHand(pilot, step)}
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
        <Items items={outlineOf(map)} map={map} row={row} />
      </ol>
    </section>
  )
}

type ItemsProps = { items: OutlineItem[]; map: ProcessMap; row: (step: Step) => ReactElement }

function Items({ items, map, row }: ItemsProps): ReactElement {
  const rows = (steps: Step[]): ReactElement => (
    <ol>
      {steps.map((step) => (
        <li key={step.id}>{row(step)}</li>
      ))}
    </ol>
  )
  return (
    <>
      {items.map((item) => {
        switch (item.kind) {
          case 'step':
            return <li key={item.step.id}>{row(item.step)}</li>
          case 'lane':
            return (
              <li key={`lane ${item.lane}`} className="step-list-lane">
                <p className="step-list-lane-name">
                  <IconAlertTriangle size={14} stroke={1.75} aria-hidden />
                  <span className="dim">Exception</span>{' '}
                  <b>{map.exceptions.find((lane) => lane.id === item.lane)?.name ?? item.lane}</b>
                </p>
                {rows(item.steps)}
              </li>
            )
          case 'undo':
            return (
              <li key="undo" className="step-list-lane">
                <p className="step-list-lane-name">
                  <UndoIcon size={14} />
                  <b>Only when a case is stopped</b>
                </p>
                {rows(item.steps)}
              </li>
            )
          case 'region':
            return <RegionItem key={`region ${item.region.opener.id}`} {...{ item, map, row }} />
        }
      })}
    </>
  )
}

type RegionItemProps = Omit<ItemsProps, 'items'> & { item: Extract<OutlineItem, { kind: 'region' }> }

function RegionItem({ item, map, row }: RegionItemProps): ReactElement {
  const { region, branches } = item
  return (
    <li className="step-list-region">
      <p className="step-list-lane-name">
        <KindIcon kind={region.opener.kind} size={14} />
        <b>{regionWords(map, region.opener, region.join)}</b>
      </p>
      <ol>
        {branches.map((branch) => (
          <li key={branch.head}>
            {branch.label !== null && <p className="step-list-branch">{branch.label}</p>}
            <ol>
              <Items items={branch.items} map={map} row={row} />
            </ol>
          </li>
        ))}
      </ol>
    </li>
  )
}

type StepRowProps = {
  step: Step
  number: number | null
  place: string
  detail: string | null
  isUndo: boolean
  byHand: boolean
  figures: StepFigures | undefined
  canvas: Canvas
  lens: Lens
  isSelected: boolean
  onSelect: (stepId: string | null) => void
}

function StepRow(props: StepRowProps): ReactElement {
  const { step, number, place, detail, isUndo, byHand, figures, canvas, lens, isSelected, onSelect } = props
  const kind = isUndo ? undoWord : kindWord(step.kind)
  const waiting = figures?.waiting ?? 0
  const stuck = figures?.stuck ?? 0
  const isBottleneck = canvas.bottleneck?.stepId === step.id
  const band =
    step.kind === 'end'
      ? endBand(figures, canvas)
      : figures === undefined
        ? null
        : hasTime(step)
          ? bandOf(lens, figures)
          : passedBand(figures)
  return (
    <div
      role="group"
      className="step-row"
      data-selected={isSelected || undefined}
      aria-label={stepSentence({ place, step, kind, detail, waiting, stuck, band, isBottleneck, byHand })}
    >
      <span className="step-row-icon">{isUndo ? <UndoIcon /> : <KindIcon kind={step.kind} />}</span>
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
          {detail !== null && step.kind !== 'sub-process' && `: ${detail}`}
          {step.kind === 'sub-process' && (
            <>
              : <OtherProcess step={step} />
            </>
          )}
          {byHand && <b>, by hand for now</b>}
          {isBottleneck && <b className="step-row-neck">, bottleneck</b>}
          {stuck > 0 && <b className="step-stuck">{stuck} stuck</b>}
        </span>
      </span>
      {hasTime(step) && (
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
