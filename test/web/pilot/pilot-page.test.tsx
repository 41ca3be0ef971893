import { cleanup, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { StepFigures } from '#domain/views/pilots.ts'
import { map } from '../support/cases.ts'
import { aPilot } from '../support/pilots.ts'
import { renderApp, type App } from '../support/render-app.tsx'
import { refuse, type Answers } from '../support/stub-api.ts'
import { aCanvas, someSteps } from './figures.ts'

const steps = someSteps(map.steps.map((step) => step.id))

function stepFigures(stepId: string): StepFigures {
  const found = steps.find((step) => step.stepId === stepId)
  if (found === undefined) throw new Error(`No step ${stepId}`)
  return found
}

function open(path: string, answers: Answers = {}): App {
  return renderApp(path, {
    pilot: () => aPilot(),
    canvas: () => aCanvas({ steps }),
    cases: () => ({ items: [], next: null }),
    ...answers,
  })
}

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

describe('the pilot page', () => {
  test('shows the figures beside the baseline, and says what is sample data', async () => {
    open('/pilots/p?tab=list')

    const figures = await screen.findByRole('region', { name: 'Figures of the process beside its baseline' })

    expect(within(figures).getByText('by hand 8.5').textContent).toContain('sample data')
    expect(within(figures).getByText('Cannot tell yet: 9 more cases')).toBeTruthy()
    expect(screen.getByText('Day 23 of 90')).toBeTruthy()
  })

  test('lists every step of the map with its figures in one sentence', async () => {
    open('/pilots/p?tab=list')

    const list = await screen.findByRole('region', { name: 'Steps' })

    expect(within(list).getAllByRole('group')).toHaveLength(map.steps.length)
    expect(
      within(list).getByRole('group', {
        name: /^Step 3 of 9, Draft welcome pack, AI draft, 2 waiting, median 4 h, by hand 6 h, −2 h better/,
      }),
    ).toBeTruthy()
    expect(
      within(list).getByRole('group', { name: /^Exception Missing papers, Ask for papers/ }),
    ).toBeTruthy()
  })

  test('marks the step where a case is stuck, and leads to those cases', async () => {
    const stuck = steps.map((step, index) => (index === 2 ? { ...step, stuck: 2 } : step))
    const app = open('/pilots/p?tab=list', { canvas: () => aCanvas({ steps: stuck, stuck: 2 }) })

    const list = await screen.findByRole('region', { name: 'Steps' })
    expect(
      within(list).getByRole('group', {
        name: /^Step 3 of 9, Draft welcome pack, AI draft, 2 waiting, 2 stuck/,
      }),
    ).toBeTruthy()
    expect(within(list).getAllByText('2 stuck')).toHaveLength(1)

    await app.user.click(screen.getByRole('link', { name: '2 stuck' }))

    await waitFor(() =>
      expect(app.asked.findLast(({ name }) => name === 'cases')?.query.get('status')).toBe('stuck'),
    )
    expect(screen.getByRole('radio', { name: 'Stuck' })).toHaveProperty('checked', true)
  })

  test('marks a stuck case on the map too', async () => {
    const stuck = steps.map((step, index) => (index === 2 ? { ...step, stuck: 1 } : step))
    open('/pilots/p', { canvas: () => aCanvas({ steps: stuck, stuck: 1 }) })

    const card = await screen.findByRole('group', { name: /^Step 3 of 9, Draft welcome pack.* 1 stuck/ })

    expect(within(card).getByText('1 stuck')).toBeTruthy()
  })

  test('opens a step with who waits there, each a link to the task or the case', async () => {
    const app = open('/pilots/p?tab=list', {
      stepPanel: ({ params }) => ({
        stepId: params.stepId,
        figures: stepFigures(params.stepId),
        curve: { pilot: [{ ms: 1000, share: 1 }], baseline: null },
        waitingCases: [
          {
            caseId: 'c1',
            title: 'Norvik Studio',
            with: 'Priya Nair',
            why: 'list missing',
            since: '2026-11-20T08:00:00.000Z',
            taskId: 't1',
          },
          {
            caseId: 'c2',
            title: 'Harrow & Lyle',
            with: 'AI',
            why: 'drafting',
            since: '2026-11-20T08:00:00.000Z',
            taskId: null,
          },
        ],
        waitingTotal: 3,
      }),
    })

    await app.user.click(await screen.findByRole('button', { name: 'Draft welcome pack' }))

    const panel = await screen.findByRole('complementary', { name: 'Draft welcome pack' })
    expect((await within(panel).findByRole('link', { name: /Norvik Studio/ })).getAttribute('href')).toBe(
      '/tasks/t1',
    )
    expect(
      within(panel)
        .getByRole('link', { name: /Harrow/ })
        .getAttribute('href'),
    ).toBe('/cases/c2')
    expect(within(panel).getByText('and 1 more, waiting for less long')).toBeTruthy()
    await app.user.click(within(panel).getByRole('button', { name: 'Close step' }))
    await waitFor(() => expect(screen.queryByRole('complementary')).toBeNull())
  })

  test('runs sample cases and says how far it is', async () => {
    let started = 0
    const batch = { id: 'b1', pilotId: 'p', total: 20, refused: 0 }
    const app = open('/pilots/p?tab=list', {
      startSampleCases: () => ({ ...batch, status: 'working', started: 0 }),
      caseBatch: () => {
        started = Math.min(20, started + 10)
        return { ...batch, status: started === 20 ? 'done' : 'working', started }
      },
    })

    await app.user.click(await screen.findByRole('button', { name: 'Run 20 sample cases' }))

    await screen.findByRole('button', { name: 'Starting 10 of 20' })
    await screen.findByRole('button', { name: '20 started' })
    expect(app.asked.find((asked) => asked.name === 'startSampleCases')?.body).toEqual({ count: 20 })
  })

  test('lets sample colleagues work the gates of a sample pilot only', async () => {
    const app = open('/pilots/p?tab=list', { changePilot: () => aPilot({ sampleColleagues: true }) })

    await app.user.click(await screen.findByRole('switch', { name: 'Sample colleagues work the gates' }))

    await waitFor(() =>
      expect(app.asked.find((asked) => asked.name === 'changePilot')?.body).toEqual({
        sampleColleagues: true,
      }),
    )
    cleanup()
    open('/pilots/p?tab=list', { pilot: () => aPilot({ sample: false, sampleColleagues: null }) })
    await screen.findByRole('heading', { level: 1, name: map.name })
    expect(screen.queryByRole('switch')).toBeNull()
  })

  test('finds cases by words and step, and keeps both in the address', async () => {
    const app = open('/pilots/p?tab=cases&at=draft-welcome-pack&status=open')

    await screen.findByRole('heading', { name: 'No case fits these filters' })
    await app.user.type(screen.getByRole('textbox', { name: /Search by/ }), 'nor')

    await waitFor(() => {
      const query = app.asked.filter((asked) => asked.name === 'cases').at(-1)?.query
      expect(query?.get('search')).toBe('nor')
      expect(query?.get('stepId')).toBe('draft-welcome-pack')
      expect(query?.get('status')).toBe('open')
    })
  })

  test('says what is safe when it cannot be loaded', async () => {
    open('/pilots/p', {
      canvas: () => {
        throw refuse(500, 'Internal')
      },
    })

    expect((await screen.findByRole('alert')).textContent).toContain('Its cases go on running.')
  })

  test('says that nothing can be compared without a baseline', async () => {
    open('/pilots/p?tab=list', { pilot: () => aPilot({ baseline: null }) })

    expect(await screen.findByText(/Without a baseline no savings are shown/)).toBeTruthy()
    expect(screen.getByRole('link', { name: 'Import how it ran by hand' }).getAttribute('href')).toBe(
      '/processes/onboarding/baseline',
    )
  })
})
