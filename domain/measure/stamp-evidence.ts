import {
  DateOrders,
  familyOf,
  possibleOrders,
  readStamp,
  type DateOrder,
  type StampFamily,
} from './stamp-style.ts'

/** What the cells of a column say about how its stamps are written. */
export type StampEvidence = {
  filled: number
  stamps: number
  family: StampFamily | null
  /** Orders that every date so far allows; none when the column mixes them. */
  orders: DateOrder[]
  /** Some stamps carry no zone. */
  naive: boolean
}

export function noEvidence(): StampEvidence {
  return { filled: 0, stamps: 0, family: null, orders: [...DateOrders], naive: false }
}

/** Evidence with one more cell; the first stamp settles the family. */
export function withCell(evidence: StampEvidence, cell: string): StampEvidence {
  const text = cell.trim()
  if (text === '') return evidence
  const family = evidence.family ?? familyOf(text)
  if (family === null) return { ...evidence, filled: evidence.filled + 1 }
  const possible = family === 'figures' ? possibleOrders(text) : evidence.orders
  const stamp = readStamp(text, { family, order: possible[0] ?? 'ymd' })
  if (stamp === null) return { ...evidence, filled: evidence.filled + 1 }
  return {
    filled: evidence.filled + 1,
    stamps: evidence.stamps + 1,
    family,
    orders: evidence.orders.filter((order) => possible.includes(order)),
    naive: evidence.naive || stamp.offsetMs === null,
  }
}

/** Nine of ten filled cells are stamps; the rest are refused one by one. */
export function isStampColumn(evidence: StampEvidence): boolean {
  return evidence.stamps > 0 && evidence.stamps >= evidence.filled * 0.9
}

/** True when the figures alone do not say which is the day and which the month. */
export function needsDateOrder(evidence: StampEvidence): boolean {
  return evidence.family === 'figures' && evidence.orders.length !== 1
}
