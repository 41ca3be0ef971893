import type { ProcessMap } from '#domain/process-map.ts'
import type { CaseDetail } from '#domain/views/cases.ts'

/** Done steps that another step can undo, the last one first: as they would be undone. */
export function undoableTitles(map: ProcessMap, path: CaseDetail['path']): string[] {
  const undoable = new Set(map.links.filter((link) => link.on === 'undo').map((link) => link.from))
  const done = path.filter((visit) => visit.state === 'done' && undoable.has(visit.stepId))
  return [...new Set(done.toReversed().map((visit) => visit.stepId))].map(
    (id) => map.steps.find((step) => step.id === id)?.title ?? id,
  )
}
