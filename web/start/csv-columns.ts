import Papa from 'papaparse'
import type { IntakeField } from './intake-form.ts'

/** How the header of a file meets the intake fields, which go by name or label. */
export type ColumnCheck = {
  columns: { header: string; field: string | null }[]
  missing: string[]
  /** Required fields that no column gives: no row could start. */
  missingRequired: string[]
}

export function checkColumns(header: string[], fields: IntakeField[]): ColumnCheck {
  const same = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase()
  const columns = header.map((text) => ({
    header: text,
    field: fields.find(({ field }) => same(field.name, text) || same(field.label, text))?.field.label ?? null,
  }))
  const given = new Set(columns.map((column) => column.field))
  const absent = fields.filter(({ field }) => !given.has(field.label))
  return {
    columns,
    missing: absent.filter(({ required }) => !required).map(({ field }) => field.label),
    missingRequired: absent.filter(({ required }) => required).map(({ field }) => field.label),
  }
}

const lookBytes = 64_000

/** The header and first rows of a CSV file, read in the browser; null when it has none. */
export async function readHead(file: Blob): Promise<{ header: string[]; rows: string[][] } | null> {
  const text = await file.slice(0, lookBytes).text()
  const { data } = Papa.parse<string[]>(text.replace(/^\uFEFF/, ''), { preview: 4, skipEmptyLines: 'greedy' })
  const [header, ...rows] = data
  return header === undefined || header.length === 0 ? null : { header, rows }
}

/** An empty file with the right header, to be filled in. */
export function templateCsv(fields: IntakeField[]): string {
  return `${Papa.unparse([fields.map(({ field }) => field.label)])}\r\n`
}
