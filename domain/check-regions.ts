import { outputsOf, sendBackTargetOf, stepById } from './graph.ts'
import { fault, repeated, type Report } from './map-faults.ts'
import type { ProcessMap, Step, StepId } from './process-map.ts'
import { isOpener, regionOfStep, regionsOf, type Opener, type Region } from './regions.ts'

/** What a region may cost at most, in events of the durable history, when nothing goes wrong. */
export const eventsPerRegion = 8_000

/** Faults of forks, lists and joins: what runs at the same time must come together again, whole. */
export function checkRegions(map: ProcessMap, report: Report): void {
  const regions = regionsOf(map)
  for (const region of regions) {
    const opener = stepById(map, region.opener)
    if (opener === null || !isOpener(opener)) continue
    checkRegion({ map, regions, region, opener, report })
  }
  const closing = regions.map(({ join }) => join).filter((join) => join !== null)
  for (const step of map.steps) {
    if (step.kind === 'join' && !closing.includes(step.id)) {
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
    if (step.kind === 'review') checkReviewInRegion(map, regions, step, report)
  }
  for (const join of repeated(closing)) {
    report(
      fault('JoinTwice', join, 'links', `"${join}" closes two regions`, 'Give each region a join of its own'),
    )
  }
}

type Look = { map: ProcessMap; regions: Region[]; region: Region; opener: Opener; report: Report }

function checkRegion({ map, regions, region, opener, report }: Look): void {
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
  for (const link of map.links) {
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
  if (opener.kind === 'fork') checkBranches(map, region, opener, report)
  else if (region.join !== null) checkListJoin(map, region.join, opener, report)
  checkCost({ map, regions, region, opener, report })
}

/** Branches share neither steps nor what they write. */
function checkBranches(map: ProcessMap, region: Region, opener: Opener, report: Report): void {
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
    ...new Set([...branch].flatMap((id) => writtenAt(stepById(map, id)))),
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

function writtenAt(step: Step | null): string[] {
  return step === null ? [] : outputsOf(step)
}

function checkListJoin(map: ProcessMap, join: StepId, opener: Opener, report: Report): void {
  const step = stepById(map, join)
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
  map: ProcessMap,
  regions: Region[],
  step: Extract<Step, { kind: 'review' }>,
  report: Report,
): void {
  const own = regionOfStep(regions, step.id)
  for (const id of new Set([step.reviews, sendBackTargetOf(map, step)])) {
    if (stepById(map, id) === null || regionOfStep(regions, id) === own) continue
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

function checkCost({ map, regions, region, opener, report }: Look): void {
  const worst = worstCost(map, regions, region, opener)
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

/** An upper bound of the events of one passage: inner lists multiply. */
function worstCost(map: ProcessMap, regions: Region[], region: Region, opener: Opener): number {
  let once = 0
  for (const id of region.members) {
    const step = stepById(map, id)
    if (step === null || regionOfStep(regions, id) !== opener.id) continue
    if (!isOpener(step)) {
      once += costOf(step)
      continue
    }
    const inner = regions.find((candidate) => candidate.opener === step.id)
    if (inner !== undefined && inner !== region) once += 12 + worstCost(map, regions, inner, step)
  }
  return opener.kind === 'for-each' ? 12 + once * opener.maxItems : once
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
