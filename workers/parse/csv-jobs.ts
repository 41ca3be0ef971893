import type { BaselineFigures } from '#domain/measure/baseline.ts'
import { baselineOfCases, type BaselineChoices } from '#domain/measure/baseline-from-log.ts'
import type { CsvDialect } from '#domain/measure/csv-dialect.ts'
import type { ColumnMapping, RejectedRow } from '#domain/measure/event-log.ts'
import { guessMapping, type MappingGuess } from '#domain/measure/guess-mapping.ts'
import { isRejected, mappingProblems, rowReader } from '#domain/measure/read-rows.ts'
import { isStampColumn, noEvidence, withCell, type StampEvidence } from '#domain/measure/stamp-evidence.ts'
import type { PairedCase } from '#domain/measure/step-runs.ts'
import { CsvFault } from './csv-fault.ts'
import { readTable, type CsvRecord } from './csv-records.ts'
import { openSource, type CsvSource, type Encoding } from './csv-source.ts'
import { logTable, type LogTable } from './log-table.ts'

type CsvLimits = { maxBytes: number; maxRows: number; encoding: Encoding }
export type CsvProgress = { bytesDone: number; bytesTotal: number; rows: number }
export type CsvInput = { source: CsvSource; limits: CsvLimits }
type Report = (progress: CsvProgress) => void

/** What a file looks like before anyone said what its columns mean. */
export type CsvPreview = MappingGuess & {
  bytes: number
  sha256: string
  gzip: boolean
  dialect: CsvDialect
  columns: string[]
  /** The first rows as they are; they may be shorter or longer than the header. */
  sampleRows: string[][]
  rows: number
}

/** What a mapping makes of a file. */
export type CsvCheck = {
  rows: number
  cases: number
  rejected: RejectedRow[]
  rejectedTotal: number
  /** Starts without an end and ends without a start. */
  unpaired: number
  activities: { activity: string; rows: number }[]
  firstAt: string | null
  lastAt: string | null
}
export type CsvBaseline = { check: CsvCheck; figures: BaselineFigures }

const SAMPLE_ROWS_SHOWN = 20
const SAMPLE_ROWS_READ = 1000
/** More are counted, not listed: nobody reads on. */
const REJECTED_ROWS_LISTED = 1000
const MOST_ACTIVITIES = 1000

export async function previewFile(input: CsvInput, report: Report): Promise<CsvPreview> {
  const opened = await openSource(input.source, input.limits)
  const table = await readTable(opened.text)
  const sample: string[][] = []
  let evidence: Map<string, StampEvidence> | null = null
  let rows = 0
  for await (const batch of withinRows(table.records, input.limits.maxRows)) {
    for (const { cells } of batch) {
      rows += 1
      if (sample.length < SAMPLE_ROWS_READ) sample.push(cells)
      else {
        evidence ??= stampColumnsOf(table.header, sample)
        addEvidence(evidence, { header: table.header, cells })
      }
    }
    report({ bytesDone: opened.bytesRead(), bytesTotal: opened.totalBytes, rows })
  }
  if (rows === 0) throw new CsvFault('NoRows', 'The file has a header row but no rows below it.')
  return {
    ...guessMapping({
      header: table.header,
      sampleRows: sample,
      evidence: evidence ?? stampColumnsOf(table.header, sample),
    }),
    bytes: opened.totalBytes,
    sha256: opened.sha256(),
    gzip: opened.isGzip,
    dialect: table.dialect,
    columns: table.header,
    sampleRows: sample.slice(0, SAMPLE_ROWS_SHOWN),
    rows,
  }
}

export async function checkFile(
  input: CsvInput & { mapping: ColumnMapping },
  report: Report,
): Promise<CsvCheck> {
  const { log, rejected, rejectedTotal } = await readLog(input, report)
  let unpaired = 0
  for (const entry of log.cases()) unpaired += entry.unpaired
  return checkOf(log, { rejected, rejectedTotal, unpaired })
}

export async function baselineOfFile(
  input: CsvInput & { mapping: ColumnMapping; choices: Omit<BaselineChoices, 'refusedRows'> },
  report: Report,
): Promise<CsvBaseline> {
  const { log, rejected, rejectedTotal } = await readLog(input, report)
  let unpaired = 0
  function* cases(): Generator<PairedCase> {
    for (const entry of log.cases()) {
      unpaired += entry.unpaired
      yield entry
    }
  }
  const figures = baselineOfCases(cases(), { ...input.choices, refusedRows: rejectedTotal })
  if (figures === null) {
    throw new CsvFault(
      'NoRows',
      'No row of the file could be used.',
      rejected.slice(0, 20).map(({ row, reason }) => `row ${row} ${reason}`),
    )
  }
  return { check: checkOf(log, { rejected, rejectedTotal, unpaired }), figures }
}

type ReadLog = { log: LogTable; rejected: RejectedRow[]; rejectedTotal: number }

async function readLog(input: CsvInput & { mapping: ColumnMapping }, report: Report): Promise<ReadLog> {
  const opened = await openSource(input.source, input.limits)
  const table = await readTable(opened.text)
  const log = logTable()
  const rejected: RejectedRow[] = []
  let rejectedTotal = 0
  let rows = 0
  let read: ReturnType<typeof rowReader> | null = null
  const waiting: CsvRecord[] = []
  const take = (reader: ReturnType<typeof rowReader>, record: CsvRecord): void => {
    const row = reader(record.cells, record.row)
    if (!isRejected(row)) log.add(row)
    else {
      rejectedTotal += 1
      if (rejected.length < REJECTED_ROWS_LISTED) rejected.push(row)
    }
  }
  for await (const batch of withinRows(table.records, input.limits.maxRows)) {
    for (const record of batch) {
      rows += 1
      if (read) take(read, record)
      // How the dates are written shows only in a number of rows.
      else if (waiting.push(record) >= SAMPLE_ROWS_READ)
        read = readerFor(input.mapping, { table, waiting, take })
    }
    report({ bytesDone: opened.bytesRead(), bytesTotal: opened.totalBytes, rows })
  }
  if (read === null) readerFor(input.mapping, { table, waiting, take })
  const different = log.activities().length
  if (different > MOST_ACTIVITIES) {
    throw new CsvFault('MappingUnusable', 'The columns cannot be used as they are matched.', [
      `column "${input.mapping.activity}" holds ${different} different values: it can hardly name the activity`,
    ])
  }
  return { log, rejected, rejectedTotal }
}

function readerFor(
  mapping: ColumnMapping,
  file: {
    table: { header: string[] }
    waiting: readonly CsvRecord[]
    take: (reader: ReturnType<typeof rowReader>, record: CsvRecord) => void
  },
): ReturnType<typeof rowReader> {
  const { header } = file.table
  const columns = new Map(
    header.map((name, i) => [
      name,
      file.waiting.reduce((found, { cells }) => withCell(found, cells[i] ?? ''), noEvidence()),
    ]),
  )
  const problems = mappingProblems(mapping, columns)
  if (problems.length > 0) {
    throw new CsvFault(
      'MappingUnusable',
      'The columns cannot be used as they are matched.',
      problems.map(({ message }) => message),
    )
  }
  const reader = rowReader({ header, mapping, columns })
  for (const record of file.waiting) file.take(reader, record)
  return reader
}

function checkOf(
  log: LogTable,
  found: { rejected: RejectedRow[]; rejectedTotal: number; unpaired: number },
): CsvCheck {
  const span = log.span()
  return {
    rows: log.size() + found.rejectedTotal,
    cases: log.caseCount(),
    ...found,
    activities: log.activities(),
    firstAt: span && new Date(span.from).toISOString(),
    lastAt: span && new Date(span.to).toISOString(),
  }
}

/** Columns without stamps in the sample are not looked at again: that would cost more than the parsing. */
function stampColumnsOf(header: readonly string[], sample: readonly string[][]): Map<string, StampEvidence> {
  return new Map(
    header.map((name, i) => [
      name,
      sample.reduce((found, cells) => withCell(found, cells[i] ?? ''), noEvidence()),
    ]),
  )
}

function addEvidence(
  evidence: Map<string, StampEvidence>,
  record: { header: readonly string[]; cells: readonly string[] },
): void {
  for (const [i, name] of record.header.entries()) {
    const found = evidence.get(name)
    if (found && isStampColumn(found)) evidence.set(name, withCell(found, record.cells[i] ?? ''))
  }
}

async function* withinRows(batches: AsyncIterable<CsvRecord[]>, maxRows: number): AsyncIterable<CsvRecord[]> {
  let rows = 0
  for await (const batch of batches) {
    rows += batch.length
    if (rows > maxRows) {
      throw new CsvFault('TooManyRows', `The file has more than ${maxRows} rows. Export a shorter period.`)
    }
    yield batch
  }
}
