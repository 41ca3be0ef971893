import { cleanup, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { ProcessMap } from '#domain/process-map.ts'
import type { MoveCheck, MoveVerdict } from '#domain/views/control.ts'
import { map } from '../support/cases.ts'
import { priya } from '../support/people.ts'
import { aBatch, aPilot } from '../support/pilots.ts'
import { renderApp, type App } from '../support/render-app.tsx'
import { refuse, type Answers } from '../support/stub-api.ts'

type Row = MoveCheck['cases'][number]

function aRow(number: number, verdict: MoveVerdict, why: string | null = null): Row {
  return {
    caseId: `c${number}`,
    number,
    title: `Client ${number}`,
    fromVersion: 4,
    at: ['draft-welcome-pack'],
    verdict,
    refusal: why === null ? null : 'StepRemoved',
    why,
  }
}

function aPage(cases: Row[], change: Partial<MoveCheck> = {}): MoveCheck {
  const of = (verdict: MoveVerdict): number => cases.filter((row) => row.verdict === verdict).length
  return {
    pilotId: 'p',
    toVersion: 5,
    total: cases.length,
    canMove: of('can-move'),
    notNow: of('not-now'),
    cannotMove: of('cannot-move'),
    thereAlready: of('there-already'),
    unknown: of('unknown'),
    cases,
    next: null,
    ...change,
  }
}

const rows = [aRow(1, 'can-move'), aRow(2, 'not-now'), aRow(3, 'cannot-move', '“Set up accounts” is gone')]

/** The next version, in which one step is called otherwise. */
const nextMap: ProcessMap = {
  ...map,
  steps: map.steps.map((step) => (step.id === 'draft-welcome-pack' ? { ...step, id: 'draft-pack' } : step)),
}

let count = 0
function open(answers: Answers = {}, search = ''): App {
  count += 1
  const id = `m${count}`
  return renderApp(`/pilots/${id}/move${search}`, {
    pilot: () => aPilot({ id, versions: [5, 4] }),
    mapVersion: () => ({
      processId: 'onboarding',
      version: 5,
      map: nextMap,
      planHash: 'x',
      publishedAt: '2026-11-02T09:00:00.000Z',
      by: priya,
    }),
    moves: () => aPage(rows),
    ...answers,
  })
}

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

describe('moving cases to another version', { timeout: 30_000 }, () => {
  test('shows first what it would do, case by case, those that cannot with the reason on top', async () => {
    open()

    await screen.findByRole('heading', { name: '3 open: 1 can move, 1 can move a little later, 1 cannot' })

    const table = screen.getByRole('table')
    const [first] = within(table).getAllByRole('rowheader')
    expect(first?.textContent).toContain('Client 3')
    expect(within(table).getByText('“Set up accounts” is gone')).toBeTruthy()
    expect(within(table).getAllByText('Draft welcome pack')).toHaveLength(3)
  })

  test('looks at every page before it offers to move', async () => {
    open({
      moves: ({ query }) =>
        query.get('cursor') === null
          ? aPage([aRow(1, 'can-move')], { total: 2, next: 'more' })
          : aPage([aRow(2, 'can-move')], { total: 2 }),
    })

    await screen.findByRole('heading', { name: '2 open: 2 can move' })

    expect(screen.getByRole('button', { name: 'Move 2 cases' })).toBeTruthy()
  })

  test('starts with a reason, after saying how many move and how many stay', async () => {
    const app = open({
      moveCases: () => aBatch({ id: 'b-move', kind: 'move', toVersion: 5, total: 3 }),
      commandBatch: () => aBatch({ id: 'b-move', kind: 'move', toVersion: 5, total: 12 }),
    })
    await app.user.click(await screen.findByRole('button', { name: 'Move 2 cases' }))
    const asking = await screen.findByRole('dialog', { name: 'Move 2 cases to version 5?' })
    expect(within(asking).getByText(/1 move now, 1 as soon as .*; 1 stays in its version/)).toBeTruthy()

    await app.user.type(within(asking).getByRole('textbox'), 'New law')
    await app.user.click(within(asking).getByRole('button', { name: 'Move them' }))

    await waitFor(() =>
      expect(app.asked.find((asked) => asked.name === 'moveCases')?.body).toEqual({
        toVersion: 5,
        stepIds: {},
        newCases: true,
        reason: 'New law',
      }),
    )
    expect(await screen.findByText(/Moving \d+ cases to version 5/)).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Moving' })).toHaveProperty('disabled', true)
  })

  test('lets a step that is gone go on at one of its kind, and looks again', async () => {
    const app = open()

    await app.user.selectOptions(
      await screen.findByLabelText('Draft welcome pack'),
      'goes on at Draft welcome pack',
    )

    await waitFor(() => {
      const asked = app.asked.filter((item) => item.name === 'moves').at(-1)
      expect(asked?.query.get('steps')).toBe('draft-welcome-pack:draft-pack')
    })
  })

  test('says so when there is no other version, no open case, or no answer', async () => {
    open({ pilot: () => aPilot({ id: 'only', versions: [4] }) })
    await screen.findByRole('heading', { name: 'There is no other version' })
    cleanup()
    open({ moves: () => aPage([]) })
    await screen.findByRole('heading', { name: 'No case is open' })
    cleanup()
    open({
      moves: () => {
        throw refuse(500, 'Internal')
      },
    })
    expect((await screen.findByRole('alert')).textContent).toContain('No case was moved.')
  })

  test('is for the owner only', async () => {
    const app = open({
      pilot: () =>
        aPilot({
          id: 'other',
          versions: [5, 4],
          can: { change: false, startCase: false, command: false, move: false },
        }),
    })

    await screen.findByRole('heading', { name: 'Only the owner moves cases' })

    expect(app.asked.some((asked) => asked.name === 'moves')).toBe(false)
  })
})
