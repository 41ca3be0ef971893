import { stepNumbers } from '#domain/graph.ts'
import type { ProcessMap, Step } from '#domain/process-map.ts'

/** "Step 3 of 9", "Exception Missing papers", "Undoes Set up accounts". */
export function placeOf(map: ProcessMap, step: Step): string {
  if (step.lane !== null) {
    return `Exception ${map.exceptions.find((lane) => lane.id === step.lane)?.name ?? step.lane}`
  }
  const numbers = stepNumbers(map)
  const number = numbers.get(step.id)
  if (number !== undefined) return `Step ${number} of ${numbers.size}`
  const undone = map.links
    .filter((link) => link.on === 'undo' && link.to === step.id)
    .map((link) => map.steps.find((other) => other.id === link.from)?.title ?? link.from)
  return `Undoes ${undone.join(', ')}`
}
