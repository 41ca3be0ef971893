import type { CaseDetail } from '#domain/views/cases.ts'
import { linkId } from '../pilot/layout/drawn-links.ts'

export type StepLight = 'done' | 'here' | 'to-come'

/** How far a case came: the light of each step, and which links it went along. */
export function litPath(
  path: CaseDetail['path'],
  links: { id: string }[],
): { steps: Map<string, StepLight>; links: Set<string> } {
  const steps = new Map<string, StepLight>()
  const known = new Set(links.map((link) => link.id))
  const lit = new Set<string>()
  path.forEach((passed, index) => {
    steps.set(passed.stepId, passed.state === 'here' ? 'here' : 'done')
    const before = path[index - 1]
    if (before === undefined) return
    const way = [
      linkId(before.stepId, passed.stepId, 'path'),
      linkId(before.stepId, passed.stepId, 'sent-back'),
    ]
    const taken = way.find((id) => known.has(id))
    if (taken !== undefined) lit.add(taken)
  })
  return { steps, links: lit }
}
