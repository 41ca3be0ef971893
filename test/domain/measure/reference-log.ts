import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import Papa from 'papaparse'
import { sniffCsv } from '#domain/measure/csv-dialect.ts'
import type { ColumnMapping, LogRow, RejectedRow } from '#domain/measure/event-log.ts'
import { guessMapping } from '#domain/measure/guess-mapping.ts'
import { isRejected, mappingProblems, rowReader } from '#domain/measure/read-rows.ts'
import { noEvidence, withCell } from '#domain/measure/stamp-evidence.ts'
import { referencePath } from './reference-data.ts'

export type ReadLog = { mapping: ColumnMapping; questions: string[]; rows: LogRow[]; rejected: RejectedRow[] }

/** A log of the reference folder, read by the guessed mapping; stamps without a zone are UTC. */
export function readReferenceLog(file: string): ReadLog {
  return readCsvText(gunzipSync(readFileSync(referencePath(`logs/${file}`))).toString('utf8'))
}

export function readCsvText(text: string): ReadLog {
  const dialect = sniffCsv(text.slice(0, 64_000))
  const records = Papa.parse<string[]>(text, {
    delimiter: dialect.delimiter,
    newline: dialect.lineEnd,
    quoteChar: dialect.quote,
    skipEmptyLines: true,
  }).data
  const [header = [], ...body] = records
  const columns = new Map(
    header.map((name, i) => [name, body.reduce((e, cells) => withCell(e, cells[i] ?? ''), noEvidence())]),
  )
  const guess = guessMapping({ header, sampleRows: body.slice(0, 200), evidence: columns })
  const mapping = { ...guess.mapping, zone: 'UTC' }
  const problems = mappingProblems(mapping, columns)
  if (problems.length > 0) throw new Error(problems.map((problem) => problem.message).join('; '))
  const read = rowReader({ header, mapping, columns })
  const rows: LogRow[] = []
  const rejected: RejectedRow[] = []
  for (const [i, cells] of body.entries()) {
    const row = read(cells, i + 2)
    if (isRejected(row)) rejected.push(row)
    else rows.push(row)
  }
  return { mapping, questions: guess.questions, rows, rejected }
}
