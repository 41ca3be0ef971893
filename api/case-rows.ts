import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import Papa from 'papaparse'
import { intakeProblems, readCell } from '#domain/case-values.ts'
import type { RowProblem } from '#domain/problems.ts'
import type { Field, FieldValue, FieldValues, ProcessMap } from '#domain/process-map.ts'
import type { Unreadable } from './deps.ts'
import { textFault } from './read-json.ts'

export type CaseRows = {
  /** Rows that can start a case; the header is row 1, as in a spreadsheet. */
  good: { row: number; values: FieldValues }[]
  faults: RowProblem[]
  faultyRows: number
}

const maxRows = 20_000
const maxInflatedBytes = 50_000_000
const inflate = promisify(gunzip)

/** Reads a CSV file, gzipped or not, whose header holds field names or labels of the map's intake. */
export async function readCaseRows(map: ProcessMap, file: Uint8Array): Promise<CaseRows | Unreadable> {
  const text = await textOf(file)
  if (typeof text !== 'string') return text
  const { data, errors } = Papa.parse<string[]>(text, { skipEmptyLines: 'greedy' })
  const quotes = errors.find((error) => error.type === 'Quotes')
  if (quotes !== undefined)
    return unreadable(`A quotation mark is not closed near row ${(quotes.row ?? 0) + 1}.`)
  const [header, ...body] = data
  if (header === undefined) return unreadable('The file is empty: the first row holds the field names.')
  if (body.length === 0) return unreadable('The file has a header and no rows below it.')
  if (body.length > maxRows) return unreadable(`The file has more than ${maxRows} rows: split it.`)

  const columns = columnsOf(map, header)
  if (columns.faults.length > 0) return { good: [], faults: columns.faults, faultyRows: body.length }
  const found: CaseRows = { good: [], faults: [], faultyRows: 0 }
  for (const [index, cells] of body.entries()) {
    const row = index + 2
    const read = readRow(map, { fields: columns.fields, cells, row })
    if ('faults' in read) {
      found.faults.push(...read.faults)
      found.faultyRows += 1
    } else {
      found.good.push({ row, values: read.values })
    }
  }
  return found
}

async function textOf(file: Uint8Array): Promise<string | Unreadable> {
  if (file.byteLength === 0) return unreadable('The file is empty.')
  const isGzip = file[0] === 0x1f && file[1] === 0x8b
  try {
    const plain = isGzip ? await inflate(file, { maxOutputLength: maxInflatedBytes }) : file
    return new TextDecoder('utf-8', { fatal: true }).decode(plain)
  } catch {
    return unreadable(
      isGzip
        ? 'The compressed file is damaged, too large, or not UTF-8 text.'
        : 'The file is not UTF-8 text: save it as "CSV UTF-8".',
    )
  }
}

type Columns = { fields: Field[]; faults: RowProblem[] }

function columnsOf(map: ProcessMap, header: string[]): Columns {
  const intake = map.intake.flatMap((item) => map.fields.find((field) => field.name === item.field) ?? [])
  const fields: Field[] = []
  const faults: RowProblem[] = []
  for (const [index, raw] of header.entries()) {
    const name = raw.replace(/^\uFEFF/, '').trim()
    const field = intake.find((candidate) => candidate.name === name) ?? byLabel(intake, name)
    const shown = name === '' ? `column ${index + 1}` : name.slice(0, 100)
    if (field === undefined) {
      const known = intake.map((candidate) => candidate.label).join(', ')
      faults.push({ row: 1, field: shown, message: `is no field of this form; it has ${known}` })
    } else if (fields.includes(field)) {
      faults.push({ row: 1, field: shown, message: 'is there twice' })
    } else {
      fields.push(field)
    }
  }
  for (const { field: name, required } of map.intake) {
    if (required && !fields.some((field) => field.name === name)) {
      faults.push({ row: 1, field: name, message: 'is a required column and is missing' })
    }
  }
  return { fields, faults }
}

function byLabel(intake: Field[], name: string): Field | undefined {
  return intake.find((candidate) => candidate.label.trim().toLowerCase() === name.toLowerCase())
}

function readRow(
  map: ProcessMap,
  { fields, cells, row }: { fields: Field[]; cells: string[]; row: number },
): { values: FieldValues } | { faults: RowProblem[] } {
  const faults: RowProblem[] = []
  if (cells.length > fields.length) {
    faults.push({ row, field: `column ${fields.length + 1}`, message: 'has no heading' })
  }
  const values: FieldValues = Object.fromEntries(
    fields.map((field, index): [string, FieldValue] => [field.name, readCell(field, cells[index] ?? '')]),
  )
  for (const [name, value] of Object.entries(values)) {
    const fault = typeof value === 'string' ? textFault(value) : null
    if (fault !== null) faults.push({ row, field: name, message: fault.message })
  }
  for (const problem of intakeProblems(map, values)) {
    faults.push({ row, field: problem.field, message: `${problem.message}: ${problem.mend}` })
  }
  return faults.length > 0 ? { faults } : { values }
}

function unreadable(why: string): Unreadable {
  return { code: 'FileUnreadable', why }
}
