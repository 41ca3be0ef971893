import { expect, test } from 'vitest'
import { guessMapping } from '#domain/measure/guess-mapping.ts'

test('the column names of the usual exports are known', () => {
  const guess = guessMapping({
    header: ['case:concept:name', 'concept:name', 'start_timestamp', 'time:timestamp', 'org:resource'],
    sampleRows: [['1', 'Check', '2026-01-05T09:00:00Z', '2026-01-05T09:30:00Z', 'Ann']],
  })

  expect(guess).toEqual({
    mapping: {
      case: 'case:concept:name',
      activity: 'concept:name',
      start: 'start_timestamp',
      end: 'time:timestamp',
      resource: 'org:resource',
      enabled: null,
      lifecycle: null,
      instanceId: null,
      zone: null,
      dateOrder: null,
    },
    questions: [],
  })
})

test('foreign headers are recognised by what the columns hold', () => {
  const guess = guessMapping({
    header: ['Vorgang', 'Schritt', 'Zeitpunkt'],
    sampleRows: [
      ['A1', 'Prüfen', '31.01.2026 09:00'],
      ['A1', 'Freigeben', '31.01.2026 10:00'],
      ['A2', 'Prüfen', '31.01.2026 11:00'],
      ['A2', 'Freigeben', '31.01.2026 12:00'],
    ],
  })

  expect(guess.mapping).toMatchObject({
    case: 'Vorgang',
    activity: 'Schritt',
    end: 'Zeitpunkt',
    dateOrder: 'dmy',
  })
  expect(guess.questions).toEqual(['The times in "Zeitpunkt" carry no time zone: which zone are they in?'])
})

test('what cannot be told is asked, with an example', () => {
  const guess = guessMapping({
    header: ['number', 'amount', 'when'],
    sampleRows: [
      ['1', '10', '03/04/2026'],
      ['2', '20', '05/06/2026'],
    ],
  })

  expect(guess.questions).toEqual([
    'Which column names the case?',
    'Which column names the step or activity?',
    'The times in "when" carry no time zone: which zone are they in?',
    'In "when", is 03/04/2026 written day first or month first?',
  ])
})

test('a lifecycle column with endings only makes no start rows', () => {
  const guess = guessMapping({
    header: ['case_id', 'activity', 'lifecycle', 'timestamp'],
    sampleRows: [['1', 'Check', 'complete', '2026-01-05T09:00:00Z']],
  })

  expect(guess.mapping).toMatchObject({
    lifecycle: 'lifecycle',
    start: null,
    end: 'timestamp',
    instanceId: null,
  })
})
