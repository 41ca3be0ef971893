import fc from 'fast-check'
import { expect, it } from 'vitest'
import { localDates } from '#store/local-dates.ts'

const zones = [
  'Europe/Amsterdam',
  'America/St_Johns',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'UTC',
]

it('a day is the one that the zone has at that instant, also around midnight and a change of clocks', () => {
  const begin = Date.parse('2024-01-01T00:00:00Z')
  const instant = fc
    .integer({ min: 0, max: 3 * 366 * 96 })
    .chain((quarter) => fc.constantFrom(-1, 0, 1, 899_999).map((off) => begin + quarter * 900_000 + off))
  fc.assert(
    fc.property(fc.constantFrom(...zones), instant, (zone, at) => {
      const direct = new Intl.DateTimeFormat('en-CA', {
        timeZone: zone,
        year: 'numeric',
        month: '2-digit',
        day: '2-digit',
      }).format(at)

      expect(localDates(zone).dayOf(new Date(at).toISOString())).toBe(direct)
    }),
    { numRuns: 2_000 },
  )
})
