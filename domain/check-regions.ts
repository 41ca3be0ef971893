import { linksFrom, outputsOf, sendBackTargetOf, type MapIndex } from './graph.ts'
import { fault, repeated, type Report } from './map-faults.ts'
import type { Step, StepId } from './process-map.ts'
import { innermostRegions, isOpener, regionsOf, type Opener, type Region } from './regions.ts'

/** What a region may cost at most, in events of the durable history, when nothing goes wrong. */
const eventsPerRegion = 8_000

/** Faults of forks, lists and joins: what runs at the same time must come together again, whole. */
export function checkRegions(index: MapIndex, report: Report): void {
  const { map } = index
  const regions = regionsOf(map, index)
  const innermost = innermostRegions(regions)
  const costs = costsOf(index, regions, innermost)
  for (const region of regions) {
    const opener = index.steps.get(region.opener)
    if (opener === undefined || !isOpener(opener)) continue
    checkRegion({ index, region, opener, report })
    checkCost(opener, costs.get(opener.id) ?? 0, report)
  }
  const closing = regions.map(({ join }) => join).filter((join) => join !== null)
  const closes = new Set(closing)
  for (const step of map.steps) {
    if (step.kind === 'join' && !closes.has(step.id)) {
      report(
        fault(
          'NothingToJoin',
          step.id,
          'steps',
          `Nothing comes together at "${step.title}"`,
          'Remove the join',
        ),
      )
    }
    if (step.kind === 'review') checkReviewInRegion(index, innermost, step, report)
  }
  for (const join of repeated(closing)) {
    report(
      fault('JoinTwice', join, 'links', `"${join}" closes two regions`, 'Give each region a join of its own'),
    )
  }
}

type Look = { index: MapIndex; region: Region; opener: Opener; report: Report }

function checkRegion({ index, region, opener, report }: Look): void {
  const inside = region.members
  if (opener.kind === 'fork' && region.branches.length < 2) {
    report(
      fault(
        'BranchMissing',
        opener.id,
        'links',
        `"${opener.title}" has only one branch`,
        'Add a second branch, or remove the fork',
      ),
    )
  }
  if (region.join === null) {
    report(
      fault(
        'JoinMissing',
        opener.id,
        'links',
        `What begins at "${opener.title}" does not come together at one join`,
        'Lead every branch to the same join',
      ),
    )
  }
  for (const id of region.ends) {
    report(
      fault(
        'EndInRegion',
        id,
        'links',
        `A case could end at "${id}" while other branches of "${opener.title}" still run`,
        'Lead it to the join, and end after it',
      ),
    )
  }
  for (const link of index.map.links) {
    if (link.to === region.join && link.on !== 'undo' && link.from !== opener.id && !inside.has(link.from)) {
      report(
        fault(
          'JoinBypassed',
          link.from,
          'links',
          `"${link.from}" leads to where "${opener.title}" comes together, and does not come from it`,
          `Lead it to "${opener.id}", or to the step after the join`,
        ),
      )
    }
    if (link.on === 'undo' || !inside.has(link.to) || inside.has(link.from)) continue
    if (link.from === opener.id && (link.on === 'branch' || link.on === 'each')) continue
    report(
      fault(
        'RegionEntered',
        link.from,
        'links',
        `"${link.from}" leads into the middle of what "${opener.title}" begins`,
        `Lead it to "${opener.id}", or to a step outside`,
      ),
    )
  }
  if (inside.has(opener.id)) {
    report(
      fault(
        'RegionLoops',
        opener.id,
        'links',
        `A branch of "${opener.title}" leads back to it`,
        'Join the branches first, then go back',
      ),
    )
  }
  if (opener.kind === 'fork') checkBranches({ index, region, opener, report })
  else if (region.join !== null) checkListJoin(index, region.join, opener, report)
}

/** Branches share neither steps nor what they write. */
function checkBranches({ index, region, opener, report }: Look): void {
  for (const id of repeated(region.branches.flatMap((branch) => [...branch]))) {
    report(
      fault(
        'BranchesMeet',
        id,
        'links',
        `Two branches of "${opener.title}" come to "${id}"`,
        'Join them before it, or give each branch a step of its own',
      ),
    )
  }
  const written = region.branches.map((branch) => [
    ...new Set([...branch].flatMap((id) => writtenAt(index.steps.get(id)))),
  ])
  for (const name of repeated(written.flat())) {
    report(
      fault(
        'WrittenTwice',
        opener.id,
        'steps',
        `Two branches of "${opener.title}" write "${name}" at the same time`,
        'Let one branch write it, or use two fields',
      ),
    )
  }
}

function writtenAt(step: Step | undefined): string[] {
  return step === undefined ? [] : outputsOf(step)
}

function checkListJoin(index: MapIndex, join: StepId, opener: Opener, report: Report): void {
  const step = index.steps.get(join)
  if (step?.kind !== 'join' || step.waitsFor === 'all') return
  report(
    fault(
      'ListNeedsAll',
      join,
      'steps',
      `"${step.title}" would leave entries of "${opener.title}" unfinished`,
      'Wait for all of them',
    ),
  )
}

/** What a reviewer decides about, and where it goes back to, is part of the same region. */
function checkReviewInRegion(
  index: MapIndex,
  innermost: ReadonlyMap<StepId, StepId>,
  step: Extract<Step, { kind: 'review' }>,
  report: Report,
): void {
  const own = innermost.get(step.id)
  const target = sendBackTargetOf({ links: linksFrom(index, step.id) }, step)
  for (const id of new Set([step.reviews, target])) {
    if (!index.steps.has(id) || innermost.get(id) === own) continue
    report(
      fault(
        'ReviewAcross',
        step.id,
        'steps',
        `"${step.title}" concerns "${id}", which another branch or the rest of the case does`,
        'Review it in the same branch',
      ),
    )
  }
}

function checkCost(opener: Opener, worst: number, report: Report): void {
  if (worst <= eventsPerRegion) return
  report(
    fault(
      'RegionTooLarge',
      opener.id,
      'steps',
      `What "${opener.title}" begins could need ${worst} events of history; ${eventsPerRegion} are allowed`,
      opener.kind === 'for-each' ? 'Allow fewer entries, or do less for each' : 'Use fewer steps in branches',
    ),
  )
}

/** An upper bound of the events of one passage through each region: inner lists multiply. */
function costsOf(
  index: MapIndex,
  regions: readonly Region[],
  innermost: ReadonlyMap<StepId, StepId>,
): Map<StepId, number> {
  const direct = new Map<StepId, Step[]>(regions.map(({ opener }) => [opener, []]))
  for (const [id, opener] of innermost) {
    const step = index.steps.get(id)
    if (step !== undefined) direct.get(opener)?.push(step)
  }
  const costs = new Map<StepId, number>()
  const costOfRegion = (opener: Opener): number => {
    const known = costs.get(opener.id)
    if (known !== undefined) return known
    // Regions that contain each other are a fault of their own; each counts once here.
    costs.set(opener.id, 0)
    let once = 0
    for (const step of direct.get(opener.id) ?? []) {
      once += isOpener(step) ? 12 + costOfRegion(step) : costOf(step)
    }
    const worst = opener.kind === 'for-each' ? 12 + once * opener.maxItems : once
    costs.set(opener.id, worst)
    return worst
  }
  for (const { opener } of regions) {
    const step = index.steps.get(opener)
    if (step !== undefined && isOpener(step)) costOfRegion(step)
  }
  return costs
}

function costOf(step: Step): number {
  switch (step.kind) {
    case 'ai':
    case 'call':
      return 6
    case 'manual':
    case 'review':
    case 'wait':
      return 13
    case 'sub-process':
      return 100
    case 'decision':
    case 'fork':
    case 'join':
    case 'for-each':
    case 'end':
      return 0
  }
}
