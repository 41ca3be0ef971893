import Papa from 'papaparse'
import { sniffCsv, type CsvDialect } from '#domain/measure/csv-dialect.ts'
import { CsvFault } from './csv-fault.ts'

/** Cells of one line of the table; the header is row 1, blank lines count as rows. */
export type CsvRecord = { row: number; cells: string[] }
export type CsvTable = { dialect: CsvDialect; header: string[]; records: AsyncIterable<CsvRecord[]> }

const SNIFFED_CHARACTERS = 1 << 17
/** A longer record is a quote that was never closed, not a record. */
const LONGEST_RECORD = 1 << 20
const MOST_COLUMNS = 500

/** Splits text into records, in batches as the text arrives. */
export async function readTable(text: AsyncIterable<string>): Promise<CsvTable> {
  const pieces = text[Symbol.asyncIterator]()
  let beginning = ''
  let isWhole = false
  while (beginning.length < SNIFFED_CHARACTERS && !isWhole) {
    const piece = await pieces.next()
    if (piece.done) isWhole = true
    else beginning += piece.value
  }
  if (beginning.includes('\u0000')) {
    throw new CsvFault('NotText', 'The file is not text. Save the table as CSV first.')
  }
  const dialect = sniffCsv(beginning.slice(0, SNIFFED_CHARACTERS))
  const batches = recordBatches({ beginning, pieces, isWhole }, dialect)
  const first = await firstFilled(batches)
  if (first === null || (first[0]?.cells.length ?? 0) < 2) {
    throw new CsvFault('NoTable', 'The file has no table with a header row and two columns or more.')
  }
  const [headerRecord, ...rest] = first
  const header = uniqueNames(headerRecord?.cells ?? [])
  if (header.length > MOST_COLUMNS) {
    throw new CsvFault('NoTable', `The file has ${header.length} columns; up to ${MOST_COLUMNS} can be read.`)
  }
  async function* records(): AsyncIterable<CsvRecord[]> {
    if (rest.length > 0) yield rest
    yield* batches
  }
  return { dialect, header, records: records() }
}

async function firstFilled(batches: AsyncGenerator<CsvRecord[]>): Promise<CsvRecord[] | null> {
  for (;;) {
    const batch = await batches.next()
    if (batch.done) return null
    if (batch.value.length > 0) return batch.value
  }
}

async function* recordBatches(
  from: { beginning: string; pieces: AsyncIterator<string>; isWhole: boolean },
  dialect: CsvDialect,
): AsyncGenerator<CsvRecord[]> {
  const parser = new Papa.Parser({ delimiter: dialect.delimiter, newline: '\n', quoteChar: dialect.quote })
  const lineEnds = plainLineEnds(dialect)
  let row = 0
  let pending = lineEnds(dialect.hasBom ? from.beginning.slice(1) : from.beginning, from.isWhole)
  let isWhole = from.isWhole
  for (;;) {
    const parsed: Papa.ParseResult<string[]> = parser.parse(pending, 0, !isWhole)
    const unclosed = parsed.errors.find((error) => error.code === 'MissingQuotes')
    const rest = pending.slice(parsed.meta.cursor)
    if (unclosed || rest.length > LONGEST_RECORD)
      throw neverClosed(row + parsed.data.length + (unclosed ? 0 : 1))
    yield parsed.data.flatMap((cells) => {
      row += 1
      return cells.every((cell) => cell.trim() === '') ? [] : [{ row, cells }]
    })
    if (isWhole) return
    const piece = await from.pieces.next()
    isWhole = piece.done === true
    pending = rest + lineEnds(piece.done ? '' : piece.value, isWhole)
  }
}

function neverClosed(row: number): CsvFault {
  return new CsvFault('QuoteNeverClosed', `A quotation mark in row ${row} is never closed.`)
}

/** Turns the file's line ends into LF, across pieces; a lone CR counts only in a file that ends lines with CR. */
function plainLineEnds(dialect: CsvDialect): (piece: string, isLast: boolean) => string {
  let held = ''
  return (piece, isLast) => {
    let text = held + piece
    held = ''
    if (dialect.lineEnd === '\r') return text.replaceAll('\r', '\n')
    if (!isLast && text.endsWith('\r')) {
      held = '\r'
      text = text.slice(0, -1)
    }
    return text.includes('\r') ? text.replaceAll('\r\n', '\n') : text
  }
}

/** Columns go by name, so each gets one of its own. */
function uniqueNames(cells: readonly string[]): string[] {
  const seen = new Set<string>()
  return cells.map((cell, i) => {
    const name = cell.trim().slice(0, 200) || `column ${i + 1}`
    let unique = name
    for (let copy = 2; seen.has(unique); copy += 1) unique = `${name} (${copy})`
    seen.add(unique)
    return unique
  })
}
