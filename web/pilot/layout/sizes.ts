import type { ProcessMap, Step } from '#domain/process-map.ts'

/** All lengths a layout is made of, in px; the pilot map and the case's small map differ only here. */
export type Sizes = {
  task: { width: number; height: number }
  decision: { width: number; height: number }
  end: { width: number; height: number }
  lane: { width: number; height: number }
  /** Between steps that stand in the same column of a row. */
  stackGap: number
  columnGap: number
  marginLeft: number
  marginRight: number
  /** Room above a row, above the first lane of a row, and between lanes. */
  aboveRow: number
  aboveLane: number
  betweenLanes: number
  /** What each further line in the same gap or corridor adds. */
  trackStep: number
  lanePad: number
  laneHeader: number
}

/** Whether a title may take two lines on a card of this width; letters are about 7 px wide. */
function isLong(step: Step, width: number): boolean {
  return step.title.length * 7 + 20 > width
}

export function pilotSizes(map: ProcessMap): Sizes {
  const widthOf = (step: Step): number =>
    step.lane !== null ? 160 : step.kind === 'decision' || step.kind === 'end' ? 144 : 164
  const extra = (steps: Step[]): number => (steps.some((step) => isLong(step, widthOf(step))) ? 17 : 0)
  const height = 132 + extra(map.steps.filter((step) => step.lane === null))
  return {
    task: { width: 164, height },
    decision: { width: 144, height },
    end: { width: 144, height },
    lane: { width: 160, height: 76 + extra(map.steps.filter((step) => step.lane !== null)) },
    stackGap: 30,
    columnGap: 49,
    marginLeft: 40,
    marginRight: 40,
    aboveRow: 42,
    aboveLane: 46,
    betweenLanes: 34,
    trackStep: 14,
    lanePad: 8,
    laneHeader: 26,
  }
}

export const smallSizes: Sizes = {
  task: { width: 34, height: 24 },
  decision: { width: 34, height: 24 },
  end: { width: 34, height: 24 },
  lane: { width: 34, height: 24 },
  stackGap: 10,
  columnGap: 32,
  marginLeft: 20,
  marginRight: 20,
  aboveRow: 26,
  aboveLane: 20,
  betweenLanes: 14,
  trackStep: 6,
  lanePad: 2,
  laneHeader: 14,
}

export function sizeOf(step: Step, sizes: Sizes): { width: number; height: number } {
  if (step.lane !== null) return sizes.lane
  return step.kind === 'decision' ? sizes.decision : step.kind === 'end' ? sizes.end : sizes.task
}
