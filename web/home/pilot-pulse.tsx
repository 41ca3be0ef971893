import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { Figure } from '#domain/views/common.ts'
import type { Home } from '#domain/views/session.ts'
import { figureWords } from '../pilot/figure-words.ts'
import { SampleLabel } from '../ui/labels.tsx'
import { Instant } from '../ui/time-text.tsx'

type Pulse = Home['pilots'][number]

/** One pilot at a glance: how far, how much, and two figures beside the work by hand. */
export function PilotPulse({ pilot }: { pilot: Pulse }): ReactElement {
  return (
    <li className="pulse-pilot">
      <div className="pulse-head">
        <h3>
          <Link to="/pilots/$pilotId" params={{ pilotId: pilot.pilotId }}>
            {pilot.processName}
          </Link>
        </h3>
        {pilot.sample && <SampleLabel />}
        <span className="pulse-day num">
          Day {pilot.day} of {pilot.days}
          <progress value={pilot.day} max={pilot.days} aria-label={`Day ${pilot.day} of ${pilot.days}`} />
        </span>
      </div>
      <dl className="pulse-figures num">
        <FigureCell label="Cycle time, median" figure={pilot.cycleMedian} unit="" />
        <FigureCell label="Throughput" figure={pilot.throughput} unit=" a week" />
        <div>
          <dt>Running</dt>
          <dd>
            <b>{pilot.running}</b>
            <span className="dim">{pilot.waiting} wait for people</span>
          </dd>
        </div>
        <div>
          <dt>Finished</dt>
          <dd>
            <b>{pilot.finished}</b>
            <span className="dim">
              {pilot.lastEventAt === null ? (
                'nothing has happened yet'
              ) : (
                <>
                  last change <Instant at={pilot.lastEventAt} />
                </>
              )}
            </span>
          </dd>
        </div>
      </dl>
    </li>
  )
}

function FigureCell({ label, figure, unit }: { label: string; figure: Figure; unit: string }): ReactElement {
  const words = figureWords(figure)
  return (
    <div title={figure.how}>
      <dt>{label}</dt>
      <dd>
        <b>
          {words.value}
          {words.value !== 'n/a' && unit}
        </b>
        {words.unsure === null ? (
          <span className={`pulse-tone ${words.tone}`}>
            {words.difference} <span className="sr">{words.tone}</span>
          </span>
        ) : (
          <span className="pulse-tone unknown">{words.unsure}</span>
        )}
        <span className="dim">{words.byHand ?? 'no baseline yet'}</span>
      </dd>
    </div>
  )
}
