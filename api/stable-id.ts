import { createHash, randomUUID } from 'node:crypto'

/** An id that stands for a person's request: the same key gives the same, and never the key itself. */
export function idOfKey(actorId: string, key: string | null): string {
  if (key === null) return randomUUID()
  return createHash('sha256').update(`${actorId}\n${key}`).digest('hex').slice(0, 40)
}

/** A UUID made of what it stands for. */
export function uuidOf(...parts: (string | number)[]): string {
  const hex = createHash('sha256').update(parts.join('\n')).digest('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}
