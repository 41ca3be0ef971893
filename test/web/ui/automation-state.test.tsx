import { cleanup, screen, waitFor } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Health } from '#domain/views/session.ts'
import { renderApp } from '../support/render-app.tsx'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

function health(down: keyof Health['parts'] | null): Health {
  const part = (name: keyof Health['parts']) => ({ ok: name !== down, detail: name })
  return {
    ok: down === null,
    version: 'test',
    parts: {
      database: part('database'),
      engine: part('engine'),
      worker: part('worker'),
      model: part('model'),
    },
  }
}

describe('every page', () => {
  it.each([
    ['worker', /Automation is paused. No worker takes work. Cases wait where they are/],
    ['engine', /Automation is paused. The engine does not answer/],
    ['database', /Automation is paused. The database does not answer/],
  ] as const)('says that automation is paused when the %s is away', async (down, words) => {
    renderApp('/', { health: () => health(down) })

    await screen.findByRole('heading', { name: 'Home' })

    await waitFor(() =>
      expect(screen.getAllByRole('status').map((one) => one.textContent)).toContainEqual(
        expect.stringMatching(words),
      ),
    )
  })

  it('says nothing of it while all parts work, or only the model is away', async () => {
    const app = renderApp('/', { health: () => health('model') })

    await screen.findByRole('heading', { name: 'Home' })

    await waitFor(() => expect(app.asked.some(({ name }) => name === 'health')).toBe(true))
    expect(screen.queryByText('Automation is paused.')).toBeNull()
  })
})
