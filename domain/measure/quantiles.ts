/** Fewest values for which a 95% interval of the quantile exists (1 - p^n - (1-p)^n >= 0.95). */
export const MIN_CASES = { median: 6, p90: 29 } as const

export type RankInterval = { lowRank: number; highRank: number; coverage: number }

/** A sorted copy; the quantile functions below need ascending values. */
export function ascending(values: Iterable<number>): Float64Array {
  return Float64Array.from(values).toSorted()
}

/** Quantile by linear interpolation (R type 7) of ascending values; null when there are none. */
export function quantile(sorted: ArrayLike<number>, p: number): number | null {
  if (sorted.length === 0) return null
  const h = (sorted.length - 1) * p
  const below = Math.floor(h)
  const low = at(sorted, below)
  return low + (h - below) * (at(sorted, Math.min(below + 1, sorted.length - 1)) - low)
}

export function mean(values: ArrayLike<number>): number | null {
  if (values.length === 0) return null
  let sum = 0
  for (let i = 0; i < values.length; i += 1) sum += at(values, i)
  return sum / values.length
}

/** Sample standard deviation (n - 1); null for fewer than two values. */
export function standardDeviation(values: ArrayLike<number>): number | null {
  const centre = mean(values)
  if (centre === null || values.length < 2) return null
  let squares = 0
  for (let i = 0; i < values.length; i += 1) squares += (at(values, i) - centre) ** 2
  return Math.sqrt(squares / (values.length - 1))
}

/**
 * Ranks (1-based) between which the quantile lies with at least the given confidence, whatever the distribution:
 * the shortest pair, of equally short ones the surest. Null when even the extremes are not sure enough.
 */
export function quantileRanks(n: number, p: number, confidence = 0.95): RankInterval | null {
  const { first, cumulative } = binomialWindow(n, p)
  const below = (rank: number): number => {
    if (rank <= first) return 0
    return cumulative[Math.min(rank - 1 - first, cumulative.length - 1)] ?? 1
  }
  let best: RankInterval | null = null
  let high = 2
  for (let low = Math.max(1, first); low < n; low += 1) {
    high = Math.max(high, low + 1)
    while (high <= n && below(high) - below(low) < confidence) high += 1
    if (high > n) break
    const coverage = below(high) - below(low)
    const shorter = best === null || high - low < best.highRank - best.lowRank
    const surer =
      best !== null && high - low === best.highRank - best.lowRank && coverage > best.coverage + 1e-12
    if (shorter || surer) best = { lowRank: low, highRank: high, coverage }
  }
  return best
}

/** The interval of a quantile in the values' own unit. */
export function quantileInterval(
  sorted: ArrayLike<number>,
  p: number,
  confidence = 0.95,
): { low: number; high: number } | null {
  const ranks = quantileRanks(sorted.length, p, confidence)
  return ranks && { low: at(sorted, ranks.lowRank - 1), high: at(sorted, ranks.highRank - 1) }
}

/** Cumulative binomial probabilities around the mode; what lies further than 9 standard deviations is nothing. */
function binomialWindow(n: number, p: number): { first: number; cumulative: Float64Array } {
  const mode = Math.min(n, Math.floor((n + 1) * p))
  const reach = Math.ceil(9 * Math.sqrt(n * p * (1 - p))) + 10
  const first = Math.max(0, mode - reach)
  const last = Math.min(n, mode + reach)
  const weights = new Float64Array(last - first + 1)
  weights[mode - first] = 1
  for (let k = mode; k > first; k -= 1) {
    weights[k - 1 - first] = ((at(weights, k - first) * k) / (n - k + 1)) * ((1 - p) / p)
  }
  for (let k = mode; k < last; k += 1) {
    weights[k + 1 - first] = ((at(weights, k - first) * (n - k)) / (k + 1)) * (p / (1 - p))
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let running = 0
  return { first, cumulative: weights.map((weight) => (running += weight / total)) }
}

function at(values: ArrayLike<number>, index: number): number {
  const value = values[index]
  if (value === undefined) throw new Error(`no value at ${index} of ${values.length}`)
  return value
}
