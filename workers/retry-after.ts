/** Nobody makes us wait longer at a time. */
export const longestPauseMs = 10 * 60_000

/** The pause that a `Retry-After` header asks for, in seconds or as a date; null when it says nothing readable. */
export function retryAfterMs(value: string | null, now: number = Date.now()): number | null {
  if (value === null || value.trim() === '') return null
  const seconds = Number(value)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - now
  return Number.isNaN(ms) ? null : Math.min(Math.max(0, ms), longestPauseMs)
}
