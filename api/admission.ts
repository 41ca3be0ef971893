import type { Problem } from '#domain/problems.ts'
import type { Db } from '#store/db.ts'
import { waitingRows } from '#store/batches.ts'
import { waitingStarts } from '#store/start-queue.ts'

/** Accepted starts that may wait for the engine; rows of files wait before that, and take no room from others. */
const mostStarts = { ofPilot: 5_000, ofAll: 20_000 }
const mostRows = { ofPilot: 50_000, ofAll: 200_000 }
/** A pilot with so many starts waiting gets none from its files. */
export const mostFromFiles = 500

const freshMs = 500

/** Whether more starts are accepted now. The depth is read twice a second at most, so the bound is a soft one. */
export type Admission = {
  /** A start was accepted; counts until the depth is read again. */
  accepted: (pilotId: string) => void
  ofStart: (pilotId: string) => Promise<Problem | null>
  ofFile: (pilotId: string, rows: number) => Promise<Problem | null>
}

type Depth = { at: number; byPilot: Map<string, number>; perSecond: number }

export function createAdmission(db: Db, limits: typeof mostStarts = mostStarts): Admission {
  let depth: Depth = { at: Number.NEGATIVE_INFINITY, byPilot: new Map(), perSecond: 0 }
  let acceptedSince = 0
  let reading: Promise<void> | null = null

  const read = async (): Promise<void> => {
    const byPilot = await waitingStarts(db)
    const at = performance.now()
    const seconds = (at - depth.at) / 1000
    const gone = sum(depth.byPilot) + acceptedSince - sum(byPilot)
    // How fast the engine takes them; a long silence says nothing about it.
    const perSecond = seconds < 30 ? Math.max(0, gone) / seconds : depth.perSecond
    depth = { at, byPilot, perSecond: (depth.perSecond + perSecond) / 2 }
    acceptedSince = 0
  }
  const present = async (): Promise<Depth> => {
    if (performance.now() - depth.at > freshMs) {
      reading ??= read().finally(() => {
        reading = null
      })
      await reading
    }
    return depth
  }
  const wait = (tooMany: number): Problem => {
    const seconds = tooMany / Math.max(5, depth.perSecond)
    return { code: 'Overloaded', retryAfterSeconds: Math.min(60, Math.ceil(seconds * (1 + Math.random()))) }
  }

  return {
    accepted: (pilotId) => {
      acceptedSince += 1
      depth.byPilot.set(pilotId, (depth.byPilot.get(pilotId) ?? 0) + 1)
    },
    ofStart: async (pilotId) => {
      const { byPilot } = await present()
      const tooMany = Math.max(
        (byPilot.get(pilotId) ?? 0) + 1 - limits.ofPilot,
        sum(byPilot) + 1 - limits.ofAll,
      )
      // Room for a hundredth more, so that those who come back do not find the queue full again.
      return tooMany > 0 ? wait(tooMany + limits.ofPilot / 100) : null
    },
    ofFile: async (pilotId, rows) => {
      await present()
      const { ofPilot, ofAll } = await waitingRows(db, pilotId)
      const tooMany = Math.max(ofPilot + rows - mostRows.ofPilot, ofAll + rows - mostRows.ofAll)
      return tooMany > 0 ? wait(tooMany) : null
    },
  }
}

function sum(byPilot: Map<string, number>): number {
  let all = 0
  for (const n of byPilot.values()) all += n
  return all
}
