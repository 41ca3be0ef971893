/** Chance that can be repeated: every play of a seed goes the same way, as far as its machine lets it. */
export type Chance = {
  next: () => number
  under: (share: number) => boolean
  below: (limit: number) => number
  oneOf: <T>(items: readonly T[]) => T
}

export function chance(seed: number): Chance {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    next,
    under: (share) => next() < share,
    below: (limit) => Math.floor(next() * limit),
    oneOf: (items) => {
      const item = items[Math.floor(next() * items.length)]
      if (item === undefined) throw new Error('nothing to choose from')
      return item
    },
  }
}

/** A number made from a text, so that what happens to one visit does not hang on who came before. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (const letter of text) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193)
  return hash >>> 0
}
