import type { FieldValue, FieldValues } from './process-map.ts'

/** Above this many comparisons texts are compared by words, and above it again by whole fields. */
const mostComparisons = 4_000_000

/**
 * How much of a draft was changed, 0 to 1: edit distance over the longer length, summed over fields; numbers,
 * dates and choices count whole. Only layout at the end of lines is no change.
 */
export function changedShare(draft: FieldValues, edited: FieldValues): number {
  let changed = 0
  let length = 0
  for (const name of new Set([...Object.keys(draft), ...Object.keys(edited)])) {
    const before = normalised(draft[name] ?? null)
    const after = normalised(edited[name] ?? null)
    const longer = Math.max(before.length, after.length)
    length += longer
    if (before === after) continue
    const isText = typeof (edited[name] ?? '') === 'string' && typeof (draft[name] ?? '') === 'string'
    changed += isText ? textDistance(before, after) : longer
  }
  return length === 0 ? 0 : Math.min(1, changed / length)
}

export function isSameText(before: FieldValue, after: FieldValue): boolean {
  return typeof before === typeof after && normalised(before) === normalised(after)
}

function normalised(value: FieldValue): string {
  if (value === null) return ''
  return String(value)
    .normalize('NFC')
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[ \t]+$/gm, '')
    .trimEnd()
}

function textDistance(before: string, after: string): number {
  const [a, b] = trimmed(before, after)
  if (a.length * b.length <= mostComparisons) return distance(a.split(''), b.split(''), () => 1)
  const words = (text: string): string[] => text.split(/(?<=\s)/)
  const [left, right] = [words(a), words(b)]
  const longer = Math.max(a.length, b.length)
  if (left.length * right.length > mostComparisons) return longer
  return Math.min(
    longer,
    distance(left, right, (word) => word.length),
  )
}

/** Without what both begin and end with. */
function trimmed(a: string, b: string): [string, string] {
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1
  let end = 0
  while (
    end < a.length - start &&
    end < b.length - start &&
    a[a.length - 1 - end] === b[b.length - 1 - end]
  ) {
    end += 1
  }
  return [a.slice(start, a.length - end), b.slice(start, b.length - end)]
}

/** Levenshtein distance in two rows. */
function distance(a: string[], b: string[], weight: (part: string) => number): number {
  let previous = [0]
  for (const part of b) previous.push((previous.at(-1) ?? 0) + weight(part))
  for (const one of a) {
    const current = [(previous[0] ?? 0) + weight(one)]
    for (const [index, other] of b.entries()) {
      const replace = (previous[index] ?? 0) + (one === other ? 0 : Math.max(weight(one), weight(other)))
      const remove = (previous[index + 1] ?? 0) + weight(one)
      const add = (current[index] ?? 0) + weight(other)
      current.push(Math.min(replace, remove, add))
    }
    previous = current
  }
  return previous.at(-1) ?? 0
}
