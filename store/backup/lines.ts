import { z } from 'zod'

/**
 * A backup is text in gzip, of which a person can still read every table with nothing but `zcat`: a head, then per
 * table a line that names it, its rows as `COPY` writes them and the line `\.`, and an end that says what should be
 * there.
 */
export const Head = z.strictObject({
  throughline: z.literal('backup'),
  format: z.int(),
  at: z.string(),
  postgres: z.string(),
  /** The shape of the database: what was brought into it, in order. */
  migrations: z.array(z.string()),
})
export type Head = z.infer<typeof Head>

export const format = 1

const Name = z.string().regex(/^[a-z][a-z0-9_]*$/)
export const TableLine = z.strictObject({ table: Name, columns: z.array(Name).min(1) })
export type TableLine = z.infer<typeof TableLine>

/** `sha256` is that of everything before this line, unpacked. */
export const EndLine = z.strictObject({ rows: z.record(Name, z.int()), sha256: z.string() })
export type EndLine = z.infer<typeof EndLine>

export const newline = 10
export const endOfRows = '\\.\n'

export function lineOf(value: Head | TableLine | EndLine): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`)
}

/** Rows of `COPY` are lines: a line end within a value is written as `\n`. */
export function rowsIn(bytes: Buffer): number {
  let rows = 0
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) rows += 1
  return rows
}
