/** Libraries wrap one another's errors; the codes tell what really happened. */
export function codesIn(error: unknown): Set<string> {
  const codes = new Set<string>()
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 6; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string') codes.add(at.code)
  }
  return codes
}
