import { subKey } from './compile-plan.ts'
import type { MapTree } from './map-tree.ts'
import type { FieldValues, ProcessMap, StepOf } from './process-map.ts'

/** A step that waits for a message, wherever in a map it stands. */
export type AwaitedMessage = {
  message: string
  path: string
  step: StepOf<'wait'>
  /** The map that the step stands in, and its key among the contained ones; null for the outermost. */
  map: ProcessMap
  sub: string | null
  /** The intake field of the outermost map whose value the message names; null when nothing is known at the start. */
  keyField: string | null
}

/** Every message that a case on this map may wait for. */
export function awaitedMessages(tree: MapTree): AwaitedMessage[] {
  const walk = (
    map: ProcessMap,
    at: { prefix: string; sub: string | null; outer: (field: string) => string | null },
  ): AwaitedMessage[] =>
    map.steps.flatMap((step): AwaitedMessage[] => {
      if (step.kind === 'wait' && step.waitsFor.until === 'message') {
        const { message, key } = step.waitsFor
        const path = `${at.prefix}${step.id}`
        return [{ message, path, step, map, sub: at.sub, keyField: at.outer(key) }]
      }
      const inner = step.kind === 'sub-process' ? tree.inner?.[subKey(step)] : undefined
      if (step.kind !== 'sub-process' || inner === undefined) return []
      return walk(inner, {
        prefix: `${at.prefix}${step.id}/`,
        sub: subKey(step),
        outer: (field) => {
          const given = step.gives.find(({ to }) => to === field)
          return given === undefined ? null : at.outer(given.from)
        },
      })
    })
  const asked = new Set(tree.map.intake.map(({ field }) => field))
  return walk(tree.map, { prefix: '', sub: null, outer: (field) => (asked.has(field) ? field : null) })
}

export type CaseKey = { message: string; value: string }

/** By which keys messages find a case that began with these values. */
export function caseKeys(tree: MapTree, values: FieldValues): CaseKey[] {
  const keys = new Map<string, CaseKey>()
  for (const { message, keyField } of awaitedMessages(tree)) {
    const value = keyField === null ? null : keyOf(values[keyField] ?? null)
    if (value !== null) keys.set(JSON.stringify([message, value]), { message, value })
  }
  return [...keys.values()]
}

/** A key as it is compared: without the space around it; null for nothing. */
export function keyOf(value: FieldValues[string]): string | null {
  const text = value === null ? '' : String(value).trim()
  return text === '' ? null : text
}
