import type { Db } from '#store/db.ts'
import {
  headOfStream,
  isAfter,
  isKept,
  isWithin,
  readStream,
  type PlacedEvent,
  type StreamCursor,
} from '#store/views/stream.ts'

type Reader = { deliver: (events: PlacedEvent[]) => void; end: () => void }

/** Tells every open page of what changed, from one read of the database for all of them. */
export type Live = {
  /**
   * Begins after `from`, or now; events from before come first. `missed`: that was too long ago, or too much has
   * happened since; from where it goes on instead.
   */
  join: (
    reader: Reader,
    from: StreamCursor | null,
  ) => Promise<{ leave: () => void; missed: StreamCursor | null }>
  close: () => void
}

/** How often is looked while pages are open: docs/decisions/014 says why nobody calls. */
const lookMs = 250
const pageSize = 1_000
/** A page that missed more than this asks again for everything it shows, which is less. */
const mostCaughtUp = 2_000

export function createLive(db: Db): Live {
  const readers = new Set<Reader>()
  const state = { isReading: false, isWanted: false, isClosed: false }
  let head: StreamCursor | null = null

  const readOnce = async (): Promise<void> => {
    head ??= await headOfStream(db)
    const events = await readStream(db, head, pageSize)
    head = events.at(-1)?.cursor ?? head
    if (events.length > 0) for (const reader of readers) reader.deliver(events)
    if (events.length === pageSize) state.isWanted = true
  }
  const read = async (): Promise<void> => {
    state.isWanted = true
    if (state.isReading || state.isClosed) return
    state.isReading = true
    while (state.isWanted && !state.isClosed && readers.size > 0) {
      state.isWanted = false
      // While the database is away nothing is told; the next look finds everything that was missed.
      await readOnce().catch(() => undefined)
    }
    state.isReading = false
  }
  const timer = setInterval(() => {
    if (readers.size > 0) void read()
  }, lookMs)
  timer.unref()

  return {
    join: async (reader, from) => {
      // Nobody listened, so nobody read: what happened meanwhile is not news for a page that was just loaded.
      if (readers.size === 0 || head === null) {
        const newest = await headOfStream(db)
        // Whoever joined meanwhile was promised everything from the head that was.
        if (readers.size === 0 || head === null) head = newest
      }
      const begin = from ?? head
      const missed = from !== null && !isAfter(from, head) && !(await canCatchUp(db, from))
      // First in line for what comes, then what was before: nothing falls between, and twice is left out.
      let last = missed ? head : begin
      const pending: PlacedEvent[] = []
      let isCaughtUp = false
      const pass = (events: PlacedEvent[]): void => {
        const fresh = events.filter(({ cursor }) => isAfter(cursor, last))
        last = fresh.at(-1)?.cursor ?? last
        if (fresh.length > 0) reader.deliver(fresh)
      }
      const member: Reader = {
        deliver: (events) => (isCaughtUp ? pass(events) : pending.push(...events)),
        end: reader.end,
      }
      readers.add(member)
      for (let isMore = !missed && from !== null; isMore;) {
        const page = await readStream(db, last, pageSize)
        pass(page)
        isMore = page.length === pageSize
      }
      isCaughtUp = true
      pass(pending)
      void read()
      return { leave: () => readers.delete(member), missed: missed ? last : null }
    },
    close: () => {
      state.isClosed = true
      clearInterval(timer)
      for (const reader of readers) reader.end()
      readers.clear()
    },
  }
}

async function canCatchUp(db: Db, from: StreamCursor): Promise<boolean> {
  return (await isKept(db, from)) && (await isWithin(db, from, mostCaughtUp))
}
