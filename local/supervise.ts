import { setTimeout as sleep } from 'node:timers/promises'
import { isRunning, type ProcessMark } from './processes.ts'

/** A started part. `process` is null for a server that belongs to somebody else and is never restarted. */
export type Running = { process: ProcessMark | null; stop: () => Promise<void> }

export type Kept = { stop: () => Promise<void>; restart: () => Promise<void>; timesRestarted: () => number }

const longestPauseMs = 30_000
const steadyAfterMs = 60_000
const lookEveryMs = 250
const startsBeforeGivingUp = 3

export type HowToKeep<Part extends Running> = {
  name: string
  part: Part
  startAgain: () => Promise<Part>
  onRestarted: (part: Part) => void
  /** For a part that the rest can do without: called after a few failed starts, which are then the last. */
  onGivenUp?: (reason: string) => void
  say: (words: string) => void
}

/** Starts a part again whenever its process ends, more slowly each time until it has been steady for a minute. */
export function keepRunning<Part extends Running>({
  name,
  part,
  startAgain,
  onRestarted,
  onGivenUp,
  say,
}: HowToKeep<Part>): Kept {
  let current = part
  const stopping = new AbortController()
  let isAskedToRestart = false
  let restarts = 0
  let failuresInARow = 0
  let startedAt = Date.now()

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      await sleep(lookEveryMs)
      if (stopping.signal.aborted || current.process === null || isRunning(current.process)) continue
      if (Date.now() - startedAt > steadyAfterMs) failuresInARow = 0
      await bringBack(
        isAskedToRestart ? `${name} starts again with new settings` : `${name} has ended; starting it again`,
      )
      isAskedToRestart = false
    }
  }

  async function bringBack(reason: string): Promise<void> {
    say(reason)
    while (!stopping.signal.aborted) {
      await sleep(pauseBefore(failuresInARow++))
      if (stopping.signal.aborted) return
      const beganAt = Date.now()
      try {
        current = await startAgain()
        startedAt = Date.now()
        restarts++
        say(`${name} runs again (${((startedAt - beganAt) / 1000).toFixed(1)} s)`)
        onRestarted(current)
        return
      } catch (error) {
        const fault = error instanceof Error ? error.message : String(error)
        say(`${name} did not start: ${fault}`)
        if (onGivenUp && failuresInARow >= startsBeforeGivingUp) {
          stopping.abort()
          onGivenUp(fault)
        }
      }
    }
  }

  const watching = watch()

  return {
    timesRestarted: () => restarts,
    restart: async () => {
      isAskedToRestart = true
      await current.stop()
    },
    stop: async () => {
      stopping.abort()
      await watching
      await current.stop()
    },
  }
}

function pauseBefore(failures: number): number {
  return failures === 0 ? 0 : Math.min(longestPauseMs, 500 * 2 ** (failures - 1))
}
