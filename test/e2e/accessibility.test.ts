import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser, violations, visit, type Screen } from './support/browser.ts'
import {
  caseAtReview,
  everyKindPilot,
  samplePilot,
  setPilot,
  startCase,
  startOrder,
  taskOf,
} from './support/office.ts'

let browser: Browser
let addresses: [string, string, string][]
beforeAll(async () => {
  browser = await openBrowser()
  const pilot = await samplePilot()
  await setPilot(pilot.id, { undoSeconds: 0, sampleColleagues: false })
  const { caseId, task } = await caseAtReview(pilot.id, 'Accessible Ltd')
  const manual = await taskOf(await startCase(pilot.id, 'By hand Ltd'), 'manual')
  const orders = await everyKindPilot()
  const order = await startOrder(orders.id, 'Accessible Orders')
  await taskOf(order, 'manual')
  addresses = [
    ['home', 'priya', '/'],
    ['inbox', 'sam', '/inbox'],
    ['review', 'sam', `/tasks/${encodeURIComponent(task.id)}`],
    ['manual step', 'sam', `/tasks/${encodeURIComponent(manual.id)}`],
    ['pilots', 'dana', '/pilots'],
    ['pilot', 'priya', `/pilots/${pilot.id}`],
    ['step', 'priya', `/pilots/${pilot.id}?step=review-the-pack`],
    ['case', 'priya', `/cases/${caseId}`],
    ['every kind of step', 'priya', `/pilots/${orders.id}`],
    ['every kind as a list', 'priya', `/pilots/${orders.id}?tab=list&step=signed`],
    ['a case at several steps', 'priya', `/cases/${order}`],
    ['move cases', 'priya', `/pilots/${pilot.id}/move`],
    ['baseline', 'priya', `/processes/${pilot.processId}/baseline`],
    ['start a case', 'priya', `/pilots/${pilot.id}/start`],
    ['nothing there', 'dana', '/cases/none'],
  ]
})
afterAll(async () => browser.close())

const screens: Screen[] = [
  { width: 1440, height: 900, scheme: 'light' },
  { width: 1440, height: 900, scheme: 'dark' },
  { width: 390, height: 844, scheme: 'light' },
  { width: 390, height: 844, scheme: 'dark' },
]

describe('every screen', () => {
  it.each(screens)(
    'at $width in $scheme has no violation, no sideways scroll and no fault',
    async (screen) => {
      const found: string[] = []
      for (const [name, persona, address] of addresses) {
        const { page, context, faults } = await visit(browser, persona, screen)
        await page.goto(address)
        await page.waitForLoadState('domcontentloaded')
        await page.locator('h1').first().waitFor()
        await page.waitForTimeout(1_200)
        found.push(...(await violations(page)).map((violation) => `${name}: ${violation}`))
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
        if (overflow > 0) found.push(`${name}: ${overflow} px wider than the screen`)
        found.push(...faults.map((fault) => `${name}: ${fault}`))
        await context.close()
      }
      expect(found).toEqual([])
    },
  )

  it('asks who one is before it shows anything', async () => {
    const { page, context } = await visit(browser, null)
    await page.goto('/inbox')

    await page.getByRole('button', { name: /Sam Ruiz/ }).waitFor()

    expect(await violations(page)).toEqual([])
    await context.close()
  })
})
