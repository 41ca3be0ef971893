import { setTimeout as sleep } from 'node:timers/promises'
import type { Reply } from './endpoint.ts'

/**
 * How many calls an endpoint gets at a time. A 429 halves that and holds everybody back until the endpoint
 * wants more; five failures in a row stop all calls for half a minute.
 */
export type Turnstile = {
  pass: (call: () => Promise<Reply>, signal: AbortSignal) => Promise<Reply>
}

const failuresUntilPause = 5
const pauseMs = 30_000
const longestWaitMs = 60_000
const successesPerStep = 10

export function turnstile(most: number): Turnstile {
  let allowed = most
  let inside = 0
  let failures = 0
  let successes = 0
  let closedUntil = 0
  let limitedUntil = 0
  const queue = new Set<() => void>()

  const isFull = (): boolean => inside >= allowed
  /** Waits for a turn; false when whoever waited was called away. */
  const enter = async (signal: AbortSignal): Promise<boolean> => {
    while (isFull() && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const go = (): void => {
          queue.delete(go)
          signal.removeEventListener('abort', go)
          resolve()
        }
        queue.add(go)
        signal.addEventListener('abort', go)
      })
    }
    if (signal.aborted) return false
    inside += 1
    return true
  }
  const leave = (): void => {
    inside -= 1
    const next = [...queue].slice(0, Math.max(0, allowed - inside))
    for (const go of next) go()
  }
  const learn = (reply: Reply): void => {
    if (reply.kind === 'aborted') return
    if (reply.kind !== 'later') {
      failures = 0
      successes += 1
      if (successes % successesPerStep === 0) allowed = Math.min(most, allowed + 1)
      return
    }
    successes = 0
    if (reply.limited) {
      allowed = Math.max(1, Math.floor(allowed / 2))
      limitedUntil = Math.max(limitedUntil, Date.now() + (reply.afterMs ?? 1_000))
      return
    }
    failures += 1
    if (failures >= failuresUntilPause) closedUntil = Date.now() + pauseMs
  }

  return {
    pass: async (call, signal) => {
      if (!(await enter(signal))) return { kind: 'aborted' }
      try {
        if (Date.now() < closedUntil) return notNow(closedUntil, 'The AI endpoint keeps failing.')
        const waitMs = limitedUntil - Date.now()
        if (waitMs > longestWaitMs) return notNow(limitedUntil, 'The AI endpoint asked for a pause (429).')
        if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined)
        if (signal.aborted) return { kind: 'aborted' }
        const reply = await call()
        learn(reply)
        return reply
      } finally {
        leave()
      }
    },
  }
}

function notNow(until: number, message: string): Reply {
  return {
    kind: 'later',
    cause: 'ai-unavailable',
    message: `${message} It is limited until ${new Date(until).toISOString()}.`,
    afterMs: Math.max(0, until - Date.now()),
    limited: false,
  }
}
