import { inReadingOrder, indexMap, reachableFrom, undoSteps } from '#domain/graph.ts'
import type { ProcessMap, Step } from '#domain/process-map.ts'
import type { CaseDetail } from '#domain/views/cases.ts'

/** Steps of the normal path that the case can still come to from where it is, in reading order. */
export function stepsAhead(map: ProcessMap, path: CaseDetail['path']): Step[] {
  const inMap = path.map((visit) => ({ ...visit, stepId: visit.stepId.split('/')[0] ?? visit.stepId }))
  const here = inMap.filter((visit) => visit.state === 'here')
  const from = (here.length > 0 ? here : inMap.slice(-1)).map((visit) => visit.stepId)
  const passed = new Set(inMap.map((visit) => visit.stepId))
  const open = from.length > 0 ? from : [map.start]
  const index = indexMap(map)
  const ahead = new Set(open.flatMap((id) => [...reachableFrom(index, id)]))
  const undoing = undoSteps(map)
  return inReadingOrder(map).filter(
    (step) => step.lane === null && ahead.has(step.id) && !passed.has(step.id) && !undoing.has(step.id),
  )
}
