import { cleanup, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { refreshFor } from '#web/ui/use-live.ts'
import { aHome } from '../support/homes.ts'
import { renderApp } from '../support/render-app.tsx'
import { refuse } from '../support/stub-api.ts'
import { aPlainReview, aTaskSummary, anInbox } from '../support/tasks.ts'

const first = aTaskSummary({ id: 'task-1', caseTitle: 'Corrigan Foods', dueAt: '2026-11-20T09:00:00.000Z' })
const second = aTaskSummary({ id: 'task-2', caseTitle: 'Tidewell Clinics', dueAt: null })

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

describe('the inbox', () => {
  it('groups by when things are due, the late ones first', async () => {
    renderApp('/inbox', { inbox: () => anInbox([first, second]), task: () => aPlainReview() })

    const late = await screen.findByRole('list', { name: /Over time/ })
    expect(within(late).getByRole('link', { name: 'Corrigan Foods' })).toBeTruthy()
    expect(
      within(screen.getByRole('list', { name: /No deadline/ })).getByText('Tidewell Clinics'),
    ).toBeTruthy()
  })

  it('marks what belongs to a paused case, and leaves it to be worked on', async () => {
    renderApp('/inbox', {
      inbox: () => anInbox([{ ...first, paused: true }, second]),
      task: () => aPlainReview(),
    })

    const late = await screen.findByRole('list', { name: /Over time/ })

    expect(within(late).getByText('Paused')).toBeTruthy()
    expect(within(late).getByRole('link', { name: 'Corrigan Foods' })).toBeTruthy()
    expect(screen.getAllByText('Paused')).toHaveLength(1)
  })

  it('is walked by J and K and opened by Enter', async () => {
    const app = renderApp('/inbox', {
      inbox: () => anInbox([first, second]),
      task: ({ params }) => aPlainReview({ id: params.taskId }),
    })
    await screen.findByRole('link', { name: 'Corrigan Foods' })

    await app.user.keyboard('jj')
    expect(document.activeElement?.textContent).toBe('Tidewell Clinics')
    await app.user.keyboard('k')
    expect(document.activeElement?.textContent).toBe('Corrigan Foods')
    await app.user.keyboard('j{Enter}')

    await waitFor(() => expect(app.path()).toBe('/tasks/task-2'))
  })

  it('lets new rows wait until they are asked for', async () => {
    const app = renderApp('/inbox', { inbox: () => anInbox([first]), task: () => aPlainReview() })
    await screen.findByRole('link', { name: 'Corrigan Foods' })
    app.answers.inbox = () => anInbox([first, second])

    refreshFor(app.client, [{ pilotId: 'p', caseId: null, taskId: null, stepId: null, type: 'task-opened' }])

    const buttons = await screen.findAllByRole('button', { name: '1 new' })
    expect(screen.queryByRole('link', { name: 'Tidewell Clinics' })).toBe(null)
    await app.user.click(buttons[0] ?? document.body)
    expect(await screen.findByRole('link', { name: 'Tidewell Clinics' })).toBeTruthy()
  })

  it('keeps its filters in the address', async () => {
    const app = renderApp('/inbox?kind=exception', { inbox: () => anInbox([]) })

    await screen.findByRole('heading', { name: 'Nothing fits this filter' })
    expect(app.asked.some(({ name, query }) => name === 'inbox' && query.get('kind') === 'exception')).toBe(
      true,
    )
    await app.user.click(screen.getByRole('button', { name: 'Show all' }))

    await screen.findByRole('heading', { name: 'All clear' })
  })

  it('says what was done when nothing is left', async () => {
    renderApp('/inbox', { inbox: () => anInbox([], { doneToday: 14 }) })

    await screen.findByRole('heading', { name: 'All clear' })
    expect(screen.getByText('You have decided 14 items today.')).toBeTruthy()
  })

  it('says what is safe when it cannot be loaded, with an id to pass on', async () => {
    renderApp('/inbox', {
      inbox: () => {
        throw refuse(500, 'Internal')
      },
    })

    const alert = await screen.findByRole('alert')
    expect(alert.textContent).toContain('Every case waits where it is.')
    expect(within(alert).getByText('req_1')).toBeTruthy()
    expect(within(alert).getByRole('button', { name: 'Try again' })).toBeTruthy()
  })
})

describe('home', () => {
  it('opens the first item by Enter', async () => {
    const app = renderApp('/', { home: () => aHome(), task: () => aPlainReview() })
    await screen.findByText('Corrigan Foods is 25 minutes over time:')

    await app.user.keyboard('{Enter}')

    await waitFor(() => expect(app.path()).toBe('/tasks/task-corrigan'))
  })

  it('says how far the first steps are, and hides them once walked', async () => {
    renderApp('/', { home: () => aHome({ ticks: aHome().ticks.map((tick) => ({ ...tick, done: true })) }) })

    await screen.findByText('Corrigan Foods is 25 minutes over time:')
    expect(screen.queryByRole('heading', { name: /First steps/ })).toBe(null)
  })
})
