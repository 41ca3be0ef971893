import { expect, test } from 'vitest'
import {
  changeInWords,
  dayInWords,
  durationDifferenceInWords,
  durationInWords,
  groupedNumber,
  pointsInWords,
  shareInWords,
  workingTimeInWords,
} from '#domain/measure/wording.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

test.each([
  [null, 'n/a'],
  [0, '0 s'],
  [400, '<1 s'],
  [42_400, '42 s'],
  [59_700, '1 min'],
  [150_000, '2 min 30'],
  [4 * MINUTE, '4 min'],
  [18 * MINUTE + 20_000, '18 min'],
  [59 * MINUTE + 45_000, '1 h'],
  [2 * HOUR + 40 * MINUTE, '2 h 40'],
  [3 * HOUR + 5 * MINUTE, '3 h 05'],
  [DAY - 1, '1 d'],
  [3.4 * DAY, '3.4 d'],
  [7 * DAY, '7 d'],
  [9.97 * DAY, '10 d'],
  [304.2 * DAY, '304 d'],
  [1500 * DAY, '1,500 d'],
  [-18 * MINUTE, '\u221218 min'],
])('%d ms is %s', (ms, words) => {
  expect(durationInWords(ms)).toBe(words)
})

test('working time stays in hours, as a working day is not 24 of them', () => {
  expect(workingTimeInWords(38 * HOUR)).toBe('38 h')
  expect(workingTimeInWords(2 * HOUR + 40 * MINUTE)).toBe('2 h 40')
  expect(workingTimeInWords(null)).toBe('n/a')
})

test('a difference has a sign, a real minus, or is none', () => {
  expect(durationDifferenceInWords(-160 * MINUTE)).toBe('\u22122 h 40')
  expect(durationDifferenceInWords(12 * MINUTE)).toBe('+12 min')
  expect(durationDifferenceInWords(0)).toBe('no difference')
  expect(durationDifferenceInWords(null)).toBe('n/a')
})

test('a change is a signed percentage, unknown without something to change from', () => {
  expect(changeInWords({ from: 100, to: 71 })).toBe('\u221229%')
  expect(changeInWords({ from: 100, to: 1300 })).toBe('+1,200%')
  expect(changeInWords({ from: 100, to: 100.2 })).toBe('no difference')
  expect(changeInWords({ from: 0, to: 5 })).toBe('n/a')
  expect(changeInWords({ from: null, to: 5 })).toBe('n/a')
})

test.each([
  [null, 'n/a'],
  [0, '0%'],
  [0.0004, '<0.1%'],
  [0.004, '0.4%'],
  [0.123, '12%'],
  [0.996, '99.6%'],
  [0.9999, '>99.9%'],
  [1, '100%'],
])('a share of %d is %s', (share, words) => {
  expect(shareInWords(share)).toBe(words)
})

test('differences of shares are points', () => {
  expect(pointsInWords(0.03)).toBe('+3 pt')
  expect(pointsInWords(-0.005)).toBe('\u22120.5 pt')
  expect(pointsInWords(0)).toBe('no difference')
  expect(pointsInWords(null)).toBe('n/a')
})

test('numbers mark thousands and drop idle decimals', () => {
  expect(groupedNumber(1234.56, 1)).toBe('1,234.6')
  expect(groupedNumber(4, 1)).toBe('4')
})

test('a day is the day of its zone', () => {
  expect(dayInWords(Date.parse('2023-01-02T23:30:00Z'), 'Europe/Amsterdam')).toBe('3 Jan 2023')
})
