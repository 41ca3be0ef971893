import { subKey } from './compile-plan.ts'
import { stepById } from './graph.ts'
import type { ProcessMap, Step } from './process-map.ts'

/** A map with those that it contains, theirs included, by `<process id>@<version>`. */
export type MapTree = { map: ProcessMap; inner?: Record<string, ProcessMap> }

export type PlacedStep = {
  step: Step
  /** The map that the step stands in. */
  map: ProcessMap
  /** Titles from the outermost step to the step itself. */
  titles: string[]
}

/** The step that events call by this path; null when these maps have none. */
export function stepAt({ map, inner = {} }: MapTree, path: string): PlacedStep | null {
  const titles: string[] = []
  let within: ProcessMap | undefined = map
  let found: PlacedStep | null = null
  for (const id of path.split('/')) {
    const step: Step | null = within === undefined ? null : stepById(within, id)
    if (within === undefined || step === null) return null
    titles.push(step.title)
    found = { step, map: within, titles: [...titles] }
    within = step.kind === 'sub-process' ? inner[subKey(step)] : undefined
  }
  return found
}

/** Every step with its path, those of contained maps included. */
export function placedSteps(tree: MapTree): { path: string; placed: PlacedStep }[] {
  const walk = (map: ProcessMap, prefix: string): { path: string; placed: PlacedStep }[] =>
    map.steps.flatMap((step) => {
      const path = `${prefix}${step.id}`
      const placed = stepAt(tree, path)
      const contained = step.kind === 'sub-process' ? tree.inner?.[subKey(step)] : undefined
      return [
        ...(placed === null ? [] : [{ path, placed }]),
        ...(contained === undefined ? [] : walk(contained, `${path}/`)),
      ]
    })
  return walk(tree.map, '')
}
