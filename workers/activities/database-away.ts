import { setTimeout as sleep } from 'node:timers/promises'

const pauseMs = 1_000
const longestMs = 120_000

/**
 * Repeats a transaction while the database is restarting or full, so that a draft that was paid for is not
 * drafted again. Any other error is thrown at once.
 */
export async function untilStored<T>(transaction: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const until = Date.now() + longestMs
  for (;;) {
    try {
      return await transaction()
    } catch (error) {
      if (!isDatabaseAway(error) || Date.now() > until) throw error
      await sleep(pauseMs, undefined, { signal })
    }
  }
}

const lastWordsMs = 5_000

/** What a case that was called off leaves behind is stored although nobody waits for it. */
export function patienceOf(signal: AbortSignal): AbortSignal {
  return signal.aborted ? AbortSignal.timeout(lastWordsMs) : signal
}

/** Connection lost or refused, resources gone, server shutting down, deadlock, a transaction that stood still. */
function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return (
    /^(08|40|53|57|25P03)/.test(code) ||
    /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)/.test(code) ||
    /connection terminated|not queryable|timeout exceeded when trying to connect/i.test(error.message)
  )
}
