import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aMap, end, manual, next, wait } from '../support/maps.ts'
import { openBrowser, visit } from './support/browser.ts'
import { caseOf, pilotOf, startWith, taskOf } from './support/office.ts'

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(async () => browser.close())

/** Longer than a step takes on a busy machine. */
const timeout = 60_000

describe('an owner whose case waits for a message', () => {
  it('brings it with its values after one that was wrong, and the case goes on', async () => {
    const map = aMap([wait('reply', { outputs: ['amount', 'urgent'] }), manual('pay'), end()], {
      links: [
        next('reply', 'pay'),
        { on: 'exception', from: 'reply', to: 'pay', cause: 'timed-out' },
        next('pay', 'done'),
      ],
    })
    const pilot = await pilotOf('Replies', map)
    const caseId = await startWith(pilot.id, { sender: 'Ruth', letter: null, amount: null }, 'a reply')
    const { page, context, faults } = await visit(browser, 'priya')
    await page.goto(`/cases/${caseId}`)
    await page.getByRole('button', { name: 'Bring the message' }).click({ timeout })

    await page.getByLabel('amount').fill('a lot')
    await page.getByRole('button', { name: 'Bring the message' }).last().click()
    await page.getByRole('alert').first().waitFor({ timeout })
    expect((await caseOf(caseId)).waits).toHaveLength(1)
    await page.getByLabel('amount').fill('4200')
    await page.getByRole('button', { name: 'Bring the message' }).last().click()

    await taskOf(caseId, 'manual')
    await page.getByText(/Here now: .*Do pay/).waitFor({ state: 'attached', timeout })
    expect((await caseOf(caseId)).waits).toEqual([])
    expect(faults).toEqual([])
    await context.close()
  })
})
