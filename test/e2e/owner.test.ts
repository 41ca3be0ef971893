import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onboardingMap } from '#samples/client-onboarding/map.ts'
import { openBrowser, visit } from './support/browser.ts'
import { samplePilot } from './support/office.ts'

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(async () => browser.close())

/** Forty cases of two steps by hand, one row with an end before its start. */
function aLog(): string {
  const rows = Array.from({ length: 40 }, (_, index) => {
    const day = String(1 + (index % 27)).padStart(2, '0')
    return [
      `C${index},Check contract,2026-09-${day}T09:00:00Z,2026-09-${day}T09:${20 + (index % 30)}:00Z,Ann`,
      `C${index},Draft welcome pack,2026-09-${day}T11:00:00Z,2026-09-${day}T12:00:00Z,Bo`,
    ]
  })
  const broken = 'C0,Check contract,2026-09-01T15:00:00Z,2026-09-01T14:00:00Z,Ann'
  return ['case,activity,start,end,person', ...rows.flat(), broken, ''].join('\n')
}

describe('an owner', () => {
  it('imports a zipped log as a baseline, leaving out the row that is listed', async () => {
    const { processId } = await samplePilot()
    const { page, context, faults } = await visit(browser, 'priya')
    await page.goto(`/processes/${processId}/baseline`)
    await page.getByText('Import another log').first().click()

    await page.locator('input[type=file]').setInputFiles({
      name: 'by-hand.csv.gz',
      mimeType: 'application/gzip',
      buffer: gzipSync(aLog()),
    })
    await page.getByText('40 cases').waitFor()
    const importing = page.getByRole('button', { name: 'Import as the baseline' })
    expect(await importing.isDisabled()).toBe(true)
    await page.getByText(/82/).first().waitFor()
    await page.getByRole('checkbox', { name: /[Ll]eave out/ }).click()
    await importing.click()
    await page.getByRole('button', { name: 'See the baseline' }).click()

    await page.getByText('Baseline 2').first().waitFor()
    await page
      .getByText(/40 cases/)
      .first()
      .waitFor()
    expect(faults).toEqual([])
    await context.close()
  })

  it('starts a case by the form that the map asks for, and sees it', async () => {
    const pilot = await samplePilot()
    const { page, context, faults } = await visit(browser, 'priya')
    await page.goto(`/pilots/${pilot.id}/start`)
    await page.getByRole('button', { name: 'Start case' }).click()
    await page
      .getByText(/[Cc]lient/)
      .first()
      .waitFor()

    for (const { field: name, required } of onboardingMap.intake) {
      const field = onboardingMap.fields.find((candidate) => candidate.name === name)
      if (!required || field === undefined) continue
      const input = page.getByLabel(field.label, { exact: true })
      if (field.type === 'number') await input.fill('480')
      else if (field.type === 'date') await input.fill('2027-01-04')
      else await input.fill(`Formed ${field.label}`)
    }
    await page.getByRole('button', { name: 'Start case' }).click()

    await page
      .getByRole('link', { name: /Formed Client|[Ss]ee the case|Open the case/ })
      .first()
      .click()
    await page.getByText('Waiting for').first().waitFor()
    expect(faults).toEqual([])
    await context.close()
  })

  it('makes the other sample in one click, and deletes it in one', async () => {
    const { page, context, faults } = await visit(browser, 'priya')
    await page.goto('/')

    await page.getByRole('button', { name: /^Make(?! again)/ }).click()
    await page.getByRole('heading', { name: 'Supplier invoice exceptions' }).waitFor()
    await page.goto('/')
    await page
      .getByRole('listitem')
      .filter({ hasText: 'Supplier invoice exceptions' })
      .getByRole('button', { name: /Delete/ })
      .click()

    await page.getByRole('button', { name: /^Make(?! again)/ }).waitFor()
    expect(faults).toEqual([])
    await context.close()
  })
})
