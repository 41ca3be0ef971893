import type { Field, Link, ProcessMap, Step, StepHandlers, StepId } from './process-map.ts'

/** Which kinds of link may leave a step, and which must. */
type WaysOut = { must: Link['on'][]; may: Link['on'][] }

const waysOut: StepHandlers<WaysOut> = {
  ai: () => ({ must: ['next'], may: ['next', 'exception', 'undo'] }),
  manual: () => ({ must: ['next'], may: ['next', 'exception', 'undo'] }),
  review: () => ({ must: ['next'], may: ['next', 'send-back', 'exception'] }),
  decision: () => ({ must: ['otherwise'], may: ['when', 'otherwise', 'exception'] }),
  fork: () => ({ must: ['branch'], may: ['branch', 'exception'] }),
  join: () => ({ must: ['next'], may: ['next'] }),
  'for-each': () => ({ must: ['each'], may: ['each', 'exception'] }),
  wait: () => ({ must: ['next'], may: ['next', 'exception'] }),
  call: () => ({ must: ['next'], may: ['next', 'exception', 'undo'] }),
  'sub-process': () => ({ must: ['next'], may: ['next', 'exception'] }),
  end: () => ({ must: [], may: [] }),
}

/** Calls the entry of a registry that belongs to the step's kind. */
export function dispatch<Result>(step: Step, handlers: StepHandlers<Result>): Result {
  switch (step.kind) {
    case 'ai':
      return handlers.ai(step)
    case 'manual':
      return handlers.manual(step)
    case 'review':
      return handlers.review(step)
    case 'decision':
      return handlers.decision(step)
    case 'fork':
      return handlers.fork(step)
    case 'join':
      return handlers.join(step)
    case 'for-each':
      return handlers['for-each'](step)
    case 'wait':
      return handlers.wait(step)
    case 'call':
      return handlers.call(step)
    case 'sub-process':
      return handlers['sub-process'](step)
    case 'end':
      return handlers.end(step)
  }
}

export function waysOutOf(step: Step): WaysOut {
  return dispatch(step, waysOut)
}

/** A map whose parts are found without searching: made once by whoever looks through a whole map. */
export type MapIndex = {
  map: ProcessMap
  /** Of two steps with one id, the first. */
  steps: ReadonlyMap<StepId, Step>
  linksFrom: ReadonlyMap<StepId, Link[]>
  fields: ReadonlyMap<string, Field>
}

export function indexMap(map: ProcessMap): MapIndex {
  const bySource = new Map<StepId, Link[]>()
  for (const link of map.links) {
    const known = bySource.get(link.from)
    if (known === undefined) bySource.set(link.from, [link])
    else known.push(link)
  }
  return {
    map,
    steps: new Map(map.steps.toReversed().map((step) => [step.id, step])),
    linksFrom: bySource,
    fields: new Map(map.fields.toReversed().map((field) => [field.name, field])),
  }
}

export function linksFrom(index: MapIndex, id: StepId): readonly Link[] {
  return index.linksFrom.get(id) ?? []
}

export function stepById(map: ProcessMap, id: StepId): Step | null {
  return map.steps.find((step) => step.id === id) ?? null
}

/** Where a send-back of this review leads: its own link, else the step it reads. */
export function sendBackTargetOf(
  map: { links: readonly Link[] },
  step: Extract<Step, { kind: 'review' }>,
): StepId {
  return map.links.find((link) => link.on === 'send-back' && link.from === step.id)?.to ?? step.reviews
}

/** Every step a case may go to from here, send-backs included; what undoes a step is no way to go. */
export function targetsOf(index: MapIndex, step: Step): StepId[] {
  const links = linksFrom(index, step.id)
  const targets = links.filter((link) => link.on !== 'undo').map((link) => link.to)
  return step.kind === 'review' ? [...targets, sendBackTargetOf({ links }, step)] : targets
}

/** Steps that only undo others. */
export function undoSteps(map: ProcessMap): Set<StepId> {
  return new Set(map.links.filter((link) => link.on === 'undo').map((link) => link.to))
}

/** Fields that a step writes. */
export function outputsOf(step: Step): string[] {
  switch (step.kind) {
    case 'ai':
    case 'manual':
    case 'wait':
    case 'call':
    case 'sub-process':
      return step.outputs
    case 'for-each':
      return [...step.gather.map(({ into }) => into), step.doneCount, step.failedCount].filter(
        (name) => name !== null,
      )
    case 'review':
    case 'decision':
    case 'fork':
    case 'join':
    case 'end':
      return []
  }
}

/** Steps that can be reached from the start. */
export function reachableFrom(index: MapIndex, start: StepId): Set<StepId> {
  const seen = new Set<StepId>()
  const open = [start]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const step = index.steps.get(id)
    if (step === undefined || seen.has(id)) continue
    seen.add(id)
    open.push(...targetsOf(index, step))
  }
  return seen
}

/** Steps from which an end can be reached without a send-back. */
export function canFinish(map: ProcessMap): Set<StepId> {
  const into = sourcesByTarget(map.links.filter(({ on }) => on !== 'send-back' && on !== 'undo'))
  const seen = new Set<StepId>()
  const open = map.steps.filter((step) => step.kind === 'end').map((step) => step.id)
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    open.push(...(into.get(id) ?? []))
  }
  return seen
}

/** Read backwards: which steps lead to each one. */
export function sourcesByTarget(links: readonly Link[]): Map<StepId, StepId[]> {
  const into = new Map<StepId, StepId[]>()
  for (const { from, to } of links) {
    const known = into.get(to)
    if (known === undefined) into.set(to, [from])
    else known.push(from)
  }
  return into
}

/**
 * Normal-path steps in the order a reader meets them; steps of exceptions follow the step that leads there, a join
 * follows everything that comes together there, and what undoes a step comes last.
 */
export function inReadingOrder(map: ProcessMap): Step[] {
  const order: Step[] = []
  const seen = new Set<StepId>()
  const joins = new Set<StepId>()
  const walk = (id: StepId, isReached = false): void => {
    const step = stepById(map, id)
    if (step === null || seen.has(id)) return
    if (step.kind === 'join' && !isReached) {
      joins.add(id)
      return
    }
    seen.add(id)
    order.push(step)
    const out = map.links.filter((link) => link.from === id && link.on !== 'send-back' && link.on !== 'undo')
    const [lanes, main] = partition(out, (link) => (stepById(map, link.to)?.lane ?? null) !== null)
    for (const link of lanes) walk(link.to)
    for (const link of main) walk(link.to)
    if (step.kind === 'fork' || step.kind === 'for-each') {
      for (const join of joins) if (isWhole(join)) walk(join, true)
    }
  }
  const isWhole = (join: StepId): boolean =>
    map.links.every((link) => link.to !== join || link.on === 'undo' || seen.has(link.from))
  walk(map.start)
  // Joins of maps that are not sound yet.
  for (const join of joins) walk(join, true)
  return [...order, ...map.steps.filter((step) => !seen.has(step.id))]
}

/** The number a person calls a step by: its place on the normal path; null for steps of an exception or undoing. */
export function stepNumbers(map: ProcessMap): Map<StepId, number> {
  const undoing = undoSteps(map)
  const main = inReadingOrder(map).filter((step) => step.lane === null && !undoing.has(step.id))
  return new Map(main.map((step, index) => [step.id, index + 1]))
}

function partition<T>(items: T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))]
}
