import { z } from 'zod'

/** What is looked at: the version to move to, and steps that are called otherwise there (`old:new`, by commas). */
export const MoveSearch = z.object({
  to: z.int().min(1).optional().catch(undefined),
  steps: z.string().max(8_000).optional().catch(undefined),
})
export type MoveSearch = z.infer<typeof MoveSearch>

export function namesIn(steps: string | undefined): Record<string, string> {
  const pairs = (steps ?? '').split(',').flatMap((pair): [string, string][] => {
    const [from, to] = pair.split(':')
    return from === undefined || to === undefined || from === '' || to === '' ? [] : [[from, to]]
  })
  return Object.fromEntries(pairs)
}

export function withName(steps: string | undefined, from: string, to: string | null): string | undefined {
  const { [from]: _, ...others } = namesIn(steps)
  const names = to === null ? others : { ...others, [from]: to }
  const text = Object.entries(names)
    .map(([old, now]) => `${old}:${now}`)
    .join(',')
  return text === '' ? undefined : text
}
