import { inReadingOrder, stepById } from '#domain/graph.ts'
import type { ProcessMap, Step, StepId } from '#domain/process-map.ts'
import { isOpener, regionsOf, type Opener, type Region } from '#domain/regions.ts'

/** A map as nested groups, in reading order: what a fork or a list begins stands in one block behind it. */
export type Block = { kind: 'step'; step: Step } | RegionBlock
export type RegionBlock = { kind: 'region'; opener: Opener; join: StepId; branches: Branch[] }
/** `label` is null in a list, which has one branch. */
type Branch = { head: StepId; label: string | null; blocks: Block[] }

type Known = { block: RegionBlock; region: Region }

export function blocksOf(map: ProcessMap): Block[] {
  const known = soundRegions(map)
  const top: Block[] = []
  const shown = new Set<RegionBlock>()
  for (const step of inReadingOrder(map)) {
    let into = top
    for (const { block, region } of known) {
      const branch = block.branches[branchOf(region, step.id)]
      if (branch === undefined) continue
      if (!shown.has(block)) {
        shown.add(block)
        into.push(block)
      }
      into = branch.blocks
    }
    into.push({ kind: 'step', step })
  }
  return top
}

/** Regions that come together and lie within or beside each other, outer ones first; a draft may hold others. */
function soundRegions(map: ProcessMap): Known[] {
  const found = regionsOf(map).toSorted((a, b) => b.members.size - a.members.size)
  const sound: Known[] = []
  for (const region of found) {
    const opener = stepById(map, region.opener)
    if (opener === null || !isOpener(opener)) continue
    if (region.join === null || region.members.size === 0) continue
    if (region.members.has(region.opener) || region.members.has(region.join)) continue
    if (!sound.every((outer) => isWithin(region, outer.region) || isApart(region, outer.region))) continue
    const heads = map.links.filter(
      (link) => link.from === opener.id && (link.on === 'branch' || link.on === 'each'),
    )
    const branches = heads.map((link) => ({
      head: link.to,
      label: link.on === 'branch' ? link.label : null,
      blocks: [],
    }))
    sound.push({ block: { kind: 'region', opener, join: region.join, branches }, region })
  }
  return sound
}

function branchOf(region: Region, id: StepId): number {
  return region.branches.findIndex((branch) => branch.has(id))
}

function isWithin(inner: Region, outer: Region): boolean {
  const branch = branchOf(outer, inner.opener)
  return branch !== -1 && [...inner.members].every((id) => branchOf(outer, id) === branch)
}

function isApart(inner: Region, outer: Region): boolean {
  return !outer.members.has(inner.opener) && [...inner.members].every((id) => !outer.members.has(id))
}

/** Every region of the blocks, outer ones first. */
export function regionBlocks(blocks: readonly Block[]): RegionBlock[] {
  return blocks.flatMap((block) =>
    block.kind === 'step' ? [] : [block, ...block.branches.flatMap((branch) => regionBlocks(branch.blocks))],
  )
}

/** Steps of the blocks, at whatever depth. */
export function stepsIn(blocks: readonly Block[]): Step[] {
  return blocks.flatMap((block) =>
    block.kind === 'step' ? [block.step] : block.branches.flatMap((branch) => stepsIn(branch.blocks)),
  )
}
