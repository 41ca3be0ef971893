import { indexMap, linksFrom, targetsOf, type MapIndex } from './graph.ts'
import type { ProcessMap, Step, StepId } from './process-map.ts'

/** What lies between a fork or for-each and the join that closes it. */
export type Region = {
  opener: StepId
  /** Null when no one join closes it. */
  join: StepId | null
  /** Steps inside, those of inner regions and their joins included; the own join is outside. */
  members: Set<StepId>
  /** Members by the branch that leads to them; one branch for a for-each. */
  branches: Set<StepId>[]
  /** Ends that can be reached without passing the join. */
  ends: StepId[]
}

export type Opener = Extract<Step, { kind: 'fork' | 'for-each' }>

export function isOpener(step: Step): step is Opener {
  return step.kind === 'fork' || step.kind === 'for-each'
}

/** Every region of a map. Regions that are not well formed come back too: `checkMap` says what is wrong with them. */
export function regionsOf(map: ProcessMap, index: MapIndex = indexMap(map)): Region[] {
  const known = new Map<StepId, Region>()
  return map.steps.filter(isOpener).map((step) => regionOf(index, step, known, new Set()))
}

function regionOf(
  index: MapIndex,
  opener: Opener,
  known: Map<StepId, Region>,
  above: ReadonlySet<StepId>,
): Region {
  const before = known.get(opener.id)
  if (before !== undefined) return before
  const joins = new Set<StepId>()
  const ends = new Set<StepId>()
  const heads = linksFrom(index, opener.id).filter((link) => link.on === 'branch' || link.on === 'each')
  const branches = heads.map(({ to }) => {
    const members = new Set<StepId>()
    const open = [to]
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      const step = index.steps.get(id)
      if (step === undefined || members.has(id)) continue
      if (step.kind === 'join') {
        joins.add(id)
        continue
      }
      members.add(id)
      if (step.kind === 'end') ends.add(id)
      if (!isOpener(step) || above.has(id) || id === opener.id) {
        open.push(...targetsOf(index, step))
        continue
      }
      const inner = regionOf(index, step, known, new Set([...above, opener.id]))
      for (const member of inner.members) members.add(member)
      for (const end of inner.ends) ends.add(end)
      // Past the inner join, and where the opener itself leads when it fails.
      for (const link of linksFrom(index, id)) if (link.on === 'exception') open.push(link.to)
      const closing = inner.join === null ? undefined : index.steps.get(inner.join)
      if (closing === undefined) continue
      members.add(closing.id)
      open.push(...targetsOf(index, closing))
    }
    return members
  })
  const region: Region = {
    opener: opener.id,
    join: joins.size === 1 ? ([...joins][0] ?? null) : null,
    members: new Set(branches.flatMap((branch) => [...branch])),
    branches,
    ends: [...ends],
  }
  known.set(opener.id, region)
  return region
}

/** The opener of the innermost region that each step stands in; steps outside all regions have none. */
export function innermostRegions(regions: readonly Region[]): Map<StepId, StepId> {
  const smallest = new Map<StepId, Region>()
  for (const region of regions) {
    for (const id of region.members) {
      const known = smallest.get(id)
      if (known === undefined || region.members.size < known.members.size) smallest.set(id, region)
    }
  }
  return new Map([...smallest].map(([id, { opener }]) => [id, opener]))
}
