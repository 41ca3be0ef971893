import fc from 'fast-check'
import { compilePlan } from '#domain/compile-plan.ts'
import type { CasePlan, SubPlan } from '#domain/plan.ts'
import type { StepId } from '#domain/process-map.ts'
import { anyProcess, publishedOf, sha256, type AnyProcess } from '../support/any-map.ts'
import { chance } from './chance.ts'
import { nextVersionOf } from './next-version.ts'

/** One map, and one way of working it: `seed` and `index` say everything. */
export type Which = { seed: number; index: number }

/** A version as it was published; `stepIds` leads from steps of the version before that are called otherwise. */
export type Version = { process: AnyProcess; plan: CasePlan; stepIds: Record<StepId, StepId> }

/** The number that everything else of a play is drawn from. */
export function ownSeed({ seed, index }: Which): number {
  return seed * 7_919 + index
}

/** The versions that a case may go through, the first one first: two or three of them in every other play. */
export function versionsAt(which: Which): [Version, ...Version[]] {
  const [process] = fc.sample(anyProcess, { numRuns: 1, seed: which.seed + which.index })
  if (process === undefined) throw new Error('no map was made')
  const first: Version = { process, plan: compiled(process, 1), stepIds: {} }
  const dice = chance(ownSeed(which) ^ 0x5bd1e995)
  if (dice.under(0.5)) return [first]
  const next = nextVersionOf(process, { dice, letter: 'n', former: [] })
  const second: Version = { ...next, plan: compiled(next.process, 2) }
  if (dice.under(0.5)) return [first, second]
  const last = nextVersionOf(next.process, {
    dice,
    letter: 'm',
    former: process.map.steps.map(({ id }) => id),
  })
  return [first, second, { ...last, plan: compiled(last.process, 3) }]
}

function compiled({ map, others }: AnyProcess, version: number): CasePlan {
  return compilePlan(map, { mapId: 'any', version, sha256, find: publishedOf(others) })
}

/** The plan that a request names. */
export function planNamed(
  versions: readonly Version[],
  { mapId, version }: { mapId: string; version: number },
): CasePlan | SubPlan | null {
  for (const { plan } of versions) {
    if (plan.mapId === mapId && plan.version === version) return plan
    const sub = plan.subs?.[`${mapId}@${version}`]
    if (sub !== undefined) return sub
  }
  return null
}
