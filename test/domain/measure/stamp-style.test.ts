import { describe, expect, test } from 'vitest'
import { needsDateOrder, noEvidence, withCell } from '#domain/measure/stamp-evidence.ts'
import { familyOf, readStamp, type StampStyle } from '#domain/measure/stamp-style.ts'
import { zoneClock } from '#domain/measure/zone-clock.ts'

function readAs(text: string, style: StampStyle): string | null {
  const stamp = readStamp(text, style)
  return stamp && new Date(stamp.wallClock - (stamp.offsetMs ?? 0)).toISOString()
}

describe('a stamp', () => {
  test.each([
    ['2023-01-02 09:00:16.440000+00:00', 'iso', 'ymd', '2023-01-02T09:00:16.440Z'],
    ['2023-02-09T08:00:00.000', 'iso', 'ymd', '2023-02-09T08:00:00.000Z'],
    ['2017-01-02T11:41:53Z', 'iso', 'ymd', '2017-01-02T11:41:53.000Z'],
    ['2023-07-01T10:00:00+0530', 'iso', 'ymd', '2023-07-01T04:30:00.000Z'],
    ['2023-07-01 10:00:00 -03', 'iso', 'ymd', '2023-07-01T13:00:00.000Z'],
    ['2023-07-01 10:00:00 UTC', 'iso', 'ymd', '2023-07-01T10:00:00.000Z'],
    ['2023/7/1', 'iso', 'ymd', '2023-07-01T00:00:00.000Z'],
    ['31/12/2023 23:59', 'figures', 'dmy', '2023-12-31T23:59:00.000Z'],
    ['12/31/2023 11:59:30 PM', 'figures', 'mdy', '2023-12-31T23:59:30.000Z'],
    ['12/31/2023 12:05 AM', 'figures', 'mdy', '2023-12-31T00:05:00.000Z'],
    ['31.12.23', 'figures', 'dmy', '2023-12-31T00:00:00.000Z'],
    ['01/02/71', 'figures', 'dmy', '1971-02-01T00:00:00.000Z'],
    ['23-12-31', 'figures', 'ymd', '2023-12-31T00:00:00.000Z'],
    ['2 Jan 2023 10:15', 'month-name', 'ymd', '2023-01-02T10:15:00.000Z'],
    ['02-JAN-23 10:15:00', 'month-name', 'ymd', '2023-01-02T10:15:00.000Z'],
    ['March 5, 2024 9:00 am', 'month-name', 'ymd', '2024-03-05T09:00:00.000Z'],
    ['20230102T101500Z', 'compact', 'ymd', '2023-01-02T10:15:00.000Z'],
    ['20230102', 'compact', 'ymd', '2023-01-02T00:00:00.000Z'],
    ['1672653616', 'unix-seconds', 'ymd', '2023-01-02T10:00:16.000Z'],
    ['1672653616250', 'unix-milliseconds', 'ymd', '2023-01-02T10:00:16.250Z'],
  ] as const)('%s is read as %s, %s', (text, family, order, expected) => {
    expect(familyOf(text)).toBe(family)
    expect(readAs(text, { family, order })).toBe(expected)
  })

  test.each([
    ['2023-02-29', 'a day that does not exist'],
    ['2023-13-01', 'a month that does not exist'],
    ['2023-01-02 24:10', 'an hour that does not exist'],
    ['2023-01-02 10:60', 'a minute that does not exist'],
    ['1900-01-01', 'a placeholder of the past'],
    ['9999-12-31', 'a placeholder of the future'],
    ['2023-01-02 soon', 'words for a time'],
    ['NULL', 'a word'],
    ['', 'nothing'],
  ])('%s is refused: %s', (text) => {
    expect(readStamp(text, { family: 'iso', order: 'ymd' })).toBeNull()
  })

  test('a cell of a million blanks is refused at once', () => {
    const hostile = `2023-01-02 10:00${' '.repeat(1_000_000)}x`
    const startedAt = performance.now()

    expect(readStamp(hostile, { family: 'iso', order: 'ymd' })).toBeNull()
    expect(familyOf(hostile)).toBeNull()
    expect(performance.now() - startedAt).toBeLessThan(100)
  })

  test('in another style than its column is refused', () => {
    expect(readStamp('31/12/2023', { family: 'iso', order: 'ymd' })).toBeNull()
  })
})

describe('a column of dates', () => {
  const evidenceOf = (...cells: string[]) => cells.reduce(withCell, noEvidence())

  test('one day above 12 settles the order for all', () => {
    const evidence = evidenceOf('03/04/2023', '31/03/2023')

    expect(evidence.orders).toEqual(['dmy'])
    expect(needsDateOrder(evidence)).toBe(false)
  })

  test('without such a day a person is asked', () => {
    expect(needsDateOrder(evidenceOf('03/04/2023', '05/06/2023'))).toBe(true)
  })

  test('a mixture of orders is asked about, not guessed', () => {
    const evidence = evidenceOf('31/03/2023', '03/31/2023')

    expect(evidence.orders).toEqual([])
    expect(needsDateOrder(evidence)).toBe(true)
  })

  test('a two-digit year may come first', () => {
    expect(evidenceOf('23-04-05', '32-04-05').orders).toEqual(['ymd'])
  })

  test('one stamp without a zone makes the column need one', () => {
    expect(evidenceOf('2023-01-02T10:00:00Z', '2023-01-02T11:00:00+02:00').naive).toBe(false)
    expect(evidenceOf('2023-01-02T10:00:00Z', '2023-01-02T10:00:00').naive).toBe(true)
  })
})

describe('a wall clock', () => {
  const { instantOf } = zoneClock('Europe/Amsterdam')
  const at = (text: string): string => new Date(instantOf(Date.parse(`${text}Z`))).toISOString()

  test('follows summer and winter time', () => {
    expect(at('2026-01-15T12:00:00')).toBe('2026-01-15T11:00:00.000Z')
    expect(at('2026-07-15T12:00:00')).toBe('2026-07-15T10:00:00.000Z')
  })

  test('an hour that comes twice means the first', () => {
    expect(at('2026-10-25T02:30:00')).toBe('2026-10-25T00:30:00.000Z')
  })

  test('an hour that is left out lies after the change', () => {
    expect(at('2026-03-29T02:30:00')).toBe('2026-03-29T01:30:00.000Z')
  })

  test('just around the change nothing is off by an hour', () => {
    expect(at('2026-03-29T01:59:59')).toBe('2026-03-29T00:59:59.000Z')
    expect(at('2026-03-29T03:00:00')).toBe('2026-03-29T01:00:00.000Z')
    expect(at('2026-10-25T03:00:00')).toBe('2026-10-25T02:00:00.000Z')
  })
})
