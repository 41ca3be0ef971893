import { cleanup, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { noDetail } from '#domain/case-story.ts'
import { aCase, map, nothing, summary } from '../support/cases.ts'
import { priya } from '../support/people.ts'
import { renderApp, type App } from '../support/render-app.tsx'
import { refuse, type Answers } from '../support/stub-api.ts'

function open(answers: Answers = {}): App {
  return renderApp('/cases/c1', {
    case: () => aCase(),
    mapVersion: () => ({
      processId: 'onboarding',
      version: 4,
      map,
      planHash: 'x',
      publishedAt: '2026-11-02T09:00:00.000Z',
      by: priya,
    }),
    cases: () => ({ items: [summary, { ...summary, id: 'c2' }], next: null }),
    ...answers,
  })
}

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

describe('the case page', () => {
  test('says who has it, where its time went and what lies ahead', async () => {
    open()

    await screen.findByRole('heading', { level: 1, name: 'Brightwell Ltd' })

    expect(screen.getByRole('heading', { level: 2, name: summary.state })).toBeTruthy()
    const went = screen.getByRole('region', { name: 'Where 3 h went' })
    expect(within(went).getByText('67 %')).toBeTruthy()
    expect(within(went).getByText('33 %')).toBeTruthy()
    expect(await screen.findByRole('heading', { name: 'Still to come' })).toBeTruthy()
    expect(screen.getByRole('link', { name: 'Open the draft' }).getAttribute('href')).toBe('/tasks/t1')
    expect(screen.getByRole('link', { name: 'Next case' }).getAttribute('href')).toBe('/cases/c2')
  })

  test('says since when it is stuck, and that nothing is lost', async () => {
    open({
      case: () =>
        aCase({
          status: 'stalled',
          state: 'Stuck at "Review": the engine cannot take its next step and keeps trying',
          stuckSince: '2026-11-20T08:00:00.000Z',
        }),
    })

    await screen.findByRole('heading', { level: 2, name: /^Stuck at "Review"/ })

    expect(screen.getByText(/^Since .*20 Nov.*Nothing that was done is lost/)).toBeTruthy()
  })

  test('draws its path, told in words as well', async () => {
    open()

    const path = await screen.findByRole('img', { name: /Path of this case on the map/ })

    expect(path.querySelector('desc')?.textContent).toContain('Done: Check contract.')
  })

  test('is stopped only with a reason', async () => {
    const app = open({ stopCase: () => ({ ...summary, status: 'cancelled' }) })
    await app.user.click(await screen.findByRole('button', { name: 'Stop case' }))

    const stop = await screen.findByRole('button', { name: 'Stop the case' })
    expect(stop.hasAttribute('disabled')).toBe(true)
    await app.user.type(screen.getByRole('textbox', { name: 'Why is it stopped?' }), ' Client left ')
    await app.user.click(stop)

    await waitFor(() =>
      expect(app.asked.find((asked) => asked.name === 'stopCase')?.body).toEqual({
        reason: 'Client left',
        compensate: true,
      }),
    )
    expect(await screen.findByRole('button', { name: 'Stopping' })).toBeTruthy()
  })

  test('keeps the reason when stopping is refused', async () => {
    const app = open({
      stopCase: () => {
        throw refuse(409, 'CaseClosing')
      },
    })
    await app.user.click(await screen.findByRole('button', { name: 'Stop case' }))
    await app.user.type(screen.getByRole('textbox', { name: 'Why is it stopped?' }), 'Client left')
    await app.user.click(screen.getByRole('button', { name: 'Stop the case' }))

    expect((await screen.findByRole('alert')).textContent).toContain('CaseClosing was answered.')
    expect(screen.getByRole('textbox', { name: 'Why is it stopped?' })).toHaveProperty('value', 'Client left')
  })

  test('offers nothing that may not be done', async () => {
    open({
      case: () =>
        aCase({
          can: nothing,
          taskId: null,
          endedAt: '2026-11-20T09:12:00.000Z',
        }),
    })

    await screen.findByRole('heading', { level: 1, name: 'Brightwell Ltd' })

    expect(screen.queryByRole('button', { name: 'Stop case' })).toBeNull()
    expect(screen.queryByRole('link', { name: /^Open the/ })).toBeNull()
    expect(screen.queryByRole('heading', { name: 'Still to come' })).toBeNull()
  })

  test('tells who paused it and why in plain sight, and time that only passed in one quiet row', async () => {
    const line = {
      ...noDetail,
      at: '2026-11-20T09:12:00.000Z',
      icon: 'clock' as const,
      stepId: null,
    }
    open({
      case: () =>
        aCase({
          story: [
            { ...line, key: 'a', title: 'Paused', who: 'Priya Nair', what: 'Paused it: Client is away' },
            { ...line, key: 'b', title: 'Reminder', who: null, what: 'The time allowed is over.' },
          ],
        }),
    })

    expect((await screen.findByText(/Paused it: Client is away/)).textContent).toContain('Priya Nair')
    expect(screen.getByText('The time allowed is over.').hasAttribute('hidden')).toBe(true)
  })
})
