import { cleanup, screen, waitFor } from '@testing-library/react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Field } from '#domain/process-map.ts'
import type { PilotDetail } from '#domain/views/pilots.ts'
import { aMapOf, end } from '../pilot/maps.ts'
import { priya } from '../support/people.ts'
import { renderApp, type App } from '../support/render-app.tsx'
import { refuse, type Answers } from '../support/stub-api.ts'

const field: Pick<Field, 'choices' | 'sensitivity'> = { choices: [], sensitivity: 'internal' }

const pilot: PilotDetail = {
  id: 'p',
  processId: 'onboarding',
  processName: 'Client onboarding',
  owner: priya,
  sample: false,
  status: 'running',
  mapVersion: 1,
  startedAt: '2026-11-01T09:00:00.000Z',
  decideBy: '2027-02-01T09:00:00.000Z',
  day: 1,
  days: 90,
  running: 0,
  finished: 0,
  cancelled: 0,
  map: {
    ...aMapOf([end('done')], []),
    fields: [
      { ...field, name: 'client', label: 'Client', type: 'text', hint: 'Legal name' },
      { ...field, name: 'fee', label: 'Monthly fee', type: 'number', hint: '' },
    ],
    intake: [
      { field: 'client', required: true },
      { field: 'fee', required: false },
    ],
  },
  undoSeconds: 10,
  sampleColleagues: null,
  baseline: null,
  byHand: false,
  byHandSteps: [],
  batch: null,
  versions: [1],
  can: { change: true, startCase: true, command: true, move: true },
}

function open(answers: Answers): App {
  return renderApp('/pilots/p/start', { pilot: () => pilot, ...answers })
}

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

describe('starting one case', () => {
  test('sends what was filled in and leads to the case', async () => {
    const app = open({ startCase: () => ({ caseId: 'c1', number: 61, title: 'Norvik Studio' }) })

    await app.user.type(await screen.findByRole('textbox', { name: 'Client' }), 'Norvik Studio')
    await app.user.type(screen.getByRole('textbox', { name: 'Monthly fee optional' }), '410')
    await app.user.click(screen.getByRole('button', { name: 'Start case' }))

    expect((await screen.findByRole('link', { name: 'Open the case' })).getAttribute('href')).toBe(
      '/cases/c1',
    )
    expect(app.asked.find((asked) => asked.name === 'startCase')?.body).toEqual({
      values: { client: 'Norvik Studio', fee: 410 },
    })
  })

  test('says at the field what is missing, and sends nothing', async () => {
    const app = open({})

    await app.user.click(await screen.findByRole('button', { name: 'Start case' }))

    const client = screen.getByRole('textbox', { name: 'Client' })
    expect(client.getAttribute('aria-invalid')).toBe('true')
    expect(document.activeElement).toBe(client)
    const told = document.getElementById(client.getAttribute('aria-describedby') ?? '')
    expect(told?.textContent).toBe('Fill this in: no case starts without it. Legal name')
    expect(app.asked.some((asked) => asked.name === 'startCase')).toBe(false)
  })

  test('shows at the field what the server found, and keeps what was typed', async () => {
    const app = open({
      startCase: () => {
        throw refuse(422, 'ValuesInvalid', {
          errors: [{ field: 'values.client', message: 'This client is known.', mend: 'Add a year.' }],
        })
      },
    })

    await app.user.type(await screen.findByRole('textbox', { name: 'Client' }), 'Norvik')
    await app.user.click(screen.getByRole('button', { name: 'Start case' }))

    expect(await screen.findByText('This client is known. Add a year.')).toBeTruthy()
    expect(screen.getByRole('textbox', { name: 'Client' })).toHaveProperty('value', 'Norvik')
  })
})

describe('starting many cases', () => {
  const file = (text: string): File => new File([text], 'cases.csv', { type: 'text/csv' })

  async function choose(app: App, text: string): Promise<void> {
    await app.user.click(await screen.findByRole('radio', { name: 'Many from a file' }))
    await app.user.upload(screen.getByLabelText('Choose or drop a CSV file'), file(text))
  }

  test('asks for the columns that no case can do without', async () => {
    const app = open({})

    await choose(app, 'Monthly fee\n410\n')

    expect(await screen.findByText(/No case can start without Client/)).toBeTruthy()
    expect(screen.queryByRole('button', { name: /Start a case for every row/ })).toBeNull()
  })

  test('lists faulty rows and leaves out exactly those, by choice', async () => {
    const app = open({
      startCases: ({ query }) => {
        if (query.get('skipFaulty') !== 'true') {
          throw refuse(422, 'RowsRejected', {
            rows: [{ row: 3, field: 'Monthly fee', message: '“much” is no number' }],
            total: 1,
          })
        }
        return { id: 'b1', pilotId: 'p', status: 'working', total: 2, started: 0, refused: 0 }
      },
      caseBatch: () => ({ id: 'b1', pilotId: 'p', status: 'done', total: 2, started: 2, refused: 0 }),
    })

    await choose(app, 'Client,Monthly fee\nA,1\nB,much\nC,3\n')
    await app.user.click(await screen.findByRole('button', { name: 'Start a case for every row' }))
    expect(await screen.findByText('“much” is no number')).toBeTruthy()
    await app.user.click(screen.getByRole('button', { name: 'Leave out this row and start the rest' }))

    expect(await screen.findByRole('heading', { name: '2 cases are under way' })).toBeTruthy()
    await waitFor(() => expect(app.asked.filter((asked) => asked.name === 'startCases')).toHaveLength(2))
    expect(screen.getByRole('link', { name: 'See the cases' }).getAttribute('href')).toContain('/pilots/p')
  })
})
