import { IconHandStop } from '@tabler/icons-react'
import { Handle, Position, type NodeProps } from '@xyflow/react'
import { memo, type ReactElement } from 'react'
import type { Step } from '#domain/process-map.ts'
import { bandOf, endBand, hasTime, passedBand, stepSentence, type BandWords } from '../lens.ts'
import { OtherProcess } from '../other-process.tsx'
import { KindIcon, kindWord, UndoIcon, undoWord } from '../step-kinds.tsx'
import { useCanvas } from './canvas-store.ts'
import type { StepNode } from './flow-types.ts'
import { Sparkline } from './sparkline.tsx'

/** One step on the map: its title is the button, the whole card its target. */
export const StepCard = memo(function StepCard({ data, width = 164 }: NodeProps<StepNode>): ReactElement {
  const { step, place, detail, isSmall, isUndo } = data
  const figures = useCanvas((state) => state.figures.get(step.id))
  const lens = useCanvas((state) => state.lens)
  const totals = useCanvas((state) => state.totals)
  const isSelected = useCanvas((state) => state.selected === step.id)
  const isBottleneck = useCanvas((state) => state.bottleneck?.stepId === step.id)
  const byHand = useCanvas((state) => state.byHand.has(step.id))
  const onSelect = useCanvas((state) => state.onSelect)
  const band = bandFor(step, lens, figures, totals)
  const waiting = figures?.waiting ?? 0
  const stuck = figures?.stuck ?? 0
  const isTimed = hasTime(step)
  const isEnd = step.kind === 'end'
  const kind = isUndo ? undoWord : kindWord(step.kind)
  const label = stepSentence({ place, step, kind, detail, waiting, stuck, band, isBottleneck, byHand })
  return (
    <div
      role="group"
      aria-label={label}
      className="step-card"
      data-lane={isSmall || undefined}
      data-undo={isUndo || undefined}
      data-selected={isSelected || undefined}
      data-stuck={stuck > 0 || undefined}
      data-bottleneck={isBottleneck || undefined}
      data-tone={band?.tone ?? 'plain'}
    >
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <Handle type="source" position={Position.Right} isConnectable={false} />
      <span className="step-kind">
        {byHand ? (
          <span className="step-by-hand" title="A person does this step for now">
            <IconHandStop size={16} stroke={1.75} aria-hidden />
            By hand
          </span>
        ) : (
          <>
            {isUndo ? <UndoIcon /> : <KindIcon kind={step.kind} />}
            <span>{kind}</span>
          </>
        )}
        {stuck > 0 && <span className="step-stuck num">{stuck} stuck</span>}
        {waiting > 0 && isTimed && <span className="step-waiting num">{waiting} waiting</span>}
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
      {!isSmall && detail !== null && (
        <span className="step-detail">
          {step.kind === 'sub-process' ? <OtherProcess step={step} /> : <span title={detail}>{detail}</span>}
        </span>
      )}
      {isSmall ? <LaneFoot band={band} /> : (isTimed || isEnd) && <Band band={band} />}
      {!isSmall && (isTimed || isEnd) && (
        <span className="step-foot num">
          {figures !== undefined && isTimed && lens === 'time' ? (
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
  if (figures !== undefined && !hasTime(step)) return passedBand(figures)
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
