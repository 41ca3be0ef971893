/** Counts what each person changes in the running minute. */
export function writeLimiter(perMinute: number): (personId: string, now: Date) => number | null {
  const windows = new Map<string, { since: number; count: number }>()
  /** Seconds to wait, or null when the change may go on. */
  return (personId, now) => {
    const at = now.getTime()
    const window = windows.get(personId)
    if (window === undefined || at - window.since >= 60_000 || at < window.since) {
      windows.set(personId, { since: at, count: 1 })
      return null
    }
    window.count += 1
    return window.count > perMinute ? Math.ceil((window.since + 60_000 - at) / 1000) : null
  }
}
