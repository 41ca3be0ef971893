/** A reply that repeats what we sent, as error pages do, must not carry a secret into a document. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const parts = secrets.flatMap((secret) => [secret, ...secret.split(/\s+/)])
  const longestFirst = [...new Set(parts)].filter((part) => part.length >= shortest).toSorted(byLength)
  return longestFirst.reduce((left, part) => left.replaceAll(part, '[secret]'), text)
}

/** Shorter ones would take ordinary words with them. */
const shortest = 8

function byLength(a: string, b: string): number {
  return b.length - a.length
}
