import { Tooltip } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import type { Figure } from '#domain/views/common.ts'
import type { Canvas } from '#domain/views/pilots.ts'
import { figureWords } from './figure-words.ts'
import { intervalSpots } from './interval-spots.ts'

/** The process in five figures, each beside how it was by hand. */
export function FigureStrip({
  canvas,
  sampleBaseline,
}: {
  canvas: Canvas
  sampleBaseline: boolean
}): ReactElement {
  const open = canvas.running > 0 ? `, ${canvas.running} still open` : ''
  return (
    <section className="figs" aria-label="Figures of the process beside its baseline">
      <FigureCell title="Throughput" figure={canvas.throughput}>
        <FigureBody
          figure={canvas.throughput}
          unit={canvas.throughput.value === null ? 'in the first week' : 'a week'}
          sample={sampleBaseline}
        />
      </FigureCell>
      <FigureCell title="Cycle time" note="calendar" figure={canvas.cycleMedian} after={open}>
        <div className="figs-two">
          <FigureBody figure={canvas.cycleMedian} unit="median" clock="days" sample={sampleBaseline} />
          <FigureBody
            figure={canvas.cycleP90}
            unit="p90"
            unitTitle="9 of 10 cases are done within"
            clock="days"
            sample={sampleBaseline}
          />
        </div>
      </FigureCell>
      <FigureCell title="Hands-on time" note="with review" figure={canvas.touch}>
        <FigureBody figure={canvas.touch} sample={sampleBaseline} />
      </FigureCell>
      <FigureCell title="Rework or exception" figure={canvas.reworkOrException}>
        <FigureBody figure={canvas.reworkOrException} sample={sampleBaseline} more={partsWords(canvas)} />
      </FigureCell>
    </section>
  )
}

/** "rework 14 %, exception 12 %"; nothing while neither is known. */
function partsWords({ rework, exception }: Canvas): string {
  const parts = [
    { name: 'rework', words: figureWords(rework).value },
    { name: 'exc.', words: figureWords(exception).value },
  ]
  return parts
    .filter(({ words }) => words !== 'n/a')
    .map(({ name, words }) => `${name} ${words}`)
    .join(', ')
}

type CellProps = {
  title: string
  note?: string
  figure: Figure
  after?: string
  children: ReactNode
}

function FigureCell({ title, note, figure, after = '', children }: CellProps): ReactElement {
  return (
    <section className="figs-cell">
      <h2>
        {title} {note !== undefined && <span className="figs-note">{note}</span>}
        <Tooltip label={figure.how} multiline w={280} events={{ hover: true, focus: true, touch: true }}>
          <button type="button" className="figs-n num">
            <span className="sr">How this is reckoned: </span>
            {figureWords(figure).n}
            {after}
          </button>
        </Tooltip>
      </h2>
      {children}
    </section>
  )
}

type BodyProps = {
  figure: Figure
  unit?: string
  unitTitle?: string
  clock?: 'days' | 'units'
  more?: string
  /** Whether the figure by hand is sample data, which is said beside it. */
  sample: boolean
}

function FigureBody({ figure, unit, unitTitle, clock = 'units', more, sample }: BodyProps): ReactElement {
  const words = figureWords(figure, clock)
  return (
    <div className="figs-body">
      <p className="figs-value num">
        <b data-known={words.value !== 'n/a'}>{words.value}</b>
        {unit !== undefined &&
          (unitTitle === undefined ? <span>{unit}</span> : <abbr title={unitTitle}>{unit}</abbr>)}
        {words.unsure !== null && words.difference !== null && (
          <span className="figs-signed">{words.difference}</span>
        )}
        <DifferencePill figure={figure} clock={clock} />
      </p>
      <p className="figs-hand num">
        <span>
          {words.byHand ?? 'no figure by hand'}
          {sample && words.byHand !== null && <i className="figs-sample">sample data</i>}
        </span>
        {more !== undefined && <span>{more}</span>}
      </p>
      <IntervalBar figure={figure} text={words.interval} tone={words.tone} />
    </div>
  )
}

export function DifferencePill({
  figure,
  clock = 'units',
}: {
  figure: Figure
  clock?: 'days' | 'units'
}): ReactElement | null {
  const words = figureWords(figure, clock)
  // That nothing is known, or nothing to compare with, is said by the figures themselves.
  if (figure.state === 'unknown' || figure.state === 'no-baseline') return null
  const text = words.unsure ?? words.difference
  if (text === null) return null
  return (
    <span className="pill num" data-tone={words.tone}>
      {text}
      {words.unsure === null && <span className="sr"> {words.tone} than by hand</span>}
    </span>
  )
}

function IntervalBar({
  figure,
  text,
  tone,
}: {
  figure: Figure
  text: string | null
  tone: string
}): ReactElement {
  const spots = intervalSpots(figure)
  if (spots === null || text === null) {
    return (
      <p className="figs-interval-none">
        {figure.n === 0 ? 'no cases yet' : figure.baseline === null ? '' : 'interval not known yet'}
      </p>
    )
  }
  const textRight = spots.zero < 50
  return (
    <>
      <span className="interval" data-tone={tone} aria-hidden="true">
        <span className="interval-zero" style={{ left: `${spots.zero}%` }} />
        <span
          className="interval-range"
          style={{ left: `${spots.low}%`, width: `${spots.high - spots.low}%` }}
        />
        <span className="interval-point" style={{ left: `${spots.point}%` }} />
      </span>
      <p className="figs-interval num" data-right={textRight}>
        <span>
          <span className="sr">95 % interval of the difference: </span>
          {text}
        </span>
        <span className="figs-zero" style={{ left: `${spots.zero}%` }} aria-hidden="true">
          by hand
        </span>
      </p>
    </>
  )
}
