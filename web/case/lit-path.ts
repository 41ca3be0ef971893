import type { ProcessMap } from '#domain/process-map.ts'
import type { CaseDetail } from '#domain/views/cases.ts'
import type { DrawnLink } from '../pilot/layout/drawn-links.ts'

export type StepLight = 'done' | 'here' | 'to-come'

/**
 * How far a case came: the light of each step, several here at once where branches run, and which links it went
 * along. What happens inside a contained map lights the step that contains it.
 */
export function litPath(
  map: ProcessMap,
  path: CaseDetail['path'],
  links: Pick<DrawnLink, 'id' | 'from' | 'to' | 'on'>[],
): { steps: Map<string, StepLight>; links: Set<string> } {
  const joins = new Set(map.steps.flatMap((step) => (step.kind === 'join' ? [step.id] : [])))
  const steps = new Map<string, StepLight>()
  const lit = new Set<string>()
  const passed: string[] = []
  for (const visit of path) {
    const [stepId = ''] = visit.stepId.split('/')
    const isInside = stepId !== visit.stepId
    // One entry of a list may be done while another is still there.
    if (visit.state === 'here' || steps.get(stepId) !== 'here') {
      steps.set(stepId, visit.state === 'here' ? 'here' : 'done')
    }
    if (isInside && passed.includes(stepId)) continue
    const ways = links.filter((link) => link.to === stepId && link.on !== 'undo')
    const from = passed.toReversed().filter((id) => ways.some((way) => way.from === id))
    const taken = joins.has(stepId) ? from : from.slice(0, 1)
    for (const id of taken) {
      const way = ways.find((link) => link.from === id && link.on === 'path')
      const back = ways.find((link) => link.from === id)
      const link = way ?? back
      if (link !== undefined) lit.add(link.id)
    }
    passed.push(stepId)
  }
  return { steps, links: lit }
}
