import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import type { z } from 'zod'
import { EndLine, Head, TableLine, endOfRows, format, newline, rowsIn } from './lines.ts'

/** Why a file cannot be restored, in words for whoever wanted it. */
export class UnreadableBackup extends Error {}

/** A table of a backup. Its rows are to be read to their end before the next table is asked for. */
export type KeptTable = TableLine & { rows: AsyncIterable<Buffer> }

export type OpenBackup = { head: Head; tables: AsyncGenerator<KeptTable, EndLine> }

const longestLine = 1_000_000
const betweenRows = `\n${endOfRows}`

/**
 * Opens a backup and reads it from the front, a part at a time. It throws `UnreadableBackup` as soon as something is
 * not as it was written: at the latest at the end, where the sum over everything stands.
 */
export async function openBackup(file: string): Promise<OpenBackup> {
  const front = frontOf(unpacked(file))
  const head = parsed(Head, await front.line(), 'it does not begin like a backup of Throughline')
  if (head.format !== format) {
    throw new UnreadableBackup(
      `It was written by a newer Throughline (format ${head.format}, this one reads ${format}).`,
    )
  }
  return { head, tables: tablesOf(front) }
}

async function* tablesOf(front: Front): AsyncGenerator<KeptTable, EndLine> {
  const counted = new Map<string, number>()
  for (;;) {
    const sum = front.sum()
    const text = await front.line()
    const table = TableLine.safeParse(jsonOf(text))
    if (!table.success) {
      const end = parsed(EndLine, text, 'a table is missing its name')
      if (!(await front.isAtEnd())) throw altered('something follows its end')
      if (end.sha256 !== sum) throw altered('its sum is another')
      const names = Object.keys(end.rows)
      const isWhole =
        names.length === counted.size && names.every((name) => counted.get(name) === end.rows[name])
      if (!isWhole) throw altered('its tables have other numbers of rows')
      return end
    }
    const { table: name, columns } = table.data
    let found = 0
    const rows = async function* (): AsyncGenerator<Buffer, void> {
      for await (const bytes of front.rows()) {
        found += rowsIn(bytes)
        yield bytes
      }
      counted.set(name, found)
    }
    yield { table: name, columns, rows: rows() }
  }
}

function altered(why: string): UnreadableBackup {
  return new UnreadableBackup(`The file was cut short or altered: ${why}.`)
}

function parsed<T>(schema: z.ZodType<T>, text: string, fault: string): T {
  const read = schema.safeParse(jsonOf(text))
  if (!read.success) throw altered(fault)
  return read.data
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function* unpacked(file: string): AsyncGenerator<Buffer, void> {
  const source = createReadStream(file)
  const gunzip = createGunzip({ chunkSize: 1 << 18 })
  source.on('error', (error) => gunzip.destroy(error))
  source.pipe(gunzip)
  try {
    for await (const bytes of gunzip) {
      if (Buffer.isBuffer(bytes)) yield bytes
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'ENOENT') throw new UnreadableBackup('There is no such file.')
    if (code.startsWith('Z_')) throw altered('it cannot be unpacked')
    throw error
  } finally {
    source.destroy()
  }
}

type Front = {
  line: () => Promise<string>
  /** Everything up to the line that ends the rows of a table. */
  rows: () => AsyncGenerator<Buffer, void>
  /** Of everything that was taken so far. */
  sum: () => string
  isAtEnd: () => Promise<boolean>
}

function frontOf(chunks: AsyncGenerator<Buffer, void>): Front {
  const hash = createHash('sha256')
  let held: Buffer = Buffer.alloc(0)
  const more = async (): Promise<boolean> => {
    const next = await chunks.next()
    if (next.done === true) return false
    held = held.length === 0 ? next.value : Buffer.concat([held, next.value])
    return true
  }
  const moreOrFault = async (): Promise<void> => {
    if (!(await more())) throw altered('it has no end')
  }
  const take = (length: number): Buffer => {
    const taken = held.subarray(0, length)
    held = held.subarray(length)
    hash.update(taken)
    return taken
  }

  return {
    line: async () => {
      for (;;) {
        const end = held.indexOf(newline)
        if (end !== -1) return take(end + 1).toString('utf8')
        if (held.length > longestLine) throw altered('a line of it is too long')
        await moreOrFault()
      }
    },
    rows: async function* () {
      while (held.length < endOfRows.length) await moreOrFault()
      if (held.subarray(0, endOfRows.length).equals(Buffer.from(endOfRows))) {
        take(endOfRows.length)
        return
      }
      for (;;) {
        const end = held.indexOf(betweenRows)
        if (end !== -1) {
          yield take(end + 1)
          take(endOfRows.length)
          return
        }
        // The end may be cut in two by the end of what was read.
        const sure = held.length - betweenRows.length + 1
        if (sure > 0) yield take(sure)
        await moreOrFault()
      }
    },
    sum: () => hash.copy().digest('hex'),
    isAtEnd: async () => held.length === 0 && !(await more()),
  }
}
