import fc from 'fast-check'
import type { Link, ProcessMap, Step } from '#domain/process-map.ts'
import {
  ai,
  aMap,
  call,
  decision,
  end,
  field,
  forEach,
  fork,
  join,
  manual,
  review,
  subProcess,
  waitUntil,
} from './maps.ts'

const ids = ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 'to-string']
const names = ['sender', 'letter', 'summary', 'urgent', 'amount', 'lines', 'day', 'nothing', 'constructor']
const id = fc.constantFrom(...ids)
const name = fc.constantFrom(...names)

const step: fc.Arbitrary<Step> = fc
  .record({
    id,
    other: id,
    fields: fc.array(name, { minLength: 1, maxLength: 3 }),
    waitsFor: fc.constantFrom('all', 'any'),
    number: fc.integer({ min: 1, max: 20 }),
    kind: fc.nat(13),
  })
  .map(({ id: own, other, fields, waitsFor, number, kind }): Step => {
    const first = fields[0] ?? 'sender'
    const last = fields.at(-1) ?? 'sender'
    const pair = { from: first, to: last }
    const steps: Step[] = [
      ai(own, { outputs: fields }),
      manual(own, { outputs: fields }),
      review(own, other),
      decision(own, { inputs: fields }),
      fork(own),
      join(own, waitsFor),
      forEach(own, { list: first, item: last, maxItems: number, gather: [{ from: first, into: last }] }),
      waitUntil(own, { until: 'minutes', minutes: number }),
      waitUntil(own, { until: 'date', field: first }, { outputs: fields }),
      waitUntil(own, { until: 'message', message: other, key: first, timeoutMinutes: number }),
      call(own, { path: `/{${first}}`, outputs: fields, reply: [{ field: first, pointer: last }] }),
      subProcess(own, { processId: other, gives: [pair], takes: [pair], outputs: fields }),
      end(own),
    ]
    return steps[kind] ?? manual(own)
  })

const link: fc.Arbitrary<Link> = fc
  .record({
    from: id,
    to: id,
    kind: fc.nat(7),
    condition: fc.constantFrom('urgent', 'amount > 5', 'amount', '((', 'given.urgent', 'lines == "x"'),
  })
  .map(({ from, to, kind, condition }): Link => {
    const links: Link[] = [
      { on: 'next', from, to },
      { on: 'when', from, to, condition, label: 'when' },
      { on: 'otherwise', from, to, label: 'else' },
      { on: 'undo', from, to },
      { on: 'branch', from, to, label: 'branch' },
      { on: 'each', from, to },
      { on: 'exception', from, to, cause: 'any' },
      { on: 'send-back', from, to },
    ]
    return links[kind] ?? { on: 'next', from, to }
  })

/** Steps and links thrown together, as only the schema demands. */
export const anySoup: fc.Arbitrary<ProcessMap> = fc
  .record({
    steps: fc.array(step, { minLength: 1, maxLength: 10 }),
    links: fc.array(link, { maxLength: 24 }),
    start: id,
    titleField: name,
    lines: fc.boolean(),
  })
  .map(({ steps, links, start, titleField, lines }) => {
    const { fields } = aMap([end()])
    return aMap(steps, {
      links,
      start,
      titleField,
      fields: lines ? [...fields, field('lines', 'list'), field('day', 'date')] : fields,
    })
  })
