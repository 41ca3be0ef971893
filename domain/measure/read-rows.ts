import type { ColumnMapping, LogRow, RejectedRow } from './event-log.ts'
import type { StampEvidence } from './stamp-evidence.ts'
import { needsDateOrder } from './stamp-evidence.ts'
import { readStamp, type StampStyle } from './stamp-style.ts'
import { zoneClock } from './zone-clock.ts'

/** A mapping that cannot be used with this file, and what would mend it. */
export type MappingProblem = { field: keyof ColumnMapping; message: string }

export type RowReader = (cells: readonly string[], row: number) => LogRow | RejectedRow

const stampFields = ['start', 'end', 'enabled'] as const
type StampField = (typeof stampFields)[number]
const LONGEST_SHOWN_VALUE = 120
/** Longer is a text that got into the wrong column. */
const LONGEST_NAME = 300

export function isRejected(read: LogRow | RejectedRow): read is RejectedRow {
  return 'reason' in read
}

/** Everything that keeps a mapping from being used with these columns. */
export function mappingProblems(
  mapping: ColumnMapping,
  columns: ReadonlyMap<string, StampEvidence>,
): MappingProblem[] {
  const roles = [
    'case',
    'activity',
    'start',
    'end',
    'resource',
    'enabled',
    'lifecycle',
    'instanceId',
  ] as const
  const missing = roles.flatMap((field): MappingProblem[] => {
    const column = mapping[field]
    return column === null || columns.has(column)
      ? []
      : [{ field, message: `the file has no column "${column}"` }]
  })
  const stamps = stampFields.flatMap((field) => stampProblems(field, { mapping, columns }))
  const paired: MappingProblem[] =
    mapping.start !== null && mapping.lifecycle !== null
      ? [
          {
            field: 'lifecycle',
            message: 'a log has either a start column or start and complete rows, not both',
          },
        ]
      : []
  return [...missing, ...stamps, ...paired]
}

function stampProblems(
  field: StampField,
  { mapping, columns }: { mapping: ColumnMapping; columns: ReadonlyMap<string, StampEvidence> },
): MappingProblem[] {
  const column = mapping[field]
  const evidence = column === null ? undefined : columns.get(column)
  if (column === null || evidence === undefined || evidence.filled === 0) return []
  if (evidence.stamps === 0) return [{ field, message: `column "${column}" holds no dates we can read` }]
  const problems: MappingProblem[] = []
  if (evidence.naive && mapping.zone === null) {
    problems.push({ field: 'zone', message: `the times in "${column}" carry no time zone: choose theirs` })
  }
  if (needsDateOrder(evidence) && mapping.dateOrder === null) {
    problems.push({
      field: 'dateOrder',
      message: `the dates in "${column}" could be read in several ways: say whether day or month comes first`,
    })
  }
  return problems
}

/** Turns cells into rows; a row without case, activity or time, or with an end before its start, is refused. */
export function rowReader(file: {
  header: readonly string[]
  mapping: ColumnMapping
  columns: ReadonlyMap<string, StampEvidence>
}): RowReader {
  const { header, mapping } = file
  const clock = mapping.zone === null ? null : zoneClock(mapping.zone)
  const indexOf = (column: string | null): number => (column === null ? -1 : header.indexOf(column))
  const at = {
    case: indexOf(mapping.case),
    activity: indexOf(mapping.activity),
    resource: indexOf(mapping.resource),
    lifecycle: indexOf(mapping.lifecycle),
    instanceId: indexOf(mapping.instanceId),
    start: indexOf(mapping.start),
    end: indexOf(mapping.end),
    enabled: indexOf(mapping.enabled),
  }
  const styles = {
    start: styleOf(mapping.start, file),
    end: styleOf(mapping.end, file),
    enabled: styleOf(mapping.enabled, file),
  }

  const instant = (text: string, style: StampStyle): number | null => {
    const stamp = readStamp(text, style)
    if (stamp === null) return null
    if (stamp.offsetMs !== null) return stamp.wallClock - stamp.offsetMs
    return clock === null ? null : clock.instantOf(stamp.wallClock)
  }

  return (cells, row) => {
    const text = (index: number): string => (index < 0 ? '' : (cells[index] ?? '').trim())
    const orNull = (index: number): string | null => text(index) || null
    const reject = (reason: string, value: string): RejectedRow => ({
      row,
      reason,
      value: value.slice(0, LONGEST_SHOWN_VALUE),
    })

    if (cells.length > header.length) {
      return reject(`has ${cells.length} cells but the header has ${header.length}`, cells.join(' | '))
    }
    const caseId = text(at.case)
    if (caseId === '') return reject('has no case', '')
    const activity = text(at.activity)
    if (activity === '') return reject('has no activity', '')
    if (caseId.length > LONGEST_NAME) return reject(`names its case in over ${LONGEST_NAME} letters`, caseId)
    if (activity.length > LONGEST_NAME) {
      return reject(`names its activity in over ${LONGEST_NAME} letters`, activity)
    }
    if (text(at.end) === '') {
      return reject(mapping.start === null ? 'has no time' : 'has no end time', '')
    }
    const endMs = instant(text(at.end), styles.end)
    if (endMs === null) return reject(`"${mapping.end}" is no date in this column's form`, text(at.end))
    if (mapping.start !== null && text(at.start) === '') return reject('has no start time', '')
    const startMs = mapping.start === null ? null : instant(text(at.start), styles.start)
    if (mapping.start !== null && startMs === null) {
      return reject(`"${mapping.start}" is no date in this column's form`, text(at.start))
    }
    if (startMs !== null && endMs < startMs) {
      return reject('ends before it starts', `${text(at.start)} to ${text(at.end)}`)
    }
    const enabledText = text(at.enabled)
    const enabledMs = enabledText === '' ? null : instant(enabledText, styles.enabled)
    if (enabledText !== '' && enabledMs === null) {
      return reject(`"${mapping.enabled}" is no date in this column's form`, enabledText)
    }
    return {
      row,
      caseId,
      activity,
      startMs,
      endMs,
      enabledMs,
      resource: orNull(at.resource),
      lifecycle: orNull(at.lifecycle)?.toLowerCase() ?? null,
      instanceId: orNull(at.instanceId),
    }
  }
}

function styleOf(
  column: string | null,
  { mapping, columns }: { mapping: ColumnMapping; columns: ReadonlyMap<string, StampEvidence> },
): StampStyle {
  const evidence = column === null ? undefined : columns.get(column)
  const known = evidence?.orders.length === 1 ? evidence.orders[0] : undefined
  return { family: evidence?.family ?? 'iso', order: known ?? mapping.dateOrder ?? 'ymd' }
}
