import { cleanup, screen, within } from '@testing-library/react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Link, ProcessMap, Step } from '#domain/process-map.ts'
import type { ProcessSummary } from '#domain/views/processes.ts'
import type { StepFigures } from '#domain/views/pilots.ts'
import { outlineOf, type OutlineItem } from '#web/pilot/outline.ts'
import { regionWords, stepDetail } from '#web/pilot/step-details.ts'
import { priya } from '../support/people.ts'
import { aPilot } from '../support/pilots.ts'
import { renderApp, type App } from '../support/render-app.tsx'
import { aCanvas, someSteps } from './figures.ts'
import { aMapOf, base, chain, end, forEach, fork, join, manual } from './maps.ts'

const retry = { attempts: 3, firstPauseSeconds: 1 }
const call: Step = {
  ...base,
  kind: 'call',
  id: 'book',
  title: 'Book the courier',
  lane: null,
  connection: 'courier',
  method: 'POST',
  path: '/bookings',
  body: [],
  reply: [],
  outputs: [],
  repeatable: false,
  retry,
  deadlineSeconds: 30,
}
const sub: Step = {
  ...base,
  kind: 'sub-process',
  id: 'credit',
  title: 'Check the credit',
  lane: null,
  processId: 'credit-check',
  version: 2,
  gives: [],
  takes: [],
  outputs: [],
}
type WaitsFor = Extract<Step, { kind: 'wait' }>['waitsFor']
const wait = (waitsFor: WaitsFor): Step => ({
  ...base,
  kind: 'wait',
  id: 'signed',
  title: 'Customer signs',
  lane: null,
  waitsFor,
  outputs: [],
})
const message: WaitsFor = { until: 'message', message: 'signed', key: 'client', timeoutMinutes: 7_200 }

const links: Link[] = [
  { on: 'branch', from: 'begin', to: 'book', label: 'Courier' },
  { on: 'branch', from: 'begin', to: 'each', label: 'Warehouse' },
  { on: 'undo', from: 'book', to: 'unbook' },
  { on: 'each', from: 'each', to: 'pack' },
  ...chain(['pack', 'packed', 'ready']),
  ...chain(['book', 'credit', 'ready']),
  ...chain(['ready', 'signed', 'shipped']),
  { on: 'exception', from: 'signed', to: 'remind', cause: 'timed-out' },
  { on: 'next', from: 'remind', to: 'shipped' },
]
const map: ProcessMap = aMapOf(
  [
    fork('begin'),
    call,
    manual('unbook'),
    sub,
    forEach('each'),
    manual('pack'),
    join('packed'),
    join('ready'),
    wait(message),
    manual('remind', 'silent'),
    end('shipped'),
  ],
  links,
)
const steps = someSteps(map.steps.map((step) => step.id))

const credit: ProcessSummary = {
  id: 'credit-check',
  name: 'Credit check',
  owner: priya,
  sample: false,
  publishedVersion: 2,
  pilotId: 'q',
  baselineId: null,
}

function open(
  path: string,
  figures: Partial<StepFigures> = {},
  processes = [credit],
  shown: ProcessMap = map,
): App {
  return renderApp(path, {
    pilot: () => aPilot({ map: shown }),
    canvas: () => aCanvas({ steps }),
    cases: () => ({ items: [], next: null }),
    processes: () => processes,
    stepPanel: ({ params }) => {
      const found = steps.find((step) => step.stepId === params.stepId)
      if (found === undefined) throw new Error(`no step ${params.stepId}`)
      return {
        stepId: params.stepId,
        figures: { ...found, ...figures },
        curve: { pilot: [], baseline: null },
        waitingCases: [],
        waitingTotal: 0,
      }
    },
  })
}

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

/** Ids with brackets around what stands together. */
function told(items: OutlineItem[]): string {
  return items
    .map((item) => {
      switch (item.kind) {
        case 'step':
          return item.step.id
        case 'lane':
          return `!(${item.steps.map((step) => step.id).join(' ')})`
        case 'undo':
          return `undo(${item.steps.map((step) => step.id).join(' ')})`
        case 'region':
          return `[${item.branches.map((branch) => `${branch.label ?? 'each'}: ${told(branch.items)}`).join(' | ')}]`
      }
    })
    .join(' ')
}

describe('the outline of a map', () => {
  test('nests branches and lists, and puts exceptions and what undoes a step apart', () => {
    expect(told(outlineOf(map))).toBe(
      'begin [Courier: book credit | Warehouse: each [each: pack] packed] ready signed !(remind) shipped undo(unbook)',
    )
  })
})

describe('what a step does, in a few words', () => {
  test.each<[Step, string | null]>([
    [fork('begin'), '2 branches at once'],
    [join('j'), 'Waits for all of them'],
    [join('j', 'any'), 'The first one goes on'],
    [forEach('each'), 'Order lines, 5 at a time'],
    [call, 'Tells courier'],
    [{ ...call, method: 'GET' }, 'Asks courier'],
    [wait(message), 'For message “signed”'],
    [wait({ until: 'minutes', minutes: 4_320 }), 'For 3 d'],
    [wait({ until: 'minutes', minutes: 150 }), 'For 2 h 30'],
    [wait({ until: 'working-minutes', workingMinutes: 45 }), 'For 45 min working time'],
    [wait({ until: 'date', field: 'client' }), 'Until Client'],
    [manual('m'), null],
  ])('is said for $kind', (step, words) => {
    expect(stepDetail(map, step)).toBe(words)
  })

  test('names the ground of a fork, of a race and of a list', () => {
    const opener = fork('begin')
    const list = forEach('each')
    if (opener.kind !== 'fork' || list.kind !== 'for-each') throw new Error('no openers')
    const race: ProcessMap = { ...map, steps: [...map.steps, join('first', 'any')] }

    expect(regionWords(map, opener, 'ready')).toBe('At the same time')
    expect(regionWords(race, opener, 'first')).toBe('At the same time, the first goes on')
    expect(regionWords(map, list, 'packed')).toBe('For each line of Order lines')
  })
})

// Whole pages, on a machine that may be busy with other things.
describe('a pilot with every kind of step', { timeout: 30_000 }, () => {
  test('lists what runs at the same time under its branch, with a place in words for each', async () => {
    open('/pilots/p?tab=list')

    const list = await screen.findByRole('region', { name: 'Steps' })

    const region = within(list).getByText('At the same time', { selector: 'b' }).closest('li')
    expect(region?.textContent).toContain('Warehouse')
    expect(within(list).getByText('For each line of Order lines')).toBeTruthy()
    expect(
      within(list).getByRole('group', { name: /^Step 2 of 9, Book the courier, System, Tells courier/ }),
    ).toBeTruthy()
    expect(
      within(list).getByRole('group', { name: /^Undoes Book the courier, Do unbook, Undo/ }),
    ).toBeTruthy()
    expect(within(list).getByRole('group', { name: /^Step 1 of 9.*48 cases passed$/ })).toBeTruthy()
    expect(within(list).getAllByRole('group')).toHaveLength(map.steps.length)
  })

  test('leads from a contained process to its pilot, where one can be seen', async () => {
    open('/pilots/p?tab=list')
    const link = await screen.findByRole('link', { name: 'Credit check, version 2' })
    expect(link.getAttribute('href')).toBe('/pilots/q')
    cleanup()

    open('/pilots/p?tab=list', {}, [])

    expect(await screen.findByText('Another process, version 2')).toBeTruthy()
    expect(screen.queryByRole('link', { name: /version 2/ })).toBeNull()
  })

  test('says in the panel how a call works, and how often it was answered', async () => {
    open('/pilots/p?tab=list&step=book', { called: 40, callsFailed: 3, undone: 2 })

    const panel = await screen.findByRole('complementary', { name: 'Book the courier' })
    await within(panel).findByText('POST /bookings')

    expect(within(panel).getByText('no, a person decides')).toBeTruthy()
    expect(within(panel).getByText('Do unbook')).toBeTruthy()
    expect(within(panel).getByText('40, 3')).toBeTruthy()
    expect(within(panel).getByText('Undone').nextSibling?.textContent).toBe('2')
  })

  test('says in the panel what a wait waits for, and when it gives up', async () => {
    open('/pilots/p?tab=list&step=signed')

    const panel = await screen.findByRole('complementary', { name: 'Customer signs' })

    expect(await within(panel).findByText('For message “signed”')).toBeTruthy()
    expect(within(panel).getByText('5 d')).toBeTruthy()
    expect(within(panel).getByText('Client')).toBeTruthy()
  })

  test('says in the panel until when a person does it, and until when the exception desk', async () => {
    const sla = { workingMinutes: 90, escalations: [{ afterWorkingMinutes: 30, to: 'owner' as const }] }
    const due = map.steps.map((step) => (step.kind === 'manual' ? { ...step, sla } : step))
    open('/pilots/p?tab=list&step=pack', {}, undefined, { ...map, steps: due, deskSla: sla })

    const panel = await screen.findByRole('complementary', { name: 'Do pack' })

    expect((await within(panel).findByText('Due after')).nextSibling?.textContent).toBe(
      '1 h 30 working time, then asks once more',
    )
    expect(within(panel).getByText('At the exception desk').nextSibling?.textContent).toBe(
      'due after 1 h 30 working time, then asks once more',
    )
  })

  test('tells of four hours at the exception desk where the map says nothing', async () => {
    open('/pilots/p?tab=list&step=book')

    const panel = await screen.findByRole('complementary', { name: 'Book the courier' })

    expect((await within(panel).findByText('At the exception desk')).nextSibling?.textContent).toBe(
      'due after 4 h working time',
    )
  })

  test('counts the entries of a list that failed', async () => {
    open('/pilots/p?tab=list&step=each', { itemsFailed: 7 })

    const panel = await screen.findByRole('complementary', { name: 'Each of each' })

    expect((await within(panel).findByText('Entries failed')).nextSibling?.textContent).toBe('7')
    expect(within(panel).getByText('100 entries')).toBeTruthy()
  })
})
