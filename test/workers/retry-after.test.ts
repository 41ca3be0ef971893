import { expect, it } from 'vitest'
import { retryAfterMs } from '#workers/retry-after.ts'

const now = Date.parse('2026-03-01T10:00:00Z')

it.each([
  ['7', 7_000],
  ['0', 0],
  ['0.5', 500],
  ['Sun, 01 Mar 2026 10:01:30 GMT', 90_000],
  ['Sun, 01 Mar 2026 09:00:00 GMT', 0],
  ['-3', 0],
  // Ten minutes at most, whatever is asked for.
  ['86400', 600_000],
  ['soon', null],
  ['', null],
  [null, null],
])('Retry-After: %s asks for %s ms', (value, ms) => {
  expect(retryAfterMs(value, now)).toBe(ms)
})
