import { readFile, readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { historyFromJSON } from '@temporalio/common/lib/proto-utils'
import { DefaultLogger, Worker, bundleWorkflowCode } from '@temporalio/worker'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildWorkflows } from '#workers/build.ts'
import { quietRuntime } from './support/quiet-runtime.ts'

const folder = fileURLToPath(new URL('../histories/', import.meta.url))

type Recorded = { workflowId: string; history: ReturnType<typeof historyFromJSON> }

/** No server: what was recorded is run against the code of today. */
describe('recorded histories', () => {
  let recorded: Recorded[]
  beforeAll(async () => {
    quietRuntime()
    const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).toSorted()
    recorded = await Promise.all(
      files.map(async (file) => ({
        workflowId: file.replace(/\.json$/, ''),
        history: historyFromJSON(JSON.parse(await readFile(`${folder}${file}`, 'utf8'))),
      })),
    )
  })

  async function errorsOf(
    workflowBundle: { codePath: string } | { code: string },
    histories: Recorded[],
  ): Promise<Record<string, string>> {
    const errors: Record<string, string> = {}
    for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories)) {
      if (error !== undefined) errors[workflowId] = error.message
    }
    return errors
  }

  it('cover every way a case can go, and replay without a difference', async () => {
    const errors = await errorsOf({ codePath: await buildWorkflows() }, recorded)

    expect(recorded.map(({ workflowId }) => workflowId)).toEqual([
      's1-approved',
      's1-by-hand-after-the-model-failed',
      's1-cancelled-from-outside',
      's1-continued-after-a-cut',
      's1-late-and-led-away',
      's1-late-twice',
      's1-rules-and-the-desk',
      's1-sent-back-until-the-limit',
      's1-stopped-at-a-gate',
      's1-undone-and-decided-anew',
      's1-voted-edited-voted-anew',
      's2-a-list-with-a-failed-entry',
      's2-another-map-inside',
      's2-approved',
      's2-branches-and-the-first-of-two',
      's2-by-hand-after-the-model-failed',
      's2-cancelled-from-outside',
      's2-continued-after-a-cut',
      's2-does-not-fit',
      's2-late-and-led-away',
      's2-late-at-the-desk',
      's2-late-twice',
      's2-moved-to-another-version',
      's2-paused-by-hand-and-back',
      's2-rules-and-the-desk',
      's2-sent-back-until-the-limit',
      's2-stopped-and-undone',
      's2-stopped-at-a-gate',
      's2-undone-and-decided-anew',
      's2-voted-edited-voted-anew',
      's2-waited-messaged-and-late',
      's3-a-list-with-a-failed-entry',
      's3-another-map-inside',
      's3-approved',
      's3-branches-and-the-first-of-two',
      's3-by-hand-after-the-model-failed',
      's3-cancelled-from-outside',
      's3-continued-after-a-cut',
      's3-does-not-fit',
      's3-late-and-led-away',
      's3-late-at-the-desk',
      's3-late-twice',
      's3-moved-to-another-version',
      's3-moved-while-it-stood-still',
      's3-paused-by-hand-and-back',
      's3-rules-and-the-desk',
      's3-sent-back-until-the-limit',
      's3-stopped-and-undone',
      's3-stopped-at-a-gate',
      's3-stopped-inside-another-map',
      's3-undone-and-decided-anew',
      's3-voted-edited-voted-anew',
      's3-waited-messaged-and-late',
      's4-a-list-with-a-failed-entry',
      's4-another-map-inside',
      's4-approved',
      's4-branches-and-the-first-of-two',
      's4-by-hand-after-the-model-failed',
      's4-cancelled-from-outside',
      's4-continued-after-a-cut',
      's4-does-not-fit',
      's4-late-and-led-away',
      's4-late-at-the-desk',
      's4-late-twice',
      's4-moved-to-another-version',
      's4-moved-while-it-stood-still',
      's4-paused-by-hand-and-back',
      's4-rules-and-the-desk',
      's4-sent-back-until-the-limit',
      's4-stopped-and-undone',
      's4-stopped-at-a-gate',
      's4-stopped-inside-another-map',
      's4-undone-and-decided-anew',
      's4-voted-edited-voted-anew',
      's4-waited-messaged-and-late',
      's5-a-list-with-a-failed-entry',
      's5-another-map-inside',
      's5-approved',
      's5-branches-and-the-first-of-two',
      's5-by-hand-after-the-model-failed',
      's5-cancelled-from-outside',
      's5-continued-after-a-cut',
      's5-does-not-fit',
      's5-late-and-led-away',
      's5-late-at-the-desk',
      's5-late-twice',
      's5-moved-back-to-a-former-name',
      's5-moved-to-another-version',
      's5-moved-while-it-stood-still',
      's5-paused-by-hand-and-back',
      's5-rules-and-the-desk',
      's5-sent-back-until-the-limit',
      's5-stopped-and-undone',
      's5-stopped-at-a-gate',
      's5-stopped-inside-another-map',
      's5-undone-and-decided-anew',
      's5-voted-edited-voted-anew',
      's5-waited-messaged-and-late',
    ])
    expect(errors).toEqual({})
  })

  it('do not replay when two steps were swapped in the code', async () => {
    const swapped = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('support/swapped-workflows.ts', import.meta.url)),
      logger: new DefaultLogger('ERROR'),
    })

    const errors = await errorsOf(
      swapped,
      recorded.filter(({ workflowId }) => workflowId === 's1-approved'),
    )

    expect(errors['s1-approved']).toMatch(/TMPRL1100/)
  })
})
