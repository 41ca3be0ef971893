import type { ReactElement } from 'react'
import type { Figure } from '#domain/views/common.ts'
import type { StepFigures } from '#domain/views/pilots.ts'

type SparklineProps = {
  weekly: StepFigures['weekly']
  baseline: Figure['baseline']
  width: number
  tone: string
}

const height = 20

/** Weekly medians with the figure by hand as a dashed line; decoration beside the figures in words. */
export function Sparkline({ weekly, baseline, width, tone }: SparklineProps): ReactElement {
  const medians = weekly.flatMap(({ median }) => (median === null ? [] : [median]))
  const byHand = baseline?.value ?? null
  const most = Math.max(...medians, byHand ?? 0, 1)
  const y = (value: number): number => height - 2.5 - (value / most) * (height - 5.5)
  const x = (index: number): number => 2 + (index * (width - 6)) / Math.max(1, medians.length - 1)
  const points = medians.map((median, index) => `${x(index).toFixed(1)} ${y(median).toFixed(1)}`)
  const last = medians.at(-1)
  return (
    <svg className="sparkline" data-tone={tone} width={width} height={height} aria-hidden="true">
      {byHand !== null && <path className="sparkline-hand" d={`M0 ${y(byHand).toFixed(1)}H${width}`} />}
      {points.length > 1 && <path className="sparkline-line" d={`M${points.join('L')}`} />}
      {last !== undefined && <circle cx={x(medians.length - 1)} cy={y(last)} r="2.2" />}
    </svg>
  )
}
