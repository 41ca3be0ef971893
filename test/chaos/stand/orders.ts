import { aroundTheClock } from '#domain/measure/working-time.ts'
import type { FieldValues, Link, ProcessMap } from '#domain/process-map.ts'
import {
  ai,
  aMap,
  branch,
  call,
  end,
  field,
  forEach,
  fork,
  join,
  manual,
  next,
  review,
  subProcess,
  wait,
  waitUntil,
} from '../../support/maps.ts'

/** The connection that calls of an order go over. */
export const register = 'register'
/** The message that an order waits for. */
export const paidMessage = 'paid'
/** What is undone when an order is stopped, and the step that undoes it. */
export const undoneBy: ReadonlyMap<string, string> = new Map([
  ['reserve', 'release'],
  ['ship', 'fetch-back'],
])
/** Calls that the other system takes twice when they are sent twice. */
export const callsOnce: ReadonlySet<string> = new Set(['book'])
/** Gates that the draft before them opens, also while the case stands still. */
export const gatesOpenedByDrafts: ReadonlySet<string> = new Set(['read', 'sign', 'slip/check-note'])

const retry = { attempts: 3, firstPauseSeconds: 0.2 }
const asked = { retry, deadlineSeconds: 4 }
const personal = { sensitivity: 'personal' } as const
const intakeFields = [field('sender', 'text', personal), field('letter', 'long-text', personal)]

/** What an order contains: a note that AI drafts and a person reads. */
export function slipMap(): ProcessMap {
  const steps = [
    ai('note', {
      inputs: ['sender', 'letter'],
      outputs: ['note'],
      instruction: '[step:note] Say in a sentence what is to be packed.',
      retry,
      deadlineSeconds: 8,
    }),
    review('check-note', 'note', { inputs: ['sender'] }),
    end('written', 'Written'),
  ]
  return aMap(steps, {
    name: 'Packing slip',
    fields: [...intakeFields, field('note', 'long-text')],
    intake: [
      { field: 'sender', required: true },
      { field: 'letter', required: false },
    ],
    calendar: aroundTheClock('Europe/Amsterdam'),
  })
}

/**
 * The second process that cases run through: two branches at once, one that calls the other system and waits a
 * moment, one that waits for a message until it gives up; a list with a call for each entry; work and a call that
 * are undone when the case is stopped; and another map inside.
 */
export function ordersMap(slip: { processId: string; version: number }): ProcessMap {
  const steps = [
    fork('begin'),
    call('reserve', {
      ...asked,
      method: 'POST',
      path: '/orders/{order}/reservations',
      inputs: ['order', 'sender', 'letter'],
      body: ['order', 'sender', 'letter'],
      reply: [{ field: 'reservation', pointer: '/id' }],
      outputs: ['reservation'],
    }),
    waitUntil('settle', { until: 'minutes', minutes: 0.02 }),
    wait(paidMessage, {
      waitsFor: { until: 'message', message: paidMessage, key: 'order', timeoutMinutes: 0.2 },
      outputs: ['paidOn'],
    }),
    manual('chase', { inputs: ['order'], outputs: ['chased'] }),
    join('both'),
    forEach('each-line', {
      inputs: ['lines'],
      maxItems: 5,
      gather: [{ from: 'booked', into: 'bookings' }],
      doneCount: 'linesDone',
      failedCount: 'linesFailed',
    }),
    call('book', {
      ...asked,
      method: 'POST',
      path: '/lines',
      inputs: ['order', 'line'],
      body: ['order', 'line'],
      reply: [{ field: 'booked', pointer: '/id' }],
      outputs: ['booked'],
      repeatable: false,
    }),
    join('all-lines'),
    manual('ship', { inputs: ['order', 'bookings'] }),
    subProcess('slip', {
      ...slip,
      inputs: [],
      gives: [
        { from: 'sender', to: 'sender' },
        { from: 'letter', to: 'letter' },
      ],
      takes: [{ from: 'note', to: 'note' }],
      outputs: ['note'],
    }),
    call('bill', {
      ...asked,
      method: 'PUT',
      path: '/bills/{order}',
      inputs: ['order', 'reservation'],
      body: ['reservation'],
    }),
    end('shipped', 'Shipped'),
    call('release', {
      ...asked,
      method: 'DELETE',
      path: '/orders/{order}/reservations',
      inputs: ['order'],
    }),
    manual('fetch-back', { inputs: ['order'] }),
  ]
  const links: Link[] = [
    branch('begin', 'reserve'),
    branch('begin', paidMessage),
    next('reserve', 'settle'),
    next('settle', 'both'),
    next(paidMessage, 'both'),
    { on: 'exception', from: paidMessage, to: 'chase', cause: 'timed-out' },
    next('chase', 'both'),
    next('both', 'each-line'),
    { on: 'each', from: 'each-line', to: 'book' },
    next('book', 'all-lines'),
    next('all-lines', 'ship'),
    next('ship', 'slip'),
    next('slip', 'bill'),
    next('bill', 'shipped'),
    { on: 'undo', from: 'reserve', to: 'release' },
    { on: 'undo', from: 'ship', to: 'fetch-back' },
  ]
  return aMap(steps, {
    name: 'Orders under fire',
    fields: [
      ...intakeFields,
      field('order'),
      field('lines', 'list'),
      field('line'),
      field('booked'),
      field('bookings', 'list'),
      field('linesDone', 'number'),
      field('linesFailed', 'number'),
      field('reservation'),
      field('paidOn'),
      field('chased', 'yes-no'),
      field('note', 'long-text'),
    ],
    intake: [
      { field: 'sender', required: true },
      { field: 'letter', required: false },
      { field: 'order', required: true },
      { field: 'lines', required: true },
    ],
    links,
    calendar: aroundTheClock('Europe/Amsterdam'),
  })
}

/** The step right after what is shipped: the first version has none, and each one after calls it otherwise. */
export function addedStepOf(version: number): string {
  return version % 2 === 0 ? 'weigh' : 'weigh-again'
}
export const addedLater: ReadonlySet<string> = new Set([addedStepOf(2), addedStepOf(3)])

/** The map of orders as it is published for the n-th time: from the second on a parcel is weighed as well. */
export function editionOf(map: ProcessMap, n: number): ProcessMap {
  const before = map.steps.find(({ id }) => addedLater.has(id))?.id
  const id = addedStepOf(n)
  const added = manual(id, { title: `Weigh, edition ${n}`, inputs: ['order'] })
  if (before === undefined) {
    return {
      ...map,
      steps: [...map.steps, added],
      links: [
        ...map.links.map((link) => (link.on === 'next' && link.from === 'ship' ? { ...link, to: id } : link)),
        next(id, 'slip'),
      ],
    }
  }
  const is = (stepId: string): string => (stepId === before ? id : stepId)
  return {
    ...map,
    steps: map.steps.map((step) => (step.id === before ? added : step)),
    links: map.links.map((link) => ({ ...link, from: is(link.from), to: is(link.to) })),
  }
}

/** What a message about an order finds its case by. */
export function orderOf(marker: string): string {
  return `order ${marker}`
}

export function orderIntakeOf(
  marker: string,
  { letter, lines }: { letter: string; lines: number },
): FieldValues {
  return {
    sender: `Sender of ${marker}`,
    letter,
    order: orderOf(marker),
    lines: Array.from({ length: lines }, (_, index) => `Line ${index + 1}`).join('\n'),
  }
}
