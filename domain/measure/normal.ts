const SQRT_2 = Math.SQRT2
const SQRT_PI = Math.sqrt(Math.PI)

/** Probability that a standard normal value is at most z; relative error about 1e-14. */
export function normalCdf(z: number): number {
  if (z > 0) return 1 - normalCdf(-z)
  return 0.5 * erfc(-z / SQRT_2)
}

/** The z below which a standard normal value lies with probability p. */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new Error(`a probability between 0 and 1 is needed, got ${p}`)
  if (p === 0.5) return 0
  return p < 0.5 ? lowerTailQuantile(p) : -lowerTailQuantile(1 - p)
}

/** z of a two-sided interval: zFor(0.95) = 1.96. */
export function zFor(confidence: number): number {
  return normalQuantile(0.5 + confidence / 2)
}

/** Complementary error function for x >= 0: a series near 0, a continued fraction in the tail. */
function erfc(x: number): number {
  return x < 2.5 ? 1 - erfSeries(x) : erfcTail(x)
}

function erfSeries(x: number): number {
  let term = x
  let sum = x
  for (let n = 1; term > sum * 1e-17; n += 1) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return (2 / SQRT_PI) * Math.exp(-x * x) * sum
}

function erfcTail(x: number): number {
  let fraction = x
  for (let k = 80; k >= 1; k -= 1) fraction = x + k / 2 / fraction
  return Math.exp(-x * x) / (SQRT_PI * fraction)
}

/** Newton steps on ln Φ, which is nearly a parabola in the tail: they converge from any start below 0. */
function lowerTailQuantile(p: number): number {
  const target = Math.log(p)
  let z = p < 0.02 ? -Math.sqrt(-2 * target - Math.log(-4 * Math.PI * target)) : (p - 0.5) * 2.5
  for (let step = 0; step < 60; step += 1) {
    const cdf = normalCdf(z)
    const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
    const move = ((Math.log(cdf) - target) * cdf) / density
    z -= move
    if (Math.abs(move) <= 1e-15 * (1 + Math.abs(z))) break
  }
  return z
}
