/**
 * The visit that an execution belongs to: `draft#2` of `draft#2.r1`, `each#1` of `each#1.g`. One passing of a step,
 * however often its work was tried; entries of a list, `line[3]#1`, have visits of their own.
 */
export function visitOf({ execId }: { execId: string }): string {
  return /^[^#]*#\d+/.exec(execId)?.[0] ?? execId
}
