import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser, visit, type Visitor } from './support/browser.ts'
import { caseAtReview, caseOf, decide, samplePilot, setPilot, taskOf } from './support/office.ts'

let browser: Browser
let pilotId: string
beforeAll(async () => {
  browser = await openBrowser()
  const pilot = await samplePilot()
  pilotId = pilot.id
  await setPilot(pilotId, { undoSeconds: 3, sampleColleagues: false })
})
afterAll(async () => browser.close())

async function readAs(persona: string, taskId: string): Promise<Visitor> {
  const visitor = await visit(browser, persona)
  await visitor.page.goto(`/tasks/${encodeURIComponent(taskId)}`)
  await visitor.page.getByRole('button', { name: /^Approve/ }).waitFor()
  // The first quarter of a second belongs to the eye: keys are not read yet.
  await visitor.page.waitForTimeout(400)
  return visitor
}

/** Ticks whatever asks to be checked, so that nothing stands in the way of an approval. */
async function tickAll({ page }: Visitor): Promise<void> {
  const open = page.getByRole('checkbox', { name: /I checked this/ })
  while ((await open.count()) > 0) await open.first().click()
}

/** Words on the page and words typed into its fields. */
async function everythingWritten({ page }: Visitor): Promise<string> {
  const typed = await page
    .locator('input, textarea')
    .evaluateAll((fields) => fields.map((field) => ('value' in field ? String(field.value) : '')))
  return [await page.locator('body').innerText(), ...typed].join('\n')
}

describe('a reviewer at the review workspace', () => {
  it('approves with one key, and the case goes on', async () => {
    const { caseId, task } = await caseAtReview(pilotId, 'Approved Ltd')
    const sam = await readAs('sam', task.id)
    await tickAll(sam)

    await sam.page.keyboard.press('a')

    await sam.page.getByText('Approved Approved Ltd').first().waitFor()
    const next = await taskOf(caseId, 'manual')
    expect(next.stepId).toBe('set-up-accounts')
    expect(sam.faults).toEqual([])
    await sam.context.close()
  })

  it('takes an approval back with one key while the window is open', async () => {
    const { caseId, task } = await caseAtReview(pilotId, 'Undone Ltd')
    const sam = await readAs('sam', task.id)
    await tickAll(sam)
    await sam.page.keyboard.press('a')
    await sam.page.getByText('Approved Undone Ltd').first().waitFor()
    await sam.page.waitForTimeout(400)

    await sam.page.keyboard.press('z')

    const again = await taskOf(caseId, 'review')
    expect(again.version).toBe(2)
    expect((await decide('sam', again, 'approve')).status).toBe(200)
    await sam.context.close()
  })

  it('sends back with a reason, and the next draft knows it', async () => {
    const { caseId, task } = await caseAtReview(pilotId, 'Sent back Ltd')
    const sam = await readAs('sam', task.id)

    await sam.page.keyboard.press('s')
    await sam.page.keyboard.press('3')
    await sam.page.keyboard.press('Control+Enter')

    await expect
      .poll(async () => (await caseOf(caseId)).story.some((line) => /sent/i.test(line.what)), {
        timeout: 20_000,
      })
      .toBe(true)
    const again = await taskOf(caseId, 'review')
    expect(again.draftNumber).toBe(2)
    expect(again.sentBack?.reason).toBe('Tone')
    expect(again.draft.map(({ value }) => value).join(' ')).toContain('Written again after: Tone.')
    await sam.context.close()
  })

  it('who comes second is told who was first, and keeps what they typed', async () => {
    const { task } = await caseAtReview(pilotId, 'Twice Ltd')
    const sam = await readAs('sam', task.id)
    await tickAll(sam)
    await sam.page.keyboard.press('e')
    await sam.page.keyboard.type('My own words ')
    expect((await decide('priya', task, 'approve')).status).toBe(200)

    await sam.page.keyboard.press('Control+Enter')

    await sam.page
      .getByText(/Priya Nair approved/)
      .first()
      .waitFor()
    await expect.poll(() => everythingWritten(sam)).toContain('My own words')
    await sam.context.close()
  })
})
