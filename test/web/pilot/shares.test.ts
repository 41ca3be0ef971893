import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { daysWords, durationWords, signed } from '#web/pilot/durations.ts'
import { wholeShares } from '#web/pilot/shares.ts'

test('rounded shares sum to 100 whatever they are rounded from', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 12 }),
      (values) => {
        fc.pre(values.some((value) => value > 0.001))

        const shares = wholeShares(values)

        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(100)
        const total = values.reduce((sum, value) => sum + value, 0)
        shares.forEach((share, index) =>
          expect(Math.abs(share - ((values[index] ?? 0) / total) * 100)).toBeLessThan(1),
        )
      },
    ),
  )
})

test('shares of nothing are nothing', () => {
  expect(wholeShares([0, 0])).toEqual([0, 0])
})

test.each([
  [0, '0 s'],
  [59_400, '59 s'],
  [59_600, '1 min'],
  [22 * 60_000, '22 min'],
  [59.7 * 60_000, '1 h'],
  [94 * 60_000, '1 h 34'],
  [310 * 60_000, '5 h 10'],
  [23.6 * 3_600_000, '1 d'],
  [37 * 3_600_000, '1 d 13 h'],
  [12.4 * 86_400_000, '12 d'],
])('%d ms are %s', (ms, words) => {
  expect(durationWords(ms)).toBe(words)
})

test('no duration ever says 60 minutes or 24 hours', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 9e9, noNaN: true }), (ms) => {
      expect(durationWords(ms)).not.toMatch(/\b60 (s|min)\b|h 60|\b24 h/)
    }),
  )
})

test('days have one decimal and differences a sign', () => {
  expect(daysWords(3.4 * 86_400_000)).toBe('3.4 d')
  expect(signed(-2, String)).toBe('−2')
  expect(signed(2, String)).toBe('+2')
  expect(signed(0, String)).toBe('0')
})
