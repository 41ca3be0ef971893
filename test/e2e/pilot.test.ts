import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser, visit } from './support/browser.ts'
import { samplePilot, setPilot } from './support/office.ts'

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(async () => browser.close())

describe('a first visitor', () => {
  it('becomes Priya, runs sample cases and watches them finish', async () => {
    const pilot = await samplePilot()
    await setPilot(pilot.id, { undoSeconds: 0 })
    const { page, context, faults } = await visit(browser, null)
    await page.goto('/')

    await page.getByRole('button', { name: /Priya Nair/ }).click()
    // Home has room for the newest pilots only, and other journeys have made some.
    await page.getByRole('link', { name: 'Pilots', exact: true }).click()
    await page.getByRole('link', { name: 'Client onboarding' }).click()
    const colleagues = page.getByRole('switch', { name: /Sample colleagues/ })
    await colleagues.click({ force: true })
    await expect.poll(() => colleagues.isChecked(), { timeout: 30_000 }).toBe(true)
    await page.getByRole('button', { name: /Run 20 sample cases/ }).click()

    // Cases may finish together, so that the page never shows the numbers between.
    const finished = async (): Promise<number> =>
      Number(/(\d+) finished/.exec(await page.locator('main').innerText())?.[1] ?? 0)
    await expect.poll(finished, { timeout: 150_000 }).toBeGreaterThanOrEqual(pilot.finished + 5)
    expect(faults).toEqual([])
    await setPilot(pilot.id, { sampleColleagues: false })
    await context.close()
  })
})
