import { cleanup, screen, waitFor } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { aMe } from '../support/people.ts'
import { renderApp } from '../support/render-app.tsx'
import { refuse } from '../support/stub-api.ts'

const nobody = aMe({ person: null, roles: [] })

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

describe('somebody who is not signed in', () => {
  it('chooses one of three people with one click and is there', async () => {
    const app = renderApp('/', { me: () => nobody, signIn: () => aMe() })
    await screen.findByRole('heading', { name: 'Who are you today?' })

    await app.user.click(screen.getByRole('button', { name: /Sam Ruiz/ }))

    await screen.findByRole('heading', { name: 'Home' })
    expect(app.asked.find(({ name }) => name === 'signIn')?.body).toEqual({ persona: 'sam' })
  })

  it('is told when the server does not offer it', async () => {
    const app = renderApp('/', {
      me: () => nobody,
      signIn: () => {
        throw refuse(403, 'DemoOnly')
      },
    })

    await app.user.click(await screen.findByRole('button', { name: /Priya Nair/ }))

    expect((await screen.findByRole('alert')).textContent).toBe('DemoOnly was answered.')
  })
})

describe('help', () => {
  it('opens by ?, lists the keys of the screen, and switches single keys off', async () => {
    const app = renderApp('/inbox', {})
    await screen.findByRole('heading', { name: 'Inbox' })

    await app.user.keyboard('?')
    const dialog = await screen.findByRole('dialog', { name: 'Help: keys on this screen' })
    expect(dialog.textContent).toContain('Go to the Inbox')
    await app.user.click(screen.getByRole('switch', { name: /Single keys/ }))
    await app.user.click(screen.getByRole('button', { name: 'Close' }))
    await app.user.keyboard('gp')
    expect(app.path()).toBe('/inbox')

    await app.user.keyboard('?')
    await app.user.click(await screen.findByRole('switch', { name: /Single keys/ }))
    await app.user.click(screen.getByRole('button', { name: 'Close' }))
    await app.user.keyboard('gh')
    await waitFor(() => expect(app.path()).toBe('/'))
  })
})
