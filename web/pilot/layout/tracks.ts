/** A stretch that wants a track of its own in a gap or corridor; stretches to one target may share theirs. */
export type Stretch = { key: string; from: number; to: number; target: string }

/** Gives each stretch the lowest track where nothing else overlaps it, short stretches first. */
export function tracksOf(stretches: Stretch[]): { track: Map<string, number>; count: number } {
  const tracks: Stretch[][] = []
  const track = new Map<string, number>()
  const short = stretches.toSorted(
    (a, b) => a.to - a.from - (b.to - b.from) || a.from - b.from || (a.key < b.key ? -1 : 1),
  )
  for (const stretch of short) {
    let at = tracks.findIndex((taken) =>
      taken.every(
        (other) => other.target === stretch.target || other.to < stretch.from || stretch.to < other.from,
      ),
    )
    if (at === -1) at = tracks.push([]) - 1
    tracks[at]?.push(stretch)
    track.set(stretch.key, at)
  }
  return { track, count: tracks.length }
}
