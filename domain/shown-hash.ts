import { canonicalJson } from '#domain/canonical-json.ts'

/**
 * A short fingerprint of everything that a task displays, so that nobody decides on something else than they
 * read. It guards against staleness, not against an attacker: the sandbox has no crypto.
 */
export function shownHashOf(shown: unknown): string {
  const text = canonicalJson(shown)
  return [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35].map((seed) => fnv1a(text, seed)).join('')
}

function fnv1a(text: string, seed: number): string {
  let hash = seed
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
    hash ^= hash >>> 13
  }
  return (hash >>> 0).toString(16).padStart(8, '0')
}
