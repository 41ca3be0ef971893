/** The value that a JSON pointer (RFC 6901) names; undefined when there is none, or the pointer is no pointer. */
export function valueAtPointer(document: unknown, pointer: string): unknown {
  if (pointer === '') return document
  if (!pointer.startsWith('/')) return undefined
  let at = document
  for (const token of pointer.slice(1).split('/')) {
    at = memberOf(at, token.replaceAll('~1', '/').replaceAll('~0', '~'))
    if (at === undefined) return undefined
  }
  return at
}

function memberOf(value: unknown, name: string): unknown {
  if (Array.isArray(value)) {
    const entries: unknown[] = value
    return /^(0|[1-9]\d*)$/.test(name) ? entries[Number(name)] : undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  return Object.entries(value).find(([key]) => key === name)?.[1]
}
