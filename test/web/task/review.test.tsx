import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { BodyOf } from '#domain/contract.ts'
import { DecisionBody, type DecisionReply } from '#domain/views/tasks.ts'
import { deliver } from '#web/task/outbox.ts'
import { maya } from '../support/people.ts'
import { renderAgain, renderApp, type App } from '../support/render-app.tsx'
import { noAnswer, refuse, type Answers } from '../support/stub-api.ts'
import { aPlainReview, aReply, aReview, aTaskSummary, anInbox } from '../support/tasks.ts'

const path = '/tasks/task-halden'
const queue = anInbox([aTaskSummary(), aTaskSummary({ id: 'task-quillmark', caseTitle: 'Quillmark Press' })])

function decided({ params, body }: { params: { taskId: string }; body: BodyOf<'decide'> }): DecisionReply {
  return aReply({
    decisionId: body.decisionId,
    taskId: params.taskId,
    action: body.action,
    undoUntil: new Date(Date.now() + 10_000).toISOString(),
  })
}

function answers(over: Answers = {}): Answers {
  return {
    inbox: () => queue,
    task: ({ params }) =>
      params.taskId === 'task-halden'
        ? aPlainReview()
        : aPlainReview({ id: params.taskId, caseTitle: 'Quillmark Press', version: 1, shownHash: 'hash-q' }),
    decide: decided,
    ...over,
  }
}

function sent(app: App): BodyOf<'decide'>[] {
  return app.asked.flatMap(({ name, body }) => (name === 'decide' ? [DecisionBody.parse(body)] : []))
}

async function open(over: Answers = {}): Promise<App> {
  const app = renderApp(path, answers(over))
  await screen.findByRole('heading', { name: 'Halden Reeve Architects' })
  return app
}

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('approving', () => {
  it('takes one key, says what was on screen, and moves on to the next item', async () => {
    const app = await open()

    await app.user.keyboard('a')

    await screen.findByRole('heading', { name: 'Quillmark Press' })
    expect(sent(app)).toEqual([
      expect.objectContaining({ action: 'approve', taskVersion: 3, shownHash: 'hash-3', values: null }),
    ])
    expect(screen.getByText('Approved Halden Reeve Architects')).toBeTruthy()
  })

  it('does not let a late key decide the item after', async () => {
    const app = await open()
    const now = performance.now()
    vi.spyOn(performance, 'now').mockReturnValue(now)

    await app.user.keyboard('a')
    await screen.findByRole('heading', { name: 'Quillmark Press' })
    await app.user.keyboard('a')
    expect(sent(app)).toHaveLength(1)

    vi.spyOn(performance, 'now').mockReturnValue(now + 251)
    await app.user.keyboard('a')
    await waitFor(() => expect(sent(app)).toHaveLength(2))
  })

  it('waits for the tick of a field that asks to be checked', async () => {
    const app = await open({ task: () => aReview() })

    await app.user.keyboard('a')
    expect(sent(app)).toEqual([])
    expect(document.activeElement).toBe(
      screen.getByRole('checkbox', { name: /I checked this ?: People on payroll/ }),
    )
    expect(screen.getByText('1 field to check first: People on payroll')).toBeTruthy()

    await app.user.keyboard(' ')
    await app.user.keyboard('a')
    await waitFor(() => expect(sent(app)).toHaveLength(1))
  })

  it('counts a new value as checked', async () => {
    const app = await open({ task: () => aReview() })

    await app.user.click(screen.getByRole('button', { name: 'Use 12' }))
    await app.user.keyboard('a')

    await waitFor(() => expect(sent(app)[0]).toMatchObject({ action: 'edit', values: { payroll: 12 } }))
  })

  it('never happens while one types', async () => {
    const app = await open()

    await app.user.type(screen.getByLabelText('Client'), ' a')

    expect(sent(app)).toEqual([])
  })
})

describe('editing', () => {
  it('begins with the very key after E, also where words were compared', async () => {
    const app = await open()
    await app.user.type(screen.getByLabelText('Client'), ' & Co')
    await app.user.click(screen.getByRole('heading', { name: 'Halden Reeve Architects' }))
    await app.user.keyboard('d')

    // Without a pause in between: nothing is left to a later paint.
    fireEvent.keyDown(document.body, { key: 'e' })

    expect(document.activeElement).toBe(screen.getByLabelText('Client'))
  })

  it('sends the whole draft with the change, from within the field by Ctrl+Enter', async () => {
    const app = await open()

    await app.user.type(screen.getByLabelText('Client'), ' & Co')
    await app.user.keyboard('{Control>}{Enter}{/Control}')

    await waitFor(() => expect(sent(app)).toHaveLength(1))
    expect(sent(app)[0]).toMatchObject({
      action: 'edit',
      values: { client: 'Halden Reeve Architects LLP & Co', letter: 'Dear Ines.' },
    })
  })

  it('is an approval when the text is the draft again', async () => {
    const app = await open()

    await app.user.type(screen.getByLabelText('Client'), '!')
    await app.user.keyboard('{Backspace}')
    await app.user.keyboard('{Escape}')
    await app.user.keyboard('a')

    await waitFor(() => expect(sent(app)[0]).toMatchObject({ action: 'approve', values: null }))
  })

  it('is not sent with a value that does not fit', async () => {
    const app = await open({ task: () => aReview() })

    await app.user.clear(screen.getByLabelText('People on payroll'))
    await app.user.type(screen.getByLabelText('People on payroll'), 'about 14')
    await app.user.keyboard('{Control>}{Enter}{/Control}')

    expect(sent(app)).toEqual([])
    expect(screen.getByText(/This is not a number/)).toBeTruthy()
  })

  it('offers the correction as an example with one click', async () => {
    const app = await open({ addExample: () => refuseNothing() })

    await app.user.type(screen.getByLabelText('Client'), '!')
    await app.user.keyboard('{Control>}{Enter}{/Control}')
    await app.user.click(await screen.findByRole('button', { name: 'Make it an example' }))

    const asked = app.asked.find(({ name }) => name === 'addExample')
    expect(asked?.params['decisionId']).toBe(sent(app)[0]?.decisionId)
  })
})

describe('sending back', () => {
  it('takes three keys: S, the number of the reason, Enter', async () => {
    const app = await open()

    await app.user.keyboard('s3{Enter}')

    await waitFor(() =>
      expect(sent(app)[0]).toMatchObject({ action: 'send-back', reason: 'Tone', note: null }),
    )
  })

  it('takes a note along', async () => {
    const app = await open()

    await app.user.keyboard('s1')
    await app.user.type(screen.getByLabelText('Note (optional)'), 'The year is wrong')
    await app.user.keyboard('{Control>}{Enter}{/Control}')

    await waitFor(() =>
      expect(sent(app)[0]).toMatchObject({ reason: 'Wrong fact', note: 'The year is wrong' }),
    )
  })

  it('starts from the number of a reason as well', async () => {
    const app = await open()

    await app.user.keyboard('2')
    expect(sent(app)).toEqual([])
    await app.user.keyboard('{Enter}')

    await waitFor(() => expect(sent(app)[0]).toMatchObject({ action: 'send-back', reason: 'Missing' }))
  })

  it('decides nothing without a reason', async () => {
    const app = await open()

    await app.user.keyboard('s{Enter}')

    expect(sent(app)).toEqual([])
  })

  it('closes by Escape and leaves the item as it was', async () => {
    const app = await open()

    await app.user.keyboard('s{Escape}')

    expect(screen.queryByLabelText('Note (optional)')).toBe(null)
    expect(sent(app)).toEqual([])
  })
})

describe('by hand and reject', () => {
  it.each([
    ['b3{Enter}', { action: 'by-hand', reason: 'Faster by hand' }],
    ['r2{Enter}', { action: 'reject', reason: 'Missing' }],
  ])('%s', async (keys, decision) => {
    const app = await open()

    await app.user.keyboard(keys)

    await waitFor(() => expect(sent(app)[0]).toMatchObject(decision))
  })
})

describe('taking back', () => {
  it('by Z opens the item again, with the text that had been typed', async () => {
    let version = 3
    const app = await open({
      task: ({ params }) =>
        params.taskId === 'task-halden'
          ? aPlainReview({ version, shownHash: `hash-${version}` })
          : aPlainReview({ id: params.taskId, caseTitle: 'Quillmark Press' }),
      undo: () => {
        version = 4
        return { taskId: 'task-halden', taskVersion: 4 }
      },
    })

    await app.user.type(screen.getByLabelText('Client'), '!')
    await app.user.keyboard('{Control>}{Enter}{/Control}')
    await screen.findByRole('heading', { name: 'Quillmark Press' })
    await new Promise((resolve) => setTimeout(resolve, 300))
    await app.user.keyboard('z')

    await screen.findByRole('heading', { name: 'Halden Reeve Architects' })
    expect(screen.getByLabelText<HTMLTextAreaElement>('Client').value).toBe('Halden Reeve Architects LLP!')
    await app.user.keyboard('{Escape}')
    await new Promise((resolve) => setTimeout(resolve, 300))
    await app.user.keyboard('a')
    await waitFor(() => expect(sent(app)).toHaveLength(2))
    expect(sent(app)[1]?.taskVersion).toBe(4)
    expect(sent(app)[1]?.decisionId).not.toBe(sent(app)[0]?.decisionId)
  })

  it('says so when it is too late', async () => {
    const app = await open({
      undo: () => {
        throw refuse(409, 'UndoClosed')
      },
    })

    await app.user.keyboard('a')
    await screen.findByRole('heading', { name: 'Quillmark Press' })
    await app.user.click(screen.getByRole('button', { name: 'Undo' }))

    await screen.findAllByText('Too late to undo: the case has gone on.')
  })
})

describe('a decision that gets no answer', () => {
  it('is kept, and sent again with the same id', async () => {
    let isDown = true
    const app = await open({
      decide: (asked) => {
        if (isDown) throw noAnswer()
        return decided(asked)
      },
    })

    await app.user.keyboard('a')
    await screen.findByText('Not sent yet')
    isDown = false
    await app.user.click(screen.getByRole('button', { name: 'Send again now' }))

    await screen.findByRole('heading', { name: 'Quillmark Press' })
    const ids = sent(app).map(({ decisionId }) => decisionId)
    expect(ids.length).toBeGreaterThanOrEqual(2)
    expect(new Set(ids).size).toBe(1)
  })

  it('goes out by itself after a reload', async () => {
    const first = await open({
      decide: () => {
        throw noAnswer()
      },
    })
    await first.user.keyboard('a')
    await screen.findByText('Not sent yet')
    cleanup()

    const again = renderAgain('/inbox', answers())

    await waitFor(() => expect(sent(again)).toHaveLength(1))
    expect(sent(again)[0]?.decisionId).toBe(sent(first)[0]?.decisionId)
    await screen.findAllByText('Approved Halden Reeve Architects')
  })

  it('can be changed, and what had arrived after all is told', async () => {
    let calls = 0
    const app = await open({
      decide: () => {
        calls += 1
        throw calls === 1 ? noAnswer() : refuse(409, 'DecisionIdReused')
      },
      decision: ({ params }) => aReply({ decisionId: params.decisionId, action: 'approve' }),
    })

    await app.user.keyboard('a')
    await app.user.click(await screen.findByRole('button', { name: 'Change my decision' }))
    await app.user.keyboard('s1{Enter}')

    await screen.findAllByText('Approved Halden Reeve Architects')
  })

  it('is not sent twice at once', async () => {
    const app = await open({
      decide: () => {
        throw refuse(503, 'EngineUnavailable')
      },
    })

    await app.user.keyboard('a')
    await screen.findByText('Not sent yet')
    const before = sent(app).length
    await Promise.all([deliver('task-halden'), deliver('task-halden')])

    expect(sent(app)).toHaveLength(before + 1)
  })
})

describe('a decision that is being checked', () => {
  it('is asked after until it is known', async () => {
    const app = await open({
      decide: (asked) => ({ ...decided(asked), status: 'checking' }),
      decision: ({ params }) => aReply({ decisionId: params.decisionId }),
    })

    await app.user.keyboard('a')

    await screen.findByText('Your decision has arrived')
    await screen.findByRole('heading', { name: 'Quillmark Press' }, { timeout: 3_000 })
  })
})

describe('a draft that changed while one was reading', () => {
  it('is not decided; the difference is shown and what was typed stays', async () => {
    let isNewer = false
    const app = await open({
      task: ({ params }) =>
        aPlainReview({
          id: params.taskId,
          ...(isNewer
            ? {
                version: 4,
                shownHash: 'hash-4',
                draft: aPlainReview().draft.map((draft) =>
                  draft.field.name === 'letter' ? { ...draft, value: 'Dear Ms Halden.' } : draft,
                ),
              }
            : {}),
        }),
      decide: (asked) => {
        if (asked.body.taskVersion === 4) return decided(asked)
        isNewer = true
        throw refuse(409, 'TaskStale', { version: 4 })
      },
    })

    await app.user.type(screen.getByLabelText('Client'), '!')
    await app.user.keyboard('{Control>}{Enter}{/Control}')

    const card = await screen.findByRole('alert')
    await within(card).findByRole('heading', { name: 'The draft changed while you were reading' })
    await waitFor(() => expect(card.querySelector('ins')?.textContent ?? '').toContain('Ms'))
    await app.user.click(await within(card).findByRole('button', { name: 'Go on with my text' }))
    expect(screen.getByLabelText<HTMLTextAreaElement>('Client').value).toBe('Halden Reeve Architects LLP!')
    expect(screen.getByLabelText<HTMLTextAreaElement>('Welcome letter').value).toBe('Dear Ms Halden.')

    await app.user.keyboard('a')
    await waitFor(() => expect(sent(app)).toHaveLength(2))
    expect(sent(app)[1]).toMatchObject({ taskVersion: 4, shownHash: 'hash-4' })
    expect(sent(app)[1]?.decisionId).not.toBe(sent(app)[0]?.decisionId)
  })
})

describe('an item that somebody else has decided', () => {
  it('says who, what and when, and keeps what was typed', async () => {
    const app = await open({
      decide: () => {
        throw refuse(409, 'TaskAlreadyDecided', {
          by: 'Maya Lind',
          at: new Date().toISOString(),
          action: 'send-back',
        })
      },
    })

    await app.user.type(screen.getByLabelText('Client'), '!')
    await app.user.keyboard('{Control>}{Enter}{/Control}')

    const card = await screen.findByRole('alert')
    expect(within(card).getByRole('heading').textContent).toMatch(
      /^Maya Lind sent it back at \d\d:\d\d, before you$/,
    )
    expect(within(card).getByText('Halden Reeve Architects LLP!')).toBeTruthy()
    expect(within(card).getByRole('button', { name: 'Copy text' })).toBeTruthy()
  })

  it('says so when one opens it', async () => {
    await open({
      task: () =>
        aPlainReview({
          status: 'decided',
          decidedBy: { person: maya, at: '2026-11-20T09:00:00.000Z', action: 'approve' },
        }),
    })

    expect((await screen.findByRole('alert')).textContent).toContain('Maya Lind approved it')
  })
})

describe('the source', () => {
  it('marks where the field one looks at comes from', async () => {
    const app = await open({ task: () => aReview() })

    await app.user.click(screen.getByLabelText('Send invoices to'))

    const marked = [...document.querySelectorAll('mark')].map((mark) => mark.firstChild?.textContent)
    expect(marked).toEqual(['accounts@haldenreeve.example'])
  })

  it('says when there is none', async () => {
    const app = await open({ task: () => aReview() })

    await app.user.click(screen.getByLabelText('Former accountant'))

    expect(screen.getByText(/No source found for/).textContent).toBe('No source found for Former accountant')
  })
})

function refuseNothing(): never {
  throw refuse(409, 'InUse')
}
