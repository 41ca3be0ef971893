import type { FieldValues, Link, ProcessMap, Step } from '#domain/process-map.ts'
import { onboardingCases } from '#samples/client-onboarding/intake.ts'
import { onboardingMap } from '#samples/client-onboarding/map.ts'

const base = {
  who: 'Order team',
  inputs: [],
  systems: [],
  guidance: { lines: ['Do it with care.'], goodExample: null, promptToCopy: null },
  maxVisits: 3,
  lane: null,
}
const retry = { attempts: 1, firstPauseSeconds: 0 }

/** A process with every kind of step; the sample runs inside it. */
export function everyKind(inner: { processId: string; version: number }): ProcessMap {
  const field = (name: string, label: string, type: 'text' | 'list'): ProcessMap['fields'][number] => ({
    name,
    label,
    type,
    choices: [],
    hint: '',
    sensitivity: 'internal',
  })
  const asked = onboardingMap.intake.map((item) => item.field)
  const steps: Step[] = [
    { ...base, kind: 'fork', id: 'begin', title: 'Prepare everything' },
    {
      ...base,
      kind: 'call',
      id: 'book',
      title: 'Book the courier',
      connection: 'courier',
      method: 'POST',
      path: '/bookings',
      body: [],
      reply: [],
      outputs: [],
      repeatable: true,
      retry,
      deadlineSeconds: 5,
    },
    { ...base, kind: 'manual', id: 'unbook', title: 'Cancel the courier', outputs: [], sla: null },
    {
      ...base,
      kind: 'for-each',
      id: 'each',
      title: 'Go through the lines',
      list: 'orderLines',
      item: 'orderLine',
      maxItems: 20,
      maxParallel: 3,
      whenItemFails: 'collect',
      gather: [],
      doneCount: null,
      failedCount: null,
    },
    { ...base, kind: 'manual', id: 'pack', title: 'Pack the parcel', outputs: [], sla: null },
    { ...base, kind: 'join', id: 'packed', title: 'All lines packed', waitsFor: 'all' },
    {
      ...base,
      kind: 'sub-process',
      id: 'onboard',
      title: 'Onboard the customer',
      ...inner,
      gives: asked.map((name) => ({ from: name, to: name })),
      takes: [],
      outputs: [],
    },
    { ...base, kind: 'join', id: 'ready', title: 'Ready to ship', waitsFor: 'all' },
    {
      ...base,
      kind: 'wait',
      id: 'signed',
      title: 'Customer signs',
      waitsFor: { until: 'message', message: 'signed', key: onboardingMap.titleField, timeoutMinutes: 7_200 },
      outputs: [],
    },
    {
      ...base,
      kind: 'manual',
      id: 'remind',
      title: 'Call the customer',
      lane: 'silent',
      outputs: [],
      sla: null,
    },
    { ...base, kind: 'end', id: 'shipped', title: 'Shipped', outcome: 'Shipped' },
  ]
  const links: Link[] = [
    { on: 'branch', from: 'begin', to: 'book', label: 'Courier' },
    { on: 'branch', from: 'begin', to: 'each', label: 'Warehouse' },
    { on: 'branch', from: 'begin', to: 'onboard', label: 'Customer' },
    { on: 'undo', from: 'book', to: 'unbook' },
    { on: 'next', from: 'book', to: 'ready' },
    { on: 'each', from: 'each', to: 'pack' },
    { on: 'next', from: 'pack', to: 'packed' },
    { on: 'next', from: 'packed', to: 'ready' },
    { on: 'next', from: 'onboard', to: 'ready' },
    { on: 'next', from: 'ready', to: 'signed' },
    { on: 'next', from: 'signed', to: 'shipped' },
    { on: 'exception', from: 'signed', to: 'remind', cause: 'timed-out' },
    { on: 'next', from: 'remind', to: 'shipped' },
  ]
  return {
    ...onboardingMap,
    name: 'Order fulfilment',
    purpose: 'Orders leave the house whole.',
    fields: [
      ...onboardingMap.fields.filter((known) => asked.includes(known.name)),
      field('orderLines', 'Order lines', 'list'),
      field('orderLine', 'Order line', 'text'),
    ],
    intake: [...onboardingMap.intake, { field: 'orderLines', required: true }],
    exceptions: [{ id: 'silent', name: 'Customer is silent', why: 'No signature came in time.' }],
    start: 'begin',
    steps,
    links,
  }
}

export function anOrder(client: string): FieldValues {
  return {
    ...onboardingCases[0]?.values,
    [onboardingMap.titleField]: client,
    orderLines: '40 crates\n2 pallets\n1 label roll',
  }
}
