import type { LogRow } from '#domain/measure/event-log.ts'
import { pairedCase, type PairedCase } from '#domain/measure/step-runs.ts'

/** A log held column by column outside the JavaScript heap: about 45 bytes a row. */
export type LogTable = {
  add: (row: LogRow) => void
  size: () => number
  caseCount: () => number
  activities: () => { activity: string; rows: number }[]
  span: () => { from: number; to: number } | null
  /** Cases in the order in which they first appear, one at a time. */
  cases: () => Generator<PairedCase>
}

const UNKNOWN = -1

export function logTable(): LogTable {
  const rowNumbers = column((length) => new Int32Array(length))
  const caseIds = dictionary()
  const activities = dictionary()
  const resources = dictionary()
  const lifecycles = dictionary()
  const instances = dictionary()
  const starts = column((length) => new Float64Array(length))
  const ends = column((length) => new Float64Array(length))
  const enablings = column((length) => new Float64Array(length))
  let from = Infinity
  let to = -Infinity

  const rowAt = (index: number): LogRow => ({
    row: rowNumbers.at(index),
    caseId: caseIds.textAt(index) ?? '',
    activity: activities.textAt(index) ?? '',
    startMs: instantOrNull(starts.at(index)),
    endMs: ends.at(index),
    enabledMs: instantOrNull(enablings.at(index)),
    resource: resources.textAt(index),
    lifecycle: lifecycles.textAt(index),
    instanceId: instances.textAt(index),
  })

  return {
    add: (row) => {
      rowNumbers.push(row.row)
      caseIds.push(row.caseId)
      activities.push(row.activity)
      resources.push(row.resource)
      lifecycles.push(row.lifecycle)
      instances.push(row.instanceId)
      starts.push(row.startMs ?? Number.NaN)
      ends.push(row.endMs)
      enablings.push(row.enabledMs ?? Number.NaN)
      from = Math.min(from, row.startMs ?? row.endMs)
      to = Math.max(to, row.endMs)
    },
    size: rowNumbers.size,
    caseCount: caseIds.distinct,
    activities: () => activities.counts().map(({ text, count }) => ({ activity: text, rows: count })),
    span: () => (rowNumbers.size() === 0 ? null : { from, to }),
    cases: function* () {
      const { order, starts: caseStarts } = caseIds.grouped()
      for (let next = 0; next < caseIds.distinct(); next += 1) {
        const rows = Array.from(order.subarray(caseStarts[next], caseStarts[next + 1]), rowAt)
        yield pairedCase(rows[0]?.caseId ?? '', rows)
      }
    },
  }
}

function instantOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value
}

type Column = { push: (value: number) => void; at: (index: number) => number; size: () => number }

function column(make: (length: number) => Float64Array | Int32Array): Column {
  let values = make(1024)
  let size = 0
  return {
    push: (value) => {
      if (size === values.length) {
        const wider = make(size * 2)
        wider.set(values)
        values = wider
      }
      values[size++] = value
    },
    at: (index) => {
      const value = values[index]
      if (value === undefined || index >= size) throw new Error(`no row ${index} of ${size}`)
      return value
    },
    size: () => size,
  }
}

/** A column of text in which each different value is kept once. */
function dictionary() {
  const texts: string[] = []
  const counts: number[] = []
  const numbers = new Map<string, number>()
  const values = column((length) => new Int32Array(length))
  const numberOf = (text: string): number => {
    const known = numbers.get(text)
    if (known !== undefined) return known
    const owned = ownCopy(text)
    numbers.set(owned, texts.length)
    counts.push(0)
    return texts.push(owned) - 1
  }
  return {
    push: (text: string | null): void => {
      const number = text === null ? UNKNOWN : numberOf(text)
      if (number !== UNKNOWN) counts[number] = (counts[number] ?? 0) + 1
      values.push(number)
    },
    textAt: (index: number): string | null => texts[values.at(index)] ?? null,
    distinct: (): number => texts.length,
    counts: (): { text: string; count: number }[] =>
      texts.map((text, i) => ({ text, count: counts[i] ?? 0 })),
    /** Row indices by value, in row order within each; `starts` says where each value's rows begin. */
    grouped: (): { order: Int32Array; starts: Int32Array } => {
      const starts = new Int32Array(texts.length + 1)
      for (const [i, count] of counts.entries()) starts[i + 1] = (starts[i] ?? 0) + count
      const next = starts.slice()
      const order = new Int32Array(values.size())
      for (let index = 0; index < values.size(); index += 1) {
        const number = values.at(index)
        const place = next[number] ?? 0
        order[place] = index
        next[number] = place + 1
      }
      return { order, starts }
    },
  }
}

/** A cell is a slice that keeps the whole chunk of the file it was cut from in memory. */
function ownCopy(text: string): string {
  return text.length < 13 ? text : Buffer.from(text).toString()
}
