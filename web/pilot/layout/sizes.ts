import { undoSteps } from '#domain/graph.ts'
import type { ProcessMap, Step } from '#domain/process-map.ts'
import { stepDetail } from '../step-details.ts'

/** All lengths a layout is made of, in px; the pilot map and the case's small map differ only here. */
export type Sizes = {
  task: { width: number; height: number }
  /** Where ways part and meet: nothing is done there. */
  split: { width: number; height: number }
  decision: { width: number; height: number }
  end: { width: number; height: number }
  lane: { width: number; height: number }
  /** Between steps that stand in the same column of a row. */
  stackGap: number
  /** Between a step and what undoes it. */
  undoGap: number
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
  /** Around what a region holds; its name stands above it, and the name of each branch above its first step. */
  regionPad: number
  regionHeader: number
  branchHeader: number
}

/** Whether a title may take two lines on a card of this width; letters are about 7 px wide. */
function isLong(step: Step, width: number): boolean {
  return step.title.length * 7 + 20 > width
}

export function pilotSizes(map: ProcessMap): Sizes {
  const undoing = undoSteps(map)
  const isSmall = (step: Step): boolean => step.lane !== null || undoing.has(step.id)
  const widthOf = (step: Step): number =>
    isSmall(step)
      ? 160
      : step.kind === 'fork' || step.kind === 'join'
        ? 150
        : step.kind === 'decision' || step.kind === 'end'
          ? 144
          : 164
  const extra = (steps: Step[]): number => (steps.some((step) => isLong(step, widthOf(step))) ? 17 : 0)
  const full = map.steps.filter((step) => !isSmall(step))
  const height = 132 + extra(full) + (full.some((step) => stepDetail(map, step) !== null) ? 18 : 0)
  return {
    task: { width: 164, height },
    split: {
      width: 150,
      height: 70 + extra(full.filter((step) => step.kind === 'fork' || step.kind === 'join')),
    },
    decision: { width: 144, height },
    end: { width: 144, height },
    lane: { width: 160, height: 76 + extra(map.steps.filter(isSmall)) },
    stackGap: 30,
    undoGap: 26,
    columnGap: 49,
    marginLeft: 40,
    marginRight: 40,
    aboveRow: 42,
    aboveLane: 46,
    betweenLanes: 34,
    trackStep: 14,
    lanePad: 8,
    laneHeader: 26,
    regionPad: 11,
    regionHeader: 30,
    branchHeader: 18,
  }
}

export const smallSizes: Sizes = {
  task: { width: 34, height: 24 },
  split: { width: 34, height: 24 },
  decision: { width: 34, height: 24 },
  end: { width: 34, height: 24 },
  lane: { width: 34, height: 24 },
  stackGap: 10,
  undoGap: 10,
  columnGap: 32,
  marginLeft: 20,
  marginRight: 20,
  aboveRow: 26,
  aboveLane: 20,
  betweenLanes: 14,
  trackStep: 6,
  lanePad: 2,
  laneHeader: 14,
  regionPad: 4,
  regionHeader: 4,
  branchHeader: 0,
}

export function sizeOf(map: ProcessMap, step: Step, sizes: Sizes): { width: number; height: number } {
  if (step.lane !== null || undoSteps(map).has(step.id)) return sizes.lane
  if (step.kind === 'fork' || step.kind === 'join') return sizes.split
  return step.kind === 'decision' ? sizes.decision : step.kind === 'end' ? sizes.end : sizes.task
}
