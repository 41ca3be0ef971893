import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FieldRefs } from '#domain/case-messages.ts'
import { aroundTheClock, officeHours } from '#domain/measure/working-time.ts'
import type { ProcessMap, StepOf } from '#domain/process-map.ts'
import { loadFields, storeDocument } from '#store/documents.ts'
import { aMap, end, field, forEach, join, manual, next, waitUntil } from '#test/support/maps.ts'
import { openTestStore, type TestStore } from '#test/support/store.ts'
import { casePort } from '#workers/case-port.ts'
import { aStepToRun, type StepToRun } from './support/step-runner.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

function linesMap(more: Partial<StepOf<'for-each'>> = {}): ProcessMap {
  const map = aMap([
    forEach('list', more),
    manual('check', { inputs: ['line'], outputs: ['summary', 'amount'] }),
    join('together'),
    end(),
  ])
  return {
    ...map,
    fields: [
      ...map.fields,
      field('lines', 'list'),
      field('line'),
      field('summaries', 'list'),
      field('amounts', 'list'),
      field('checked', 'number'),
      field('unchecked', 'number'),
    ],
    links: [{ on: 'each', from: 'list', to: 'check' }, next('check', 'together'), next('together', 'done')],
  }
}

describe('a list', () => {
  const listed = async (lines: string | null): Promise<StepToRun> =>
    aStepToRun(store, linesMap(), { stepId: 'list', values: { lines } })

  it('is cut into its entries, without empty lines, and each can be read by its own reference', async () => {
    const step = await listed('  first\r\n\r\n second line \n\nthird')

    const result = await step.attempt()

    if (result.status !== 'split') throw new Error(result.status)
    expect(result.items).toBe(3)
    expect(await step.documentOf(result)).toEqual({ i0: 'first', i1: 'second line', i2: 'third' })
    const second: FieldRefs = { line: { ...result.list, at: 'i1' } }
    expect(await loadFields(store.db, second)).toEqual({ line: 'second line' })
    expect((await step.events()).map((event) => event.type)).toContain('step-entered')
  })

  it.each([
    ['is absent', null],
    ['is empty', ' \n '],
  ])('that %s has no entries', async (_, lines) => {
    const step = await listed(lines)

    expect(await step.attempt()).toMatchObject({ status: 'split', items: 0 })
  })

  it('that is longer than its step allows is not begun, and says so', async () => {
    const step = await listed('a\nb\nc\nd')

    expect(await step.attempt()).toEqual({
      status: 'failed',
      failure: {
        cause: 'data',
        message: '"Each of list" takes up to 3 entries, and the list has 4.',
        raw: null,
      },
    })
  })

  it('is cut once: an attempt that comes later gets the same document', async () => {
    const step = await listed('a\nb')
    const first = await step.attempt()

    expect(await step.attempt({ tries: 2 })).toEqual(first)
  })

  it('comes together in its order, one line for each entry, with what failed counted', async () => {
    const map = linesMap({
      gather: [
        { from: 'summary', into: 'summaries' },
        { from: 'amount', into: 'amounts' },
      ],
      doneCount: 'checked',
      failedCount: 'unchecked',
    })
    const step = await aStepToRun(store, map, {
      stepId: 'list',
      values: {},
      more: { execId: 'list#1.g', conditionFields: ['checked', 'unchecked'] },
    })
    const itemOf = async (summary: string, amount: number | null): Promise<FieldRefs> => {
      const { caseId } = step
      const ref = await storeDocument(store.db, { caseId, kind: 'form', body: { summary, amount } })
      return { summary: ref, amount: ref }
    }
    step.request.gathers = {
      items: [await itemOf('First\nwith a break', 12.5), null, await itemOf('Third', null)],
    }

    const result = await step.attempt()

    expect(result).toMatchObject({
      status: 'done',
      fields: ['summaries', 'amounts', 'checked', 'unchecked'],
      values: { checked: 2, unchecked: 1 },
    })
    expect(await step.documentOf(result)).toEqual({
      summaries: 'First with a break\nThird',
      amounts: '12.5',
      checked: 2,
      unchecked: 1,
    })
    const entered = (await step.events()).filter((event) => event.type === 'step-entered')
    expect(entered).toMatchObject([{ execId: 'list#1' }])
  })
})

it('a list that brings together more than a field holds fails for its data', async () => {
  const map = linesMap({ gather: [{ from: 'summary', into: 'summaries' }] })
  const step = await aStepToRun(store, map, { stepId: 'list', values: {}, more: { execId: 'list#1.g' } })
  const body = { summary: 'x'.repeat(60_000) }
  const ref = await storeDocument(store.db, { caseId: step.caseId, kind: 'form', body })
  step.request.gathers = { items: [{ summary: ref }, { summary: ref }] }

  expect(await step.attempt()).toMatchObject({
    status: 'failed',
    failure: { cause: 'data', message: expect.stringContaining('longer than 100000 characters') },
  })
})

describe('a wait', () => {
  type For = StepOf<'wait'>['waitsFor']
  const waiting = async (
    waitsFor: For,
    { values = {}, calendar }: { values?: Record<string, string | null>; calendar?: ProcessMap['calendar'] },
  ): Promise<StepToRun> => {
    const map = aMap([waitUntil('pause', waitsFor), end()])
    return aStepToRun(
      store,
      {
        ...map,
        fields: [...map.fields, field('day', 'date')],
        links: [
          ...map.links,
          ...(waitsFor.until === 'message'
            ? [{ on: 'exception' as const, from: 'pause', to: 'done', cause: 'timed-out' }]
            : []),
        ],
        ...(calendar === undefined ? {} : { calendar }),
      },
      // A Friday afternoon in Amsterdam, an hour before the office closes.
      { stepId: 'pause', values, more: { enabledAt: '2026-03-27T15:00:00.000Z' } },
    )
  }

  const table: [string, For, string][] = [
    ['for minutes of the calendar', { until: 'minutes', minutes: 90 }, '2026-03-27T16:30:00.000Z'],
    [
      'for working minutes over a weekend on which the clocks change',
      { until: 'working-minutes', workingMinutes: 90 },
      '2026-03-30T07:30:00.000Z',
    ],
    [
      'for a message, until its time-out',
      { until: 'message', message: 'signed', key: 'sender', timeoutMinutes: 60 },
      '2026-03-27T16:00:00.000Z',
    ],
  ]
  it.each(table)('%s says until when', async (_, waitsFor, until) => {
    const step = await waiting(waitsFor, { calendar: officeHours({ zone: 'Europe/Amsterdam' }) })

    expect(await step.attempt()).toEqual({ status: 'waits', until })
    const began = (await step.events()).find((event) => event.type === 'wait-began')
    expect(began).toMatchObject({
      execId: 'pause#1',
      until,
      message: waitsFor.until === 'message' ? 'signed' : null,
    })
  })

  it('for a date ends when that day begins in the zone of the map', async () => {
    const step = await waiting(
      { until: 'date', field: 'day' },
      { values: { day: '2999-07-01' }, calendar: aroundTheClock('America/New_York') },
    )

    expect(await step.attempt()).toEqual({ status: 'waits', until: '2999-07-01T04:00:00.000Z' })
  })

  it('for a date that has passed ends at once', async () => {
    const step = await waiting({ until: 'date', field: 'day' }, { values: { day: '2020-01-01' } })
    const before = Date.now()

    const result = await step.attempt()

    if (result.status !== 'waits' || result.until === null) throw new Error(result.status)
    const until = Date.parse(result.until)
    expect([until >= before - 1_000, until <= Date.now() + 1_000]).toEqual([true, true])
  })

  it.each([
    ['missing', null],
    ['no day of any year', '2026-02-30'],
    ['no date', 'soon'],
  ])('for a date that is %s fails for its data', async (_, day) => {
    const step = await waiting({ until: 'date', field: 'day' }, { values: { day } })

    expect(await step.attempt()).toMatchObject({ status: 'failed', failure: { cause: 'data' } })
  })

  it('that is asked about twice keeps its first answer', async () => {
    const step = await waiting({ until: 'minutes', minutes: 5 }, {})
    const first = await step.attempt()

    expect(await step.attempt({ tries: 2 })).toEqual(first)
    const began = (await step.events()).filter((event) => event.type === 'wait-began')
    expect(began).toHaveLength(1)
  })

  it('inside a contained map is told by its path', async () => {
    const step = await waiting({ until: 'minutes', minutes: 5 }, {})
    step.request.path = 'outer/pause'
    step.request.execId = 'outer/pause#2'

    await step.attempt()

    const told = (await step.events()).filter((event) => 'execId' in event)
    expect(told).toMatchObject([
      { type: 'step-entered', stepId: 'outer/pause', execId: 'outer/pause#2' },
      { type: 'wait-began', stepId: 'outer/pause', execId: 'outer/pause#2' },
    ])
  })
})

it('the port of the workers reads references by their place', async () => {
  const step = await aStepToRun(store, linesMap(), { stepId: 'list', values: { lines: 'a' } })
  const ref = await storeDocument(store.db, { caseId: step.caseId, kind: 'form', body: { other: 'x' } })

  const read = await casePort(store.db).loadFields({ line: { ...ref, at: 'other' }, sender: ref })

  expect(read).toEqual({ line: 'x', sender: null })
})
