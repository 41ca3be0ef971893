/** Where something that a case itself tells stands among everything that it tells. */
export function placeOf({ key }: { key: string }): number {
  return Number(/^f(\d+)$/.exec(key)?.[1])
}
