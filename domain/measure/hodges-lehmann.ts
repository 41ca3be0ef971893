import { zFor } from './normal.ts'

/** Durations of two arms in milliseconds; anything under a second counts as one second. */
export type Arms = { manual: readonly number[]; pilot: readonly number[] }
export type Stratum = Arms & { name: string }

/** How many times the manual time a typical pilot case takes; no interval when there are too few cases. */
export type TimeRatio = { ratio: number; low: number | null; high: number | null }
export type StratifiedTimeRatio = TimeRatio & { droppedStrata: string[] }

/** Hodges-Lehmann ratio: e to the median of all differences of logarithms; null when an arm is empty. */
export function timeRatio({ manual, pilot }: Arms, confidence = 0.95): TimeRatio | null {
  const n = pilot.length
  const m = manual.length
  if (n === 0 || m === 0) return null
  const differences = pairDifferences({ manual, pilot }).toSorted()
  const middle = differences.length / 2
  const k = Math.floor(middle - zFor(confidence) * Math.sqrt((n * m * (n + m + 1)) / 12) - 0.5)
  const upperMiddle = at(differences, Math.floor(middle))
  const lowerMiddle = at(differences, Math.ceil(middle) - 1)
  return {
    ratio: Math.exp((lowerMiddle + upperMiddle) / 2),
    low: k < 0 ? null : Math.exp(at(differences, k)),
    high: k < 0 ? null : Math.exp(at(differences, differences.length - 1 - k)),
  }
}

/** The same within strata, pairs weighted by 1 / (n + m + 1); strata that lack an arm drop out by name. */
export function stratifiedTimeRatio(
  strata: readonly Stratum[],
  confidence = 0.95,
): StratifiedTimeRatio | null {
  const usable = strata.filter((stratum) => stratum.manual.length > 0 && stratum.pilot.length > 0)
  if (usable.length === 0) return null
  const weightOf = (stratum: Stratum): number => 1 / (stratum.manual.length + stratum.pilot.length + 1)
  const pairs = usable.flatMap((stratum) =>
    Array.from(pairDifferences(stratum), (difference) => ({ difference, weight: weightOf(stratum) })),
  )
  pairs.sort((a, b) => a.difference - b.difference)
  const totalWeight = usable.reduce((sum, s) => sum + weightOf(s) * s.pilot.length * s.manual.length, 0)
  const variance = usable.reduce((sum, s) => sum + (weightOf(s) * s.pilot.length * s.manual.length) / 12, 0)
  const cut = totalWeight / 2 - zFor(confidence) * Math.sqrt(variance) - Math.max(...usable.map(weightOf)) / 2
  const fromBelow = pairs
  const fromAbove = pairs.toReversed()
  const half = totalWeight / 2
  return {
    ratio: Math.exp((firstPast(fromBelow, half) + firstPast(fromAbove, half)) / 2),
    low: cut < 0 ? null : Math.exp(firstPast(fromBelow, cut)),
    high: cut < 0 ? null : Math.exp(firstPast(fromAbove, cut)),
    droppedStrata: strata.filter((stratum) => !usable.includes(stratum)).map((stratum) => stratum.name),
  }
}

/** The first difference at which the running weight exceeds the mark, by more than rounding. */
function firstPast(pairs: readonly { difference: number; weight: number }[], mark: number): number {
  let weight = 0
  for (const pair of pairs) {
    weight += pair.weight
    if (weight > mark * (1 + 1e-12)) return pair.difference
  }
  throw new Error(`the weights add up to ${weight}, never past ${mark}`)
}

function pairDifferences({ manual, pilot }: Arms): Float64Array {
  const manualLogs = manual.map(logSeconds)
  const differences = new Float64Array(manual.length * pilot.length)
  let next = 0
  for (const value of pilot) {
    const pilotLog = logSeconds(value)
    for (const manualLog of manualLogs) differences[next++] = pilotLog - manualLog
  }
  return differences
}

function logSeconds(ms: number): number {
  return Math.log(Math.max(ms / 1000, 1))
}

function at(values: Float64Array, index: number): number {
  const value = values[index]
  if (value === undefined) throw new Error(`no difference at ${index} of ${values.length}`)
  return value
}
