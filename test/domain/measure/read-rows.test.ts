import { expect, test } from 'vitest'
import type { ColumnMapping } from '#domain/measure/event-log.ts'
import { mappingProblems, rowReader } from '#domain/measure/read-rows.ts'
import { noEvidence, withCell } from '#domain/measure/stamp-evidence.ts'

const header = ['case', 'activity', 'start', 'end', 'who']
const mapping: ColumnMapping = {
  case: 'case',
  activity: 'activity',
  start: 'start',
  end: 'end',
  resource: 'who',
  enabled: null,
  lifecycle: null,
  instanceId: null,
  zone: 'Europe/Amsterdam',
  dateOrder: null,
}

function evidenceOf(...rows: string[][]) {
  return new Map(
    header.map((name, i) => [name, rows.reduce((e, cells) => withCell(e, cells[i] ?? ''), noEvidence())]),
  )
}

const good = ['7', 'Check', '2026-01-05 09:00', '2026-01-05 09:30', 'Ann']
const read = rowReader({ header, mapping, columns: evidenceOf(good) })

test('a good row has its times as instants, read in the zone of the log', () => {
  expect(read(good, 2)).toEqual({
    row: 2,
    caseId: '7',
    activity: 'Check',
    startMs: Date.parse('2026-01-05T08:00:00Z'),
    endMs: Date.parse('2026-01-05T08:30:00Z'),
    enabledMs: null,
    resource: 'Ann',
    lifecycle: null,
    instanceId: null,
  })
})

test.each([
  [['', 'Check', '2026-01-05 09:00', '2026-01-05 09:30', ''], 'has no case', ''],
  [['7', ' ', '2026-01-05 09:00', '2026-01-05 09:30', ''], 'has no activity', ''],
  [['7', 'Check', '2026-01-05 09:00', '', ''], 'has no end time', ''],
  [['7', 'Check', '', '2026-01-05 09:30', ''], 'has no start time', ''],
  [['7'], 'has no activity', ''],
  [['7', 'Check', '2026-01-05 09:00', 'soon', ''], '"end" is no date in this column\'s form', 'soon'],
  [
    ['7', 'Check', '2026-01-05 09:31', '2026-01-05 09:30', ''],
    'ends before it starts',
    '2026-01-05 09:31 to 2026-01-05 09:30',
  ],
  [
    [...good, 'x'],
    'has 6 cells but the header has 5',
    '7 | Check | 2026-01-05 09:00 | 2026-01-05 09:30 | Ann | x',
  ],
])('row %j is refused: %s', (cells, reason, value) => {
  expect(read(cells, 9)).toEqual({ row: 9, reason, value })
})

test('a text in the place of a name is refused, and shown shortened', () => {
  const refused = read(['7', 'long '.repeat(100), '2026-01-05 09:00', '2026-01-05 09:30', ''], 2)

  expect(refused).toMatchObject({ reason: 'names its activity in over 300 letters' })
  expect('value' in refused && refused.value).toHaveLength(120)
})

test('a step that takes no time is not refused', () => {
  expect(read(['7', 'Check', '2026-01-05 09:00', '2026-01-05 09:00', ''], 2)).toMatchObject({
    resource: null,
  })
})

test('a mapping says all that is wrong with it at once', () => {
  const columns = evidenceOf(['7', 'Check', '03/04/2026 09:00', '03/04/2026 09:30', ''])

  const problems = mappingProblems({ ...mapping, zone: null, resource: 'person', lifecycle: 'who' }, columns)

  expect(problems.map(({ field, message }) => `${field}: ${message}`)).toEqual([
    'resource: the file has no column "person"',
    'zone: the times in "start" carry no time zone: choose theirs',
    'dateOrder: the dates in "start" could be read in several ways: say whether day or month comes first',
    'zone: the times in "end" carry no time zone: choose theirs',
    'dateOrder: the dates in "end" could be read in several ways: say whether day or month comes first',
    'lifecycle: a log has either a start column or start and complete rows, not both',
  ])
})

test('the order that a person chose decides an ambiguous date', () => {
  const columns = evidenceOf(['7', 'Check', '03/04/2026 09:00', '03/04/2026 09:30', ''])
  const at = (dateOrder: 'dmy' | 'mdy') =>
    rowReader({ header, mapping: { ...mapping, zone: 'UTC', dateOrder }, columns })(
      ['7', 'Check', '03/04/2026 09:00', '03/04/2026 09:30', ''],
      2,
    )

  expect(at('dmy')).toMatchObject({ startMs: Date.parse('2026-04-03T09:00:00Z') })
  expect(at('mdy')).toMatchObject({ startMs: Date.parse('2026-03-04T09:00:00Z') })
})

test('a time column without dates is named', () => {
  expect(mappingProblems({ ...mapping, end: 'who' }, evidenceOf(good))).toEqual([
    { field: 'end', message: 'column "who" holds no dates we can read' },
  ])
})
