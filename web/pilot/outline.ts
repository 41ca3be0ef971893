import { undoSteps } from '#domain/graph.ts'
import type { ProcessMap, Step } from '#domain/process-map.ts'
import { blocksOf, type Block, type RegionBlock } from './layout/map-blocks.ts'

/** The map as a nested list: regions hold their branches, lanes and what undoes a step stand together. */
export type OutlineItem =
  | { kind: 'step'; step: Step }
  | { kind: 'lane'; lane: string; steps: Step[] }
  | { kind: 'undo'; steps: Step[] }
  | {
      kind: 'region'
      region: RegionBlock
      branches: { head: string; label: string | null; items: OutlineItem[] }[]
    }

export function outlineOf(map: ProcessMap): OutlineItem[] {
  return itemsOf(blocksOf(map), undoSteps(map))
}

function itemsOf(blocks: Block[], undoing: ReadonlySet<string>): OutlineItem[] {
  const items: OutlineItem[] = []
  for (const block of blocks) {
    if (block.kind === 'region') {
      const branches = block.branches.map((branch) => ({
        head: branch.head,
        label: branch.label,
        items: itemsOf(branch.blocks, undoing),
      }))
      items.push({ kind: 'region', region: block, branches })
      continue
    }
    const { step } = block
    if (undoing.has(step.id)) {
      const open = items.find((item) => item.kind === 'undo')
      if (open === undefined) items.push({ kind: 'undo', steps: [step] })
      else open.steps.push(step)
    } else if (step.lane === null) {
      items.push({ kind: 'step', step })
    } else {
      const open = items.find((item) => item.kind === 'lane' && item.lane === step.lane)
      if (open?.kind === 'lane') open.steps.push(step)
      else items.push({ kind: 'lane', lane: step.lane, steps: [step] })
    }
  }
  return items
}
