import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser, visit } from './support/browser.ts'
import { aMap, end, manual } from '../support/maps.ts'
import {
  caseOf,
  decide,
  everyKindPilot,
  pilotOf,
  publish,
  startOrder,
  startWith,
  taskOf,
} from './support/office.ts'

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(async () => browser.close())

/** Longer than a step's retries take on a busy machine. */
const timeout = 60_000

describe('an owner in control', () => {
  it('sees a case at several steps at once, pauses it and lets it go on', async () => {
    const pilot = await everyKindPilot()
    const caseId = await startOrder(pilot.id, 'Paused Ltd')
    await taskOf(caseId, 'manual')
    const { page, context, faults } = await visit(browser, 'priya')
    await page.goto(`/cases/${caseId}`)
    await page.getByText(/Here now: .*Pack the parcel/).waitFor({ state: 'attached', timeout })

    await page.getByRole('button', { name: 'Pause', exact: true }).click()
    await page.getByLabel('Why is it paused?').fill('The customer is away')
    await page.getByRole('button', { name: 'Pause the case' }).click()
    await page.getByRole('button', { name: 'Resume' }).waitFor({ timeout })
    expect((await caseOf(caseId)).paused).toBe(true)
    await page.getByText('Paused it: The customer is away').waitFor({ timeout })

    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByRole('button', { name: 'Pause', exact: true }).waitFor({ timeout })
    expect((await caseOf(caseId)).paused).toBe(false)
    expect(faults).toEqual([])
    await context.close()
  })

  it('tries a step again at the exception desk, and is told that it came back', async () => {
    const pilot = await everyKindPilot()
    const caseId = await startOrder(pilot.id, 'Retried Ltd')
    const task = await taskOf(caseId, 'exception')
    const { page, context, faults } = await visit(browser, 'priya')
    await page.goto(`/tasks/${encodeURIComponent(task.id)}`)

    await page.getByRole('button', { name: /Try again as it is/ }).click()

    await page
      .getByText(/is trying “Book the courier” again|came back to the exception desk/)
      .waitFor({ timeout })
    await page.getByText(/came back to the exception desk/).waitFor({ timeout })
    await page.getByRole('link', { name: 'Look at it' }).click()
    await page.getByRole('button', { name: /Try again as it is/ }).waitFor({ timeout })
    expect(faults).toEqual([])
    await context.close()
  })

  it('looks at what a move to a new version would do, and moves the cases that can', async () => {
    const steps = [manual('sort'), manual('pay')]
    const pilot = await pilotOf('Moved', aMap([...steps, end()]))
    const stays = await startWith(pilot.id, { sender: 'Stays Ltd' }, 'moved 1')
    await decide('sam', await taskOf(stays, 'manual'), 'complete')
    await expect.poll(async () => (await caseOf(stays)).stepId, { timeout }).toBe('pay')
    const moves = await startWith(pilot.id, { sender: 'Moves Ltd' }, 'moved 2')
    await taskOf(moves, 'manual')
    await publish(pilot.processId, aMap([manual('sort'), manual('book'), end()]))
    const { page, context, faults } = await visit(browser, 'priya')
    await page.goto(`/pilots/${pilot.id}`)
    await page.getByRole('button', { name: 'Pause, by hand, versions' }).click()
    await page.getByRole('menuitem', { name: 'Move cases to another version' }).click()

    await page.getByRole('heading', { name: '2 open: 1 can move, 1 cannot' }).waitFor({ timeout })
    expect((await caseOf(moves)).mapVersion).toBe(1)
    await page.getByRole('button', { name: 'Move 1 case' }).click()
    await page.getByLabel('Why are they moved?').fill('Booked, not paid')
    await page.getByRole('button', { name: 'Move them' }).click()

    await page.getByText('2 in all: 1 succeeded').waitFor({ timeout })
    await expect.poll(async () => (await caseOf(moves)).mapVersion, { timeout }).toBe(2)
    expect((await caseOf(stays)).mapVersion).toBe(1)
    await page
      .getByRole('heading', { name: '2 open: 0 can move, 1 cannot, 1 there already' })
      .waitFor({ timeout })
    expect(faults).toEqual([])
    await context.close()
  })

  it('pauses a pilot with its cases, and every part of the command adds up', async () => {
    const pilot = await everyKindPilot()
    for (const client of ['One Ltd', 'Two Ltd', 'Three Ltd']) {
      await taskOf(await startOrder(pilot.id, `${client} ${pilot.id}`), 'manual')
    }
    const { page, context, faults } = await visit(browser, 'priya')
    await page.goto(`/pilots/${pilot.id}`)

    await page.getByRole('button', { name: 'Pause, by hand, versions' }).click()
    await page.getByRole('menuitem', { name: 'Pause the pilot' }).click()
    await page.getByText('The 3 open cases stand still').waitFor({ timeout })
    await page.getByLabel('Why is it paused?').fill('Stocktaking')
    await page.getByRole('button', { name: 'Pause the pilot' }).click()

    await page.getByText('3 in all: 3 succeeded').waitFor({ timeout })
    await page.getByRole('button', { name: 'Resume the pilot' }).click()
    await page.getByRole('button', { name: 'Resume the pilot' }).waitFor({ state: 'detached', timeout })
    expect(faults).toEqual([])
    await context.close()
  })
})
