import { useElementSize } from '@mantine/hooks'
import { useId, type ReactElement } from 'react'
import { stepsPath, timeAtShare, timeScale, type CurvePoints } from './curve-scale.ts'
import { durationWords } from './durations.ts'
import { percentWords } from './shares.ts'

type DoneWithinProps = { pilot: CurvePoints; baseline: CurvePoints | null; n: number; baselineN: number }

const height = 138
const left = 40
const bottom = 28

/** Which share is done within which time, pilot beside by hand. Drawn anew for its width, never scaled. */
export function DoneWithin({ pilot, baseline, n, baselineN }: DoneWithinProps): ReactElement {
  const { ref, width: measured } = useElementSize<HTMLDivElement>()
  const titleId = useId()
  const descId = useId()
  const width = Math.max(220, measured)
  const right = width - 6
  const scale = timeScale([pilot, ...(baseline === null ? [] : [baseline])], left, right)
  const y = (share: number): number => 8 + (1 - share) * (height - bottom - 8)
  const halves = [
    { kind: 'pilot', ms: timeAtShare(pilot, 0.5) },
    { kind: 'hand', ms: baseline === null ? null : timeAtShare(baseline, 0.5) },
  ].flatMap(({ kind, ms }) => (ms === null ? [] : [{ kind, ms, x: scale.at(ms) }]))
  // Two words too close to stand under their lines stand to both sides of them.
  const [one, other] = halves
  const areClose = one !== undefined && other !== undefined && Math.abs(one.x - other.x) < 64
  const aside = (x: number): number => (areClose ? (x === Math.min(one.x, other.x) ? -3 : 3) : 0)
  return (
    <div ref={ref} className="done-within">
      <svg width={width} height={height} role="img" aria-labelledby={`${titleId} ${descId}`}>
        <title id={titleId}>Share done within a time</title>
        <desc id={descId}>{inWords(pilot, baseline)}</desc>
        {[0, 0.5, 1].map((share) => (
          <g key={share}>
            <path className="dw-grid" d={`M${left} ${y(share)}H${right}`} />
            <text x={left - 6} y={y(share) + 3.5} textAnchor="end">
              {percentWords(share)}
            </text>
          </g>
        ))}
        {scale.ticks
          .filter((tick) => halves.every((half) => Math.abs(half.x - tick.x) > (areClose ? 58 : 36)))
          .map((tick) => (
            <g key={tick.words}>
              <path className="dw-tick" d={`M${tick.x} ${y(0)}v4`} />
              <text
                x={tick.x}
                y={height - 8}
                textAnchor={tick.x > right - 20 ? 'end' : tick.x < left + 10 ? 'start' : 'middle'}
              >
                {tick.words}
              </text>
            </g>
          ))}
        {halves.map((half) => (
          <text
            key={half.kind}
            className={`dw-at ${half.kind}`}
            x={half.x + aside(half.x)}
            y={height - 8}
            textAnchor={aside(half.x) === 0 ? 'middle' : aside(half.x) < 0 ? 'end' : 'start'}
          >
            {durationWords(half.ms)}
          </text>
        ))}
        {halves.map((half) => (
          <path key={half.kind} className={`dw-half ${half.kind}`} d={`M${half.x} ${y(0.5)}V${y(0)}`} />
        ))}
        {baseline !== null && <path className="dw-line hand" d={stepsPath(baseline, scale.at, y, right)} />}
        <path className="dw-line pilot" d={stepsPath(pilot, scale.at, y, right)} />
        {halves.map((half) => (
          <circle key={half.kind} className={`dw-dot ${half.kind}`} cx={half.x} cy={y(0.5)} r="3.4" />
        ))}
      </svg>
      <p className="dw-key num">
        <span className="dw-key-pilot">Pilot, n {n}</span>
        {baseline !== null && <span className="dw-key-hand">By hand, n {baselineN}</span>}
      </p>
      <p className="small num dw-words">{nineOfTen(pilot, baseline)}</p>
      <details className="dw-table">
        <summary>Table</summary>
        <table className="num">
          <caption className="sr">Time within which a share is done</caption>
          <thead>
            <tr>
              <th scope="col">Done</th>
              <th scope="col">Pilot</th>
              <th scope="col">By hand</th>
            </tr>
          </thead>
          <tbody>
            {[0.1, 0.25, 0.5, 0.75, 0.9, 1].map((share) => (
              <tr key={share}>
                <th scope="row">{percentWords(share)}</th>
                <td>{words(timeAtShare(pilot, share))}</td>
                <td>{words(baseline === null ? null : timeAtShare(baseline, share))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </div>
  )
}

function words(ms: number | null): string {
  return ms === null ? 'not known' : durationWords(ms)
}

function inWords(pilot: CurvePoints, baseline: CurvePoints | null): string {
  const hand = baseline === null ? '' : `, by hand within ${words(timeAtShare(baseline, 0.5))}`
  return `Half is done within ${words(timeAtShare(pilot, 0.5))}${hand}. ${nineOfTen(pilot, baseline)}.`
}

function nineOfTen(pilot: CurvePoints, baseline: CurvePoints | null): string {
  const hand = baseline === null ? '' : `, by hand ${words(timeAtShare(baseline, 0.9))}`
  return `9 of 10 within ${words(timeAtShare(pilot, 0.9))}${hand}`
}
