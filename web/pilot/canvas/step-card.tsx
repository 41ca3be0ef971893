import { Handle, Position, type NodeProps } from '@xyflow/react'
import { memo, type ReactElement } from 'react'
import type { Step } from '#domain/process-map.ts'
import { bandOf, endBand, stepSentence, type BandWords } from '../lens.ts'
import { KindIcon, kindWord } from '../step-kinds.tsx'
import { useCanvas } from './canvas-store.ts'
import type { StepNode } from './flow-types.ts'
import { Sparkline } from './sparkline.tsx'

/** One step on the map: its title is the button, the whole card its target. */
export const StepCard = memo(function StepCard({ data, width = 164 }: NodeProps<StepNode>): ReactElement {
  const { step, place } = data
  const figures = useCanvas((state) => state.figures.get(step.id))
  const lens = useCanvas((state) => state.lens)
  const totals = useCanvas((state) => state.totals)
  const isSelected = useCanvas((state) => state.selected === step.id)
  const isBottleneck = useCanvas((state) => state.bottleneck?.stepId === step.id)
  const onSelect = useCanvas((state) => state.onSelect)
  const band = bandFor(step, lens, figures, totals)
  const waiting = figures?.waiting ?? 0
  const stuck = figures?.stuck ?? 0
  const kind = kindWord(step.kind)
  const label = stepSentence({ place, step, kind, waiting, stuck, band, isBottleneck })
  const inLane = step.lane !== null
  return (
    <div
      role="group"
      aria-label={label}
      className="step-card"
      data-lane={inLane || undefined}
      data-selected={isSelected || undefined}
      data-stuck={stuck > 0 || undefined}
      data-bottleneck={isBottleneck || undefined}
      data-tone={band?.tone ?? 'plain'}
    >
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <Handle type="source" position={Position.Right} isConnectable={false} />
      <span className="step-kind">
        <KindIcon kind={step.kind} />
        <span>{kind}</span>
        {stuck > 0 && <span className="step-stuck num">{stuck} stuck</span>}
        {waiting > 0 && <span className="step-waiting num">{waiting} waiting</span>}
      </span>
      <button
        type="button"
        className="step-title nodrag nopan"
        title={step.title}
        data-step={step.id}
        aria-pressed={isSelected}
        onClick={() => onSelect(isSelected ? null : step.id)}
      >
        {step.title}
      </button>
      {inLane ? <LaneFoot band={band} /> : <Band band={band} />}
      {!inLane && (
        <span className="step-foot num">
          {figures !== undefined && step.kind !== 'end' && lens === 'time' ? (
            <Sparkline
              weekly={figures.weekly}
              baseline={figures.lead.baseline}
              width={width - 62}
              tone={band?.tone ?? 'plain'}
            />
          ) : (
            <span />
          )}
          <span>{band?.n ?? ''}</span>
        </span>
      )}
    </div>
  )
})

function bandFor(
  step: Step,
  lens: Parameters<typeof bandOf>[0],
  figures: Parameters<typeof bandOf>[1] | undefined,
  totals: Parameters<typeof endBand>[1] | null,
): BandWords | null {
  if (step.kind === 'end') return totals === null ? null : endBand(figures, totals)
  return figures === undefined ? null : bandOf(lens, figures)
}

function Band({ band }: { band: BandWords | null }): ReactElement {
  return (
    <span className="step-band">
      <span className="step-figure num">
        <b>{band?.value ?? '–'}</b>
        {band?.aside !== null && <span className="step-aside">{band?.aside}</span>}
      </span>
      <span className="step-under num">{band?.under ?? 'no cases yet'}</span>
    </span>
  )
}

function LaneFoot({ band }: { band: BandWords | null }): ReactElement {
  return (
    <span className="step-band num">
      <b>{band?.value ?? '–'}</b>
      <span className="step-aside">{band === null ? 'no cases yet' : (band.aside ?? band.under)}</span>
    </span>
  )
}
