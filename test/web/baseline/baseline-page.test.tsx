import { cleanup, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Upload, UploadCheck } from '#domain/views/baselines.ts'
import type { ProcessDetail } from '#domain/views/processes.ts'
import { samples } from '#samples/index.ts'
import { priya } from '../support/people.ts'
import { renderApp, type App } from '../support/render-app.tsx'
import type { Answers } from '../support/stub-api.ts'

const [sample] = samples
if (sample === undefined) throw new Error('There is no sample')
const map = sample.map

const process: ProcessDetail = {
  id: 'onboarding',
  name: map.name,
  owner: priya,
  sample: false,
  publishedVersion: null,
  pilotId: null,
  baselineId: null,
  draft: map,
  revision: 1,
  problems: [],
  versions: [],
}

const upload: Upload = {
  id: 'u1',
  fileName: 'log.csv',
  bytes: 100,
  sha256: 'ab',
  gzip: false,
  delimiter: ',',
  columns: ['case', 'step', 'done', 'note'],
  sampleRows: [['1', 'Contract check', '03/04/2026', '']],
  rowsSeen: 12,
  mapping: {
    case: 'case',
    activity: 'step',
    start: null,
    end: 'done',
    resource: null,
    enabled: null,
    lifecycle: null,
    instanceId: null,
    zone: null,
    dateOrder: null,
  },
  questions: ['Is 03/04/2026 in March or in April?'],
}

const check: UploadCheck = {
  rows: 12,
  cases: 4,
  rejected: [{ row: 7, reason: 'Not a date', value: 'soon' }],
  rejectedTotal: 1,
  activities: [
    { activity: 'Contract check', rows: 6, stepId: 'check-contract', score: 0.7 },
    { activity: 'Archive', rows: 5, stepId: null, score: 0 },
  ],
  firstAt: null,
  lastAt: null,
}

/** Answers the upload at once, as a server on the same machine nearly does. */
class UploadRequest extends EventTarget {
  status = 201
  responseText = JSON.stringify(upload)
  upload = new EventTarget()
  open(): void {}
  setRequestHeader(): void {}
  abort(): void {}
  send(): void {
    queueMicrotask(() => this.dispatchEvent(new Event('load')))
  }
}

function open(answers: Answers = {}): App {
  const app = renderApp('/processes/onboarding/baseline', {
    process: () => process,
    baselines: () => [],
    checkUpload: () => check,
    ...answers,
  })
  vi.stubGlobal('XMLHttpRequest', UploadRequest)
  return app
}

async function choose(app: App): Promise<void> {
  await app.user.upload(await screen.findByLabelText('Choose or drop a log file'), new File(['x'], 'log.csv'))
  await screen.findByRole('heading', { name: 'Step names' })
}

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

describe('the baseline import', () => {
  test('shows the guessed columns with the first rows, and asks what the file leaves open', async () => {
    const app = open()

    await choose(app)

    expect(screen.getByText('Is 03/04/2026 in March or in April?')).toBeTruthy()
    expect(screen.getByRole('combobox', { name: 'Case' })).toHaveProperty('value', 'case')
    expect(screen.getByRole('columnheader', { name: /not used\s*note/ })).toBeTruthy()
  })

  test('checks again with the columns that were changed', async () => {
    const app = open()
    await choose(app)

    await app.user.selectOptions(screen.getByRole('combobox', { name: 'Dates such as 03/04/2026' }), 'dmy')

    await waitFor(() =>
      expect(app.asked.filter((asked) => asked.name === 'checkUpload').at(-1)?.body).toEqual({
        mapping: { ...upload.mapping, dateOrder: 'dmy' },
      }),
    )
  })

  test('imports only when the rejected rows are left out by choice, with the names as matched', async () => {
    const app = open({
      importBaseline: () => ({
        id: 'i1',
        status: 'reading',
        progress: { done: 0, total: 12, what: 'Reading rows' },
        baselineId: null,
        problem: null,
      }),
      baselineImport: () => ({
        id: 'i1',
        status: 'done',
        progress: { done: 12, total: 12, what: 'Reading rows' },
        baselineId: 'b1',
        problem: null,
      }),
    })
    await choose(app)
    const rejected = screen.getByRole('region', { name: 'Rejected rows' })
    expect(within(rejected).getByRole('row', { name: '7 Not a date soon' })).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Import as the baseline' }).hasAttribute('disabled')).toBe(true)
    expect(screen.getByText('70 % alike, please check')).toBeTruthy()

    await app.user.selectOptions(
      screen.getByRole('combobox', { name: 'Archive is the step' }),
      'set-up-accounts',
    )
    await app.user.click(screen.getByRole('checkbox', { name: 'Leave out exactly this row' }))
    await app.user.click(screen.getByRole('button', { name: 'Import as the baseline' }))

    expect(await screen.findByRole('button', { name: 'See the baseline' })).toBeTruthy()
    expect(app.asked.find((asked) => asked.name === 'importBaseline')?.body).toMatchObject({
      stepNames: { 'Contract check': 'check-contract', Archive: 'set-up-accounts' },
      calendar: map.calendar,
      skipRejected: true,
      sampleData: false,
    })
  })

  test('says why an import failed and leads back to the columns', async () => {
    const failed = {
      id: 'i1',
      status: 'failed',
      progress: { done: 3, total: 12, what: 'Reading rows' },
      baselineId: null,
      problem: 'The file changed on the way.',
    } as const
    const app = open({ importBaseline: () => failed, baselineImport: () => failed })
    await choose(app)
    await app.user.click(screen.getByRole('checkbox', { name: 'Leave out exactly this row' }))
    await app.user.click(screen.getByRole('button', { name: 'Import as the baseline' }))

    expect((await screen.findByRole('alert')).textContent).toContain('The file changed on the way.')
    await app.user.click(screen.getByRole('button', { name: 'Back to the columns' }))
    expect(await screen.findByRole('heading', { name: 'Columns' })).toBeTruthy()
  })
})
