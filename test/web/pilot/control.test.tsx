import { cleanup, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { PilotDetail, StepFigures } from '#domain/views/pilots.ts'
import { batchParts } from '#web/pilot/control/batch-words.ts'
import { map } from '../support/cases.ts'
import { aBatch, aPilot } from '../support/pilots.ts'
import { renderApp, type App } from '../support/render-app.tsx'
import type { Answers } from '../support/stub-api.ts'
import { aCanvas, someSteps } from './figures.ts'

const steps = someSteps(map.steps.map((step) => step.id))

function figures(change: Partial<StepFigures> = {}): StepFigures {
  const found = steps.find((step) => step.stepId === 'draft-welcome-pack')
  if (found === undefined) throw new Error('no such step')
  return { ...found, ...change }
}

// Each test has a pilot of its own: what was shown of a command for one stays until it is put away.
let count = 0
function open(change: Partial<PilotDetail>, answers: Answers = {}, search = '?tab=list'): App {
  count += 1
  const id = `p${count}`
  return renderApp(`/pilots/${id}${search}`, {
    pilot: () => aPilot({ id, ...change }),
    canvas: () => aCanvas({ steps }),
    cases: () => ({ items: [], next: null }),
    stepPanel: ({ params }) => ({
      stepId: params.stepId,
      figures: figures({ atDesk: 3 }),
      curve: { pilot: [], baseline: null },
      waitingCases: [],
      waitingTotal: 4,
    }),
    ...answers,
  })
}

function told(app: App): unknown[] {
  return app.asked.filter((asked) => asked.name === 'commandPilot').map((asked) => asked.body)
}

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

// Whole pages, on a machine that may be busy with other things.
describe('the controls of a pilot', { timeout: 30_000 }, () => {
  test('pause it after saying how many cases stand still, then show parts that add up', async () => {
    let left = 3
    const app = open(
      {},
      {
        commandPilot: () =>
          aBatch({ id: 'b-pause', succeeded: 0, failed: 0, skipped: 0, pending: 12, trying: 0, waiting: 0 }),
        commandBatch: () => {
          left = Math.max(0, left - 1)
          return left > 0
            ? aBatch({ id: 'b-pause' })
            : aBatch({ id: 'b-pause', status: 'done', succeeded: 9, pending: 0, trying: 0, waiting: 0 })
        },
      },
    )
    await app.user.click(await screen.findByRole('button', { name: /^Pause/ }))
    await app.user.click(await screen.findByRole('menuitem', { name: 'Pause the pilot' }))
    const asking = await screen.findByRole('dialog', { name: /^Pause/ })
    expect(within(asking).getByText(/The 12 open cases stand still/)).toBeTruthy()

    await app.user.type(within(asking).getByRole('textbox'), 'Stocktaking')
    await app.user.click(within(asking).getByRole('button', { name: 'Pause the pilot' }))

    await waitFor(() => expect(told(app)).toEqual([{ kind: 'pause', reason: 'Stocktaking' }]))
    const batch = await screen.findByRole('region', { name: 'Command for many cases' })
    await within(batch).findByText(
      /12 in all: 5 succeeded, 1 failed, 2 skipped, 1 trying, 1 waiting for a safe point, 2 to go/,
    )
    await within(batch).findByText(/12 in all: 9 succeeded, 1 failed, 2 skipped$/, {}, { timeout: 8_000 })
    await app.user.click(within(batch).getByRole('button', { name: 'Put this away' }))
    await waitFor(() => expect(screen.queryByRole('region', { name: 'Command for many cases' })).toBeNull())
  })

  test('show that it is paused, what is by hand, and the way back', async () => {
    const app = open(
      { status: 'paused', byHandSteps: ['draft-welcome-pack'] },
      {
        commandPilot: () =>
          aBatch({
            id: 'b-back',
            kind: 'come-back',
            total: 0,
            succeeded: 0,
            failed: 0,
            skipped: 0,
            pending: 0,
            trying: 0,
            waiting: 0,
            status: 'done',
          }),
      },
    )

    await screen.findByRole('button', { name: 'Resume the pilot' })
    expect(screen.getByRole('group', { name: /Draft welcome pack.*done by hand for now/ })).toBeTruthy()
    await app.user.click(screen.getByRole('button', { name: 'With AI again at Draft welcome pack' }))

    await waitFor(() => expect(told(app)).toEqual([{ kind: 'come-back', stepId: 'draft-welcome-pack' }]))
    expect(await screen.findByText(/no open case/)).toBeTruthy()
  })

  test('let one step be done by hand from its panel, saying how many are there', async () => {
    const app = open(
      {},
      { commandPilot: () => aBatch({ id: 'b-hand', kind: 'go-by-hand' }) },
      '?tab=list&step=draft-welcome-pack',
    )
    await app.user.click(await screen.findByRole('button', { name: 'Do this step by hand' }))
    const asking = await screen.findByRole('dialog', { name: '“Draft welcome pack” by hand?' })
    expect(within(asking).getByText(/in all 12 open cases and in new ones\. 4 are there now\./)).toBeTruthy()

    await app.user.type(within(asking).getByRole('textbox'), 'Model is down')
    await app.user.click(within(asking).getByRole('button', { name: 'Do this step by hand' }))

    await waitFor(() =>
      expect(told(app)).toEqual([
        { kind: 'go-by-hand', stepId: 'draft-welcome-pack', reason: 'Model is down' },
      ]),
    )
  })

  test('try everything at the exception desk of a step again, and tell which came back', async () => {
    const app = open(
      {},
      {
        commandPilot: () =>
          aBatch({
            id: 'b-retry',
            kind: 'retry',
            stepId: 'draft-welcome-pack',
            status: 'done',
            total: 3,
            succeeded: 2,
            failed: 1,
            skipped: 0,
            pending: 0,
            trying: 0,
            waiting: 0,
            told: [
              { caseId: 'c9', number: 9, title: 'Norvik', status: 'failed', why: 'The AI did not answer' },
            ],
          }),
      },
      '?tab=list&step=draft-welcome-pack',
    )
    await app.user.click(await screen.findByRole('button', { name: 'Try 3 again' }))
    await app.user.click(await screen.findByRole('button', { name: 'Try 3 cases again' }))

    await waitFor(() => expect(told(app)).toEqual([{ kind: 'retry', stepId: 'draft-welcome-pack' }]))
    const batch = await screen.findByRole('region', { name: 'Command for many cases' })
    expect(within(batch).getByText('3 in all: 2 succeeded, 1 failed')).toBeTruthy()
    await app.user.click(within(batch).getByText('Show 1 that did not simply succeed'))
    expect(within(batch).getByRole('link', { name: 'Norvik' }).getAttribute('href')).toBe('/cases/c9')
    expect(within(batch).getByText('The AI did not answer')).toBeTruthy()
  })

  test('show a command that somebody else gave', async () => {
    open(
      { batch: aBatch({ id: 'b-other', kind: 'go-by-hand' }) },
      { commandBatch: () => aBatch({ id: 'b-other', kind: 'go-by-hand' }) },
    )

    expect(await screen.findByText('12 cases go by hand')).toBeTruthy()
  })

  test('are not there for whoever may only look', async () => {
    open(
      {
        status: 'paused',
        byHand: true,
        can: { change: false, startCase: false, command: false, move: false },
      },
      {},
      '?tab=list&step=draft-welcome-pack',
    )

    await screen.findByText(/No case begins/)
    await screen.findByRole('heading', { name: 'Also at this step' })

    expect(
      screen.queryByRole('button', { name: /Resume|With AI again|^Pause|Do this step|Try 3/ }),
    ).toBeNull()
  })
})

describe('the parts of a command for many cases', () => {
  test('add up to the whole, however far it is', () => {
    for (const batch of [aBatch(), aBatch({ pending: 0, trying: 0, waiting: 0, succeeded: 9 })]) {
      expect(batchParts(batch).reduce((sum, part) => sum + part.n, 0)).toBe(batch.total)
    }
  })
})
