import { checkMap } from '#domain/check-map.ts'
import type { Link, ProcessMap, Step, StepId, StepOf } from '#domain/process-map.ts'
import { ai, branch, call, decision, field, fork, join, manual, next, waitUntil } from '#test/support/maps.ts'
import { publishedOf, type AnyProcess } from '../support/any-map.ts'
import type { Chance } from './chance.ts'

/** A process as its owners publish it next, and what they say of steps that are called otherwise now. */
export type NextVersion = { process: AnyProcess; stepIds: Record<StepId, StepId> }

/**
 * Changes a process here and there, so that it can still be published: most of its steps are those of before. New
 * names begin with `letter`, or are those that steps had once.
 */
export function nextVersionOf(
  process: AnyProcess,
  { dice, letter, former }: { dice: Chance; letter: string; former: StepId[] },
): NextVersion {
  let version: NextVersion = { process, stepIds: {} }
  const wanted = 1 + dice.below(4)
  for (let made = 0, tried = 0; made < wanted && tried < 20; tried += 1) {
    const present = new Set(version.process.map.steps.map(({ id }) => id))
    const free = former.filter((id) => !present.has(id))
    const id = free.length > 0 && dice.under(0.5) ? dice.oneOf(free) : `${letter}${tried}`
    const changed = dice.oneOf(changes)(version, { dice, id })
    if (changed === null || !canBePublished(changed.process)) continue
    version = changed
    made += 1
  }
  const stands = ({ map }: AnyProcess, id: StepId): boolean => map.steps.some((step) => step.id === id)
  const said = Object.entries(version.stepIds).filter(
    ([from, to]) => stands(process, from) && stands(version.process, to),
  )
  return { ...version, stepIds: Object.fromEntries(said) }
}

function canBePublished({ map, others }: AnyProcess): boolean {
  const find = publishedOf(others)
  const areOthers = others.every(({ processId, version }) => find(processId, version) !== null)
  return areOthers && checkMap(map, find).length === 0
}

/** `id` is one that no step has yet. */
type With = { dice: Chance; id: StepId }
/** Null where the map has nothing to change so. */
type Change = (version: NextVersion, by: With) => NextVersion | null

const changes: Change[] = [
  onMap(wordedAnew),
  onMap(dueOtherwise),
  onMap(readByOthers),
  onMap(oneMore),
  onMap(oneMore),
  onMap(oneLess),
  onMap(oneLess),
  onMap(ledElsewhere),
  onMap(ledElsewhere),
  onMap(oneExceptionMore),
  onMap(ofAnotherKind),
  onMap(besideAnother),
  onMap(readsMore),
  onMap(decidesOnMore),
  onMap(undoneOtherwise),
  calledOtherwise,
  calledOtherwise,
  withAnotherInside,
  withAnotherInside,
]

type MapChange = (map: ProcessMap, by: With) => ProcessMap | null

function onMap(change: MapChange): Change {
  return (version, by) => {
    const map = change(version.process.map, by)
    return map === null ? null : { ...version, process: { ...version.process, map } }
  }
}

function withStep(map: ProcessMap, id: StepId, change: (step: Step) => Step): ProcessMap {
  return { ...map, steps: map.steps.map((step) => (step.id === id ? change(step) : step)) }
}

/** Null when there is nothing to choose from. */
function anyOf<T>(items: readonly T[], dice: Chance): T | null {
  return items.length === 0 ? null : dice.oneOf(items)
}

function wordedAnew(map: ProcessMap, { dice }: With): ProcessMap {
  const { id } = dice.oneOf(map.steps)
  return withStep(map, id, (step) => ({ ...step, title: `${step.title}, anew` }))
}

function dueOtherwise(map: ProcessMap, { dice }: With): ProcessMap | null {
  const chosen = anyOf(
    map.steps.filter(({ kind }) => kind === 'manual' || kind === 'review'),
    dice,
  )
  if (chosen === null) return null
  return withStep(map, chosen.id, (step) =>
    step.kind === 'manual' || step.kind === 'review'
      ? { ...step, sla: step.sla === null ? { workingMinutes: 60, escalations: [] } : null }
      : step,
  )
}

function readByOthers(map: ProcessMap, { dice }: With): ProcessMap | null {
  const chosen = anyOf(
    map.steps.filter(({ kind }) => kind === 'review'),
    dice,
  )
  if (chosen === null) return null
  return withStep(map, chosen.id, (step) =>
    step.kind === 'review' ? { ...step, need: 3 - step.need, fourEyes: !step.fourEyes } : step,
  )
}

function isPlain(link: Link): boolean {
  return link.on === 'next' || link.on === 'otherwise'
}

/** Puts steps on a way that there is: the first of them is entered, `id` leads on. */
function between(map: ProcessMap, link: Link, steps: Step[], links: Link[]): ProcessMap | null {
  const first = steps[0]
  const last = steps.at(-1)
  if (first === undefined || last === undefined) return null
  return {
    ...map,
    steps: [...map.steps, ...steps],
    links: [
      ...map.links.map((each) => (each === link ? { ...each, to: first.id } : each)),
      ...links,
      next(last.id, link.to),
    ],
  }
}

function oneMore(map: ProcessMap, { dice, id }: With): ProcessMap | null {
  const link = anyOf(
    map.links.filter(({ on }) => on !== 'undo' && on !== 'send-back'),
    dice,
  )
  if (link === null) return null
  const step = dice.oneOf([
    manual(id),
    ai(id),
    call(id),
    waitUntil(id, { until: 'minutes', minutes: 5 }),
    manual(id),
  ])
  return between(map, link, [step], [])
}

/** What led to the step leads on past it. */
function oneLess(map: ProcessMap, { dice }: With): ProcessMap | null {
  const gone = anyOf(
    map.steps.flatMap(({ id }) => {
      const on = map.links.find((link) => link.from === id && isPlain(link))
      return on === undefined ? [] : [{ id, to: on.to }]
    }),
    dice,
  )
  if (gone === null) return null
  const undoing = map.links.flatMap((link) => (link.on === 'undo' && link.from === gone.id ? [link.to] : []))
  return {
    ...map,
    start: map.start === gone.id ? gone.to : map.start,
    steps: map.steps.filter(({ id }) => id !== gone.id && !undoing.includes(id)),
    links: map.links
      .filter(({ from }) => from !== gone.id)
      .map((link) => (link.to === gone.id ? { ...link, to: gone.to } : link)),
  }
}

function ledElsewhere(map: ProcessMap, { dice }: With): ProcessMap | null {
  const link = anyOf(
    map.links.filter(({ on }) => on !== 'undo'),
    dice,
  )
  const { id } = dice.oneOf(map.steps)
  if (link === null) return null
  return { ...map, links: map.links.map((each) => (each === link ? { ...each, to: id } : each)) }
}

function oneExceptionMore(map: ProcessMap, { dice }: With): ProcessMap {
  const cause = dice.oneOf(['any', 'data', 'sla-breached', 'business:odd', 'timed-out'])
  const [from, to] = [dice.oneOf(map.steps).id, dice.oneOf(map.steps).id]
  return { ...map, links: [...map.links, { on: 'exception', from, to, cause }] }
}

function ofAnotherKind(map: ProcessMap, { dice }: With): ProcessMap | null {
  const chosen = anyOf(
    map.steps.filter(
      (step): step is StepOf<'ai'> | StepOf<'manual'> => step.kind === 'ai' || step.kind === 'manual',
    ),
    dice,
  )
  if (chosen === null) return null
  const { id, kind, maxVisits, outputs } = chosen
  const made = kind === 'ai' ? manual(id, { maxVisits, outputs }) : ai(id, { maxVisits, outputs })
  return withStep(map, id, () => made)
}

/** What was one step after the other goes on beside something new. */
function besideAnother(map: ProcessMap, { dice, id }: With): ProcessMap | null {
  const inside = anyOf(
    map.steps.filter(({ kind }) => kind === 'manual' || kind === 'ai' || kind === 'call'),
    dice,
  )
  const on = inside === null ? undefined : map.links.find((link) => link.from === inside.id && isPlain(link))
  if (inside === null || on === undefined) return null
  const [opener, closer, other] = [`${id}-both`, `${id}-join`, `${id}-beside`]
  // A gate that reads the step stands in the same branch.
  const gate = map.steps.find((step) => step.kind === 'review' && step.reviews === inside.id)
  const leaving = gate === undefined ? on : map.links.find((link) => link.from === gate.id && isPlain(link))
  if (leaving === undefined) return null
  return {
    ...map,
    start: map.start === inside.id ? opener : map.start,
    steps: [...map.steps, fork(opener), manual(other), join(closer)],
    links: [
      ...map.links.map((link): Link => {
        if (link === leaving) return { ...link, to: closer }
        return link.to === inside.id && link.on !== 'undo' && link.on !== 'send-back'
          ? { ...link, to: opener }
          : link
      }),
      branch(opener, inside.id),
      branch(opener, other),
      next(other, closer),
      next(closer, leaving.to),
    ],
  }
}

/** Something that no case has, since nothing before asked for it. */
function readsMore(map: ProcessMap, { dice, id }: With): ProcessMap | null {
  const link = anyOf(map.links.filter(isPlain), dice)
  if (link === null) return null
  const colour = `colour${map.fields.length}`
  return between(
    { ...map, fields: [...map.fields, field(colour)] },
    link,
    [manual(id, { inputs: [colour] })],
    [],
  )
}

/** A value that a case has and that no rule asked for yet. */
function decidesOnMore(map: ProcessMap, { dice, id }: With): ProcessMap | null {
  const link = anyOf(map.links.filter(isPlain), dice)
  if (link === null) return null
  const asked = `${id}-asked`
  const condition = 'given.day && day == "2026-08-01"'
  return {
    ...map,
    steps: [...map.steps, decision(id), manual(asked)],
    links: [
      ...map.links.map((each) => (each === link ? { ...each, to: id } : each)),
      { on: 'when', from: id, to: asked, label: 'That day', condition },
      { on: 'otherwise', from: id, to: link.to, label: 'Otherwise' },
      next(asked, link.to),
    ],
  }
}

function undoneOtherwise(map: ProcessMap, { dice, id }: With): ProcessMap | null {
  const before = anyOf(
    map.links.filter(({ on }) => on === 'undo'),
    dice,
  )
  if (before !== null) {
    return {
      ...map,
      steps: [...map.steps.filter((step) => step.id !== before.to), manual(id)],
      links: map.links.map((link) => (link === before ? { ...link, to: id } : link)),
    }
  }
  const undone = anyOf(
    map.steps.filter(({ kind }) => kind === 'manual' || kind === 'call' || kind === 'ai'),
    dice,
  )
  if (undone === null) return null
  return {
    ...map,
    steps: [...map.steps, manual(id)],
    links: [...map.links, { on: 'undo', from: undone.id, to: id }],
  }
}

/** Mostly somebody says what it was called; where nobody does, it is another step. */
function calledOtherwise({ process, stepIds }: NextVersion, { dice, id: to }: With): NextVersion {
  const from = dice.oneOf(process.map.steps).id
  const is = (id: StepId): StepId => (id === from ? to : id)
  const map: ProcessMap = {
    ...process.map,
    start: is(process.map.start),
    steps: process.map.steps.map((step) =>
      step.kind === 'review'
        ? { ...step, id: is(step.id), reviews: is(step.reviews) }
        : { ...step, id: is(step.id) },
    ),
    links: process.map.links.map((link) => ({ ...link, from: is(link.from), to: is(link.to) })),
  }
  const first = Object.entries(stepIds).find(([, now]) => now === from)?.[0] ?? from
  const { [first]: _, ...others } = stepIds
  return {
    process: { ...process, map },
    stepIds: dice.under(0.8) ? { ...others, [first]: to } : others,
  }
}

/** A contained map was published anew, and this one contains it as it is now. */
function withAnotherInside({ process, stepIds }: NextVersion, by: With): NextVersion | null {
  const { map, others } = process
  const containing = anyOf(
    map.steps.filter((step): step is StepOf<'sub-process'> => step.kind === 'sub-process'),
    by.dice,
  )
  const inner = others.findLast(({ processId }) => processId === containing?.processId)
  if (containing === null || inner === undefined) return null
  const changed = by.dice.oneOf([wordedAnew, oneMore, oneLess])(inner.map, by)
  if (changed === null) return null
  const version = inner.version + 1
  return {
    stepIds,
    process: {
      others: [...others, { processId: inner.processId, version, map: changed }],
      map: {
        ...map,
        steps: map.steps.map((step) =>
          step.kind === 'sub-process' && step.processId === inner.processId ? { ...step, version } : step,
        ),
      },
    },
  }
}
