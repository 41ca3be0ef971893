import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { checkMap } from '#domain/check-map.ts'
import { compilePlan, type FindPublished, type PublishedMap } from '#domain/compile-plan.ts'
import type { Field, Link, ProcessMap, Step, StepOf } from '#domain/process-map.ts'
import {
  ai,
  aMap,
  branch,
  call,
  decision,
  end,
  field,
  forEach,
  fork,
  join,
  manual,
  next,
  review,
  subProcess,
  waitUntil,
} from '#test/support/maps.ts'

/** A map and the published maps that it contains, innermost first. */
export type AnyProcess = { map: ProcessMap; others: OtherMap[] }
export type OtherMap = { processId: string; version: number; map: ProcessMap }

type Undoing = 'manual' | 'call' | null
type Exception = { cause: string; to: number } | null
type Plain = { maxVisits: number; exception: Exception; undo: Undoing }
type Block =
  | (Plain & { kind: 'drafted'; need: number; fourEyes: boolean; sendBack: number | null })
  | (Plain & { kind: 'assisted' | 'manual' })
  | (Plain & { kind: 'rule'; jump: number })
  | (Plain & { kind: 'fork'; waitsFor: 'all' | 'any'; branches: Block[][] })
  | (Plain & {
      kind: 'for-each'
      maxItems: number
      maxParallel: number
      whenItemFails: 'collect' | 'stop'
      counts: boolean
      each: Block[]
    })
  | (Plain & { kind: 'wait'; until: 'minutes' | 'working-minutes' | 'date' | 'message' })
  | (Plain & { kind: 'call'; repeatable: boolean })
  | (Plain & { kind: 'sub-process'; which: number })

const causes = [
  'any',
  'ai-invalid',
  'call-failed',
  'call-unknown',
  'data',
  'sla-breached',
  'timed-out',
  'loop-limit',
  'business:lost',
  'expression',
]
const plain = {
  maxVisits: fc.integer({ min: 1, max: 3 }),
  exception: fc.option(fc.record({ cause: fc.constantFrom(...causes), to: fc.nat(9) })),
  undo: fc.option(fc.constantFrom('manual', 'call'), { freq: 3 }),
}
const drafted = fc.record({
  ...plain,
  kind: fc.constant('drafted'),
  need: fc.integer({ min: 1, max: 2 }),
  fourEyes: fc.boolean(),
  sendBack: fc.option(fc.nat(9)),
})
const byPeople = fc.record({ ...plain, kind: fc.constantFrom('assisted', 'manual') })
const rule = fc.record({ ...plain, kind: fc.constant('rule'), jump: fc.nat(9) })
const waiting = fc.record({
  ...plain,
  kind: fc.constant('wait'),
  until: fc.constantFrom('minutes', 'working-minutes', 'date', 'message'),
})
const calling = fc.record({ ...plain, kind: fc.constant('call'), repeatable: fc.boolean() })
const containing = fc.record({ ...plain, kind: fc.constant('sub-process'), which: fc.nat(3) })
const flat: fc.Arbitrary<Block>[] = [drafted, byPeople, rule, waiting, calling, containing]

/** Blocks in a row; those that open a region hold rows of their own, `depth` deep. */
function rowOf(depth: number, most: number, least = 0): fc.Arbitrary<Block[]> {
  const shape = { minLength: least, maxLength: most }
  if (depth === 0) return fc.array(fc.oneof(...flat), shape)
  const forked = fc.record({
    ...plain,
    kind: fc.constant('fork'),
    waitsFor: fc.constantFrom('all', 'any'),
    branches: fc.array(rowOf(depth - 1, 2), { minLength: 2, maxLength: 3 }),
  })
  const listed = fc.record({
    ...plain,
    kind: fc.constant('for-each'),
    maxItems: fc.integer({ min: 1, max: 3 }),
    maxParallel: fc.integer({ min: 1, max: 3 }),
    whenItemFails: fc.constantFrom('collect', 'stop'),
    counts: fc.boolean(),
    each: rowOf(depth - 1, 2),
  })
  return fc.array(fc.oneof(...flat, forked, listed, forked, listed), shape)
}

/**
 * Maps that can be published, of every kind of step: drafts that are read, rules, loops, exceptions, forks and
 * lists inside each other, waits, calls, undoing, and maps inside maps inside maps.
 */
export const anyProcess: fc.Arbitrary<AnyProcess> = fc
  .record({ inmost: rowOf(0, 2, 1), inner: rowOf(1, 2, 1), outer: rowOf(2, 4, 1) })
  .map(({ inmost, inner, outer }) => {
    const others: OtherMap[] = [{ processId: 'inmost', version: 1, map: mapOf(inmost, []) }]
    others.push({ processId: 'inner', version: 1, map: mapOf(inner, ['inmost']) })
    return { map: mapOf(outer, ['inmost', 'inner']), others }
  })

type Drawing = {
  steps: Step[]
  links: Link[]
  fields: Field[]
  contains: string[]
  /** How many rows have been drawn: each writes fields of its own. */
  rows: number
}

function mapOf(blocks: Block[], contains: string[]): ProcessMap {
  const drawing: Drawing = { steps: [], links: [], fields: [], contains, rows: 0 }
  const start = drawRow(drawing, blocks, 'done')
  const base = aMap([end()])
  return aMap([...drawing.steps, end()], {
    start,
    links: drawing.links,
    fields: [...base.fields, field('lines', 'list'), field('line'), field('day', 'date'), ...drawing.fields],
    intake: [
      ...base.intake,
      { field: 'urgent', required: false },
      { field: 'lines', required: false },
      { field: 'day', required: false },
    ],
  })
}

/** Where a block stands: what comes after it, and where its exceptions may lead. */
type Place = {
  id: string
  after: string
  entryAt: (share: number) => string
  earlier: (share: number) => string
  later: (share: number) => string
  /** Fields that only this row writes. */
  writes: { summary: string; urgent: string; amount: string; list: string }
}

/** Draws blocks that follow each other and lead to `after`; gives the step to begin at. */
function drawRow(drawing: Drawing, blocks: Block[], after: string): string {
  const nth = drawing.rows
  drawing.rows += 1
  const writes = {
    summary: `summary${nth}`,
    urgent: `urgent${nth}`,
    amount: `amount${nth}`,
    list: `list${nth}`,
  }
  drawing.fields.push(
    field(writes.summary, 'long-text'),
    field(writes.urgent, 'yes-no'),
    field(writes.amount, 'number'),
    field(writes.list, 'list'),
  )
  const entries = [...blocks.map((_, index) => `b${nth}-${index}`), after]
  const at = (index: number): string => entries[index] ?? after
  blocks.forEach((block, index) => {
    drawBlock(drawing, block, {
      id: at(index),
      after: at(index + 1),
      entryAt: (share) => at(share % entries.length),
      earlier: (share) => at(share % (index + 1)),
      later: (share) => at(index + 1 + (share % (entries.length - index - 1))),
      writes,
    })
  })
  return at(0)
}

function drawBlock(drawing: Drawing, block: Block, place: Place): void {
  const { id, after, writes } = place
  const { steps, links } = drawing
  const { maxVisits } = block
  const outputs = [writes.summary, writes.urgent, writes.amount]
  const taken = block.kind === 'wait' && block.until === 'message' ? ['timed-out', 'any'] : []
  if (block.exception !== null && !taken.includes(block.exception.cause)) {
    const { cause, to } = block.exception
    links.push({ on: 'exception', from: id, to: place.entryAt(to), cause })
  }
  switch (block.kind) {
    case 'drafted': {
      const gate = `${id}-gate`
      const { need, fourEyes, sendBack } = block
      steps.push(ai(id, { maxVisits, outputs }))
      steps.push(review(gate, id, { maxVisits: maxVisits + 2, need, fourEyes }))
      links.push(next(id, gate), next(gate, after))
      if (sendBack !== null) links.push({ on: 'send-back', from: gate, to: place.earlier(sendBack) })
      drawUndo(drawing, id, block.undo)
      return
    }
    case 'assisted': {
      const gate = `${id}-gate`
      steps.push(ai(id, { maxVisits, outputs }), manual(gate, { maxVisits: maxVisits + 2 }))
      links.push(next(id, gate), next(gate, after))
      drawUndo(drawing, id, block.undo)
      return
    }
    case 'manual':
      steps.push(manual(id, { maxVisits, outputs }))
      links.push(next(id, after))
      drawUndo(drawing, id, block.undo)
      return
    case 'rule':
      steps.push(decision(id, { maxVisits }))
      links.push({ on: 'otherwise', from: id, to: after, label: 'Otherwise' })
      links.push({
        on: 'when',
        from: id,
        to: place.later(block.jump),
        label: 'Urgent',
        condition: block.jump % 2 === 0 ? writes.urgent : `given.${writes.urgent} && ${writes.urgent}`,
      })
      return
    case 'fork': {
      const closing = `${id}-join`
      steps.push(fork(id, { maxVisits }), join(closing, block.waitsFor))
      for (const each of block.branches) links.push(branch(id, drawRow(drawing, each, closing)))
      links.push(next(closing, after))
      return
    }
    case 'for-each': {
      const closing = `${id}-join`
      const item = `${place.writes.list}Item`
      if (!drawing.fields.some(({ name }) => name === item)) drawing.fields.push(field(item))
      const inner = drawing.rows
      const { maxItems, maxParallel, whenItemFails, counts } = block
      const first = drawRow(drawing, block.each, closing)
      steps.push(
        forEach(id, {
          maxVisits,
          maxItems,
          maxParallel,
          whenItemFails,
          item,
          gather: [{ from: `summary${inner}`, into: writes.list }],
          doneCount: counts ? writes.amount : null,
        }),
        join(closing),
      )
      links.push({ on: 'each', from: id, to: first }, next(closing, after))
      return
    }
    case 'wait':
      drawWait(drawing, block.until, { place, maxVisits })
      return
    case 'call':
      steps.push(
        call(id, {
          maxVisits,
          method: 'POST',
          body: ['sender'],
          repeatable: block.repeatable,
          outputs: [writes.urgent],
          reply: [{ field: writes.urgent, pointer: '/urgent' }],
        }),
      )
      links.push(next(id, after))
      drawUndo(drawing, id, block.undo)
      return
    case 'sub-process': {
      const processId = drawing.contains[block.which % Math.max(1, drawing.contains.length)]
      if (processId === undefined) {
        steps.push(manual(id, { maxVisits, outputs }))
      } else {
        steps.push(
          subProcess(id, {
            maxVisits,
            processId,
            gives: [
              { from: 'sender', to: 'sender' },
              { from: 'lines', to: 'lines' },
            ],
            takes: [{ from: 'urgent0', to: writes.urgent }],
            outputs: [writes.urgent],
          }),
        )
      }
      links.push(next(id, after))
    }
  }
}

function drawWait(
  { steps, links }: Drawing,
  until: StepOf<'wait'>['waitsFor']['until'],
  { place: { id, after, writes }, maxVisits }: { place: Place; maxVisits: number },
): void {
  links.push(next(id, after))
  switch (until) {
    case 'minutes':
      steps.push(waitUntil(id, { until, minutes: 5 }, { maxVisits }))
      return
    case 'working-minutes':
      steps.push(waitUntil(id, { until, workingMinutes: 60 }, { maxVisits }))
      return
    case 'date':
      steps.push(waitUntil(id, { until, field: 'day' }, { maxVisits }))
      return
    case 'message':
      links.push({ on: 'exception', from: id, to: after, cause: 'timed-out' })
      steps.push(
        waitUntil(
          id,
          { until, message: `news-${id}`, key: 'sender', timeoutMinutes: 60 },
          { maxVisits, outputs: [writes.urgent] },
        ),
      )
  }
}

function drawUndo({ steps, links }: Drawing, id: string, undo: Undoing): void {
  if (undo === null) return
  const undoing = `${id}-undo`
  steps.push(undo === 'manual' ? manual(undoing) : call(undoing, { method: 'POST', path: '/cancel' }))
  links.push({ on: 'undo', from: id, to: undoing })
}

/** Finds the maps inside, published in their order; those that cannot be published are not found. */
export function publishedOf(others: readonly OtherMap[]): FindPublished {
  const published = new Map<string, PublishedMap>()
  const find: FindPublished = (processId, version) => published.get(`${processId}@${version}`) ?? null
  for (const { processId, version, map } of others) {
    if (checkMap(map, find).length > 0) continue
    const plan = compilePlan(map, { mapId: processId, version, sha256, find })
    published.set(`${processId}@${version}`, { map, plan })
  }
  return find
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

type Spoiling = (map: ProcessMap, at: (size: number) => number) => ProcessMap

/** Small changes after which a map is mostly wrong, and sometimes only another map. */
const spoilings: Record<string, Spoiling> = {
  'a link is gone': (map, at) => ({ ...map, links: map.links.toSpliced(at(map.links.length), 1) }),
  'a link leads elsewhere': (map, at) => {
    const to = map.steps[at(map.steps.length)]?.id ?? 'done'
    return changedLink(map, at(map.links.length), (link) => ({ ...link, to }))
  },
  'a link begins elsewhere': (map, at) => {
    const from = map.steps[at(map.steps.length)]?.id ?? 'done'
    return changedLink(map, at(map.links.length), (link) => ({ ...link, from }))
  },
  'a link is there twice': (map, at) => ({
    ...map,
    links: [...map.links, ...map.links.slice(at(map.links.length)).slice(0, 1)],
  }),
  'a way leads back': (map, at) => {
    const cause = causes[at(causes.length)] ?? 'any'
    const [from, to] = [map.steps[at(map.steps.length)]?.id, map.steps[at(map.steps.length)]?.id]
    if (from === undefined || to === undefined) return map
    return { ...map, links: [...map.links, { on: 'exception', from, to, cause }] }
  },
  'a step is gone': (map, at) => ({ ...map, steps: map.steps.toSpliced(at(map.steps.length), 1) }),
  'a step is there twice': (map, at) => ({
    ...map,
    steps: [...map.steps, ...map.steps.slice(at(map.steps.length)).slice(0, 1)],
  }),
  'a step is of another kind': (map, at) => {
    const index = at(map.steps.length)
    const id = map.steps[index]?.id ?? 'done'
    const kinds: Step[] = [manual(id), decision(id), fork(id), join(id, 'any'), forEach(id), end(id), ai(id)]
    return { ...map, steps: map.steps.with(index, kinds[at(kinds.length)] ?? manual(id)) }
  },
  'the start is another step': (map, at) => ({ ...map, start: map.steps[at(map.steps.length)]?.id ?? 'b0' }),
  'a field is gone': (map, at) => ({ ...map, fields: map.fields.toSpliced(at(map.fields.length), 1) }),
}

function changedLink(map: ProcessMap, index: number, change: (link: Link) => Link): ProcessMap {
  const link = map.links[index]
  return link === undefined ? map : { ...map, links: map.links.with(index, change(link)) }
}

/** Maps that could nearly be published. */
export const almostProcess: fc.Arbitrary<AnyProcess & { changes: string[] }> = fc
  .record({
    process: anyProcess,
    changes: fc.array(
      fc.record({
        name: fc.constantFrom(...Object.keys(spoilings)),
        dice: fc.array(fc.nat(10_000), { minLength: 3, maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 2 },
    ),
  })
  .map(({ process, changes }) => ({
    others: process.others,
    changes: changes.map(({ name }) => name),
    map: changes.reduce((map, { name, dice }) => {
      let thrown = 0
      const at = (size: number): number => {
        const die = dice[thrown % dice.length] ?? 0
        thrown += 1
        return size === 0 ? 0 : die % size
      }
      return spoilings[name]?.(map, at) ?? map
    }, process.map),
  }))
