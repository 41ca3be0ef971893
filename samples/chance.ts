/** Numbers in [0, 1) that follow from a seed alone (mulberry32). */
export type Chance = () => number

export function chance(seed: number): Chance {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Further draws from one number in [0, 1). */
export function chanceFrom(random: number): Chance {
  return chance(Math.floor(random * 4_294_967_296))
}

/** One of the items, of which there must be some. */
export function pick<Item>(items: readonly Item[], next: Chance): Item {
  const item = items[Math.floor(next() * items.length)]
  if (item === undefined) throw new Error('nothing to pick from')
  return item
}

/** Log-normal with median 1: most near it, a few much longer, as office work is. */
export function logNormal(spread: number, next: Chance): number {
  const radius = Math.sqrt(-2 * Math.log(1 - next()))
  return Math.exp(spread * radius * Math.cos(2 * Math.PI * next()))
}

export function shuffled<Item>(items: readonly Item[], next: Chance): Item[] {
  const copy = [...items]
  for (let last = copy.length - 1; last > 0; last -= 1) {
    const other = Math.floor(next() * (last + 1))
    const [a, b] = [copy[last], copy[other]]
    if (a === undefined || b === undefined) throw new Error(`no item at ${last} or ${other}`)
    copy[last] = b
    copy[other] = a
  }
  return copy
}
