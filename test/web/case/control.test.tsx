import { cleanup, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { CaseDetail } from '#domain/views/cases.ts'
import type { CaseCommandBody } from '#domain/views/control.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import { aCase, map, nothing } from '../support/cases.ts'
import { priya } from '../support/people.ts'
import { renderApp, type App } from '../support/render-app.tsx'
import { refuse, type Answers } from '../support/stub-api.ts'

const everything = { ...nothing, pause: true, goByHand: true, raiseException: true, stop: true }
const anyField = { choices: [], hint: '', sensitivity: 'internal' as const }
const atDraft = { stepId: 'draft-welcome-pack', title: 'Draft welcome pack', codes: [] }

function open(detail: Partial<CaseDetail>, answers: Answers = {}, ownMap: ProcessMap = map): App {
  const sent: CaseCommandBody[] = []
  return renderApp('/cases/c1', {
    case: () => aCase(detail),
    mapVersion: () => ({
      processId: 'onboarding',
      version: 4,
      map: ownMap,
      planHash: 'x',
      publishedAt: '2026-11-02T09:00:00.000Z',
      by: priya,
    }),
    commandCase: ({ body }) => {
      sent.push(body)
      return { commandId: 'k', status: 'applied' }
    },
    ...answers,
  })
}

function told(app: App): unknown[] {
  return app.asked.filter((asked) => asked.name === 'commandCase').map((asked) => asked.body)
}

async function dialog(name: RegExp): Promise<HTMLElement> {
  return await screen.findByRole('dialog', { name })
}

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

// Whole pages, on a machine that may be busy with other things.
describe('the controls of a case', { timeout: 30_000 }, () => {
  test('pause it with a reason, after saying what will happen', async () => {
    const app = open({ can: everything, liveSteps: [atDraft] })
    await app.user.click(await screen.findByRole('button', { name: 'Pause' }))

    const asking = await dialog(/^Pause Brightwell/)
    expect(within(asking).getByText(/It stands still after “Draft welcome pack”/)).toBeTruthy()
    expect(within(asking).getByRole('button', { name: 'Pause the case' })).toHaveProperty('disabled', true)
    await app.user.type(within(asking).getByRole('textbox'), ' Client is away ')
    await app.user.click(within(asking).getByRole('button', { name: 'Pause the case' }))

    await waitFor(() => expect(told(app)).toEqual([{ kind: 'pause', reason: 'Client is away' }]))
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  })

  test('resume it at once, and show that it stands still until then', async () => {
    const app = open({ paused: true, can: { ...nothing, resume: true } })

    expect(await screen.findByText('Paused')).toBeTruthy()
    await app.user.click(screen.getByRole('button', { name: 'Resume' }))

    await waitFor(() => expect(told(app)).toEqual([{ kind: 'resume' }]))
  })

  test('let one step or the whole case go by hand', async () => {
    const app = open({ can: everything, liveSteps: [atDraft] })
    await app.user.click(await screen.findByRole('button', { name: 'By hand' }))
    const asking = await dialog(/^Go on by hand/)

    await app.user.click(within(asking).getByRole('radio', { name: 'Only “Draft welcome pack”' }))
    await app.user.type(within(asking).getByRole('textbox', { name: 'Why by hand?' }), 'Odd client')
    await app.user.click(within(asking).getByRole('button', { name: 'Go on by hand' }))

    await waitFor(() =>
      expect(told(app)).toEqual([{ kind: 'go-by-hand', stepId: 'draft-welcome-pack', reason: 'Odd client' }]),
    )
  })

  test('bring a step back to AI', async () => {
    const app = open({ byHandSteps: ['draft-welcome-pack'], can: { ...everything, comeBack: true } })

    await app.user.click(await screen.findByRole('button', { name: /With AI again: Draft welcome pack/ }))

    await waitFor(() => expect(told(app)).toEqual([{ kind: 'come-back', stepId: 'draft-welcome-pack' }]))
  })

  test('send a case that does not fit along its named branch, or to the exception desk with a note', async () => {
    const codes = [{ code: 'missing-papers', name: 'Missing papers' }]
    const app = open({ can: everything, liveSteps: [{ ...atDraft, codes }] })
    await app.user.click(await screen.findByRole('button', { name: 'Does not fit' }))
    const asking = await dialog(/does not fit/)
    const submit = within(asking).getByRole('button', { name: 'It does not fit' })
    expect(submit).toHaveProperty('disabled', true)

    await app.user.click(within(asking).getByRole('radio', { name: /Something else/ }))
    expect(submit).toHaveProperty('disabled', true)
    await app.user.click(within(asking).getByRole('radio', { name: 'Missing papers' }))
    await app.user.click(submit)

    await waitFor(() =>
      expect(told(app)).toEqual([
        { kind: 'raise-exception', stepId: 'draft-welcome-pack', code: 'missing-papers', note: '' },
      ]),
    )
  })

  test('keep what was typed, and the same key, when a command is refused', async () => {
    let tries = 0
    const app = open(
      { can: everything, liveSteps: [atDraft] },
      {
        commandCase: () => {
          tries += 1
          if (tries === 1) throw refuse(503, 'EngineUnavailable')
          return { commandId: 'k', status: 'applied' }
        },
      },
    )
    await app.user.click(await screen.findByRole('button', { name: 'Pause' }))
    const asking = await dialog(/^Pause/)
    await app.user.type(within(asking).getByRole('textbox'), 'Away')
    await app.user.click(within(asking).getByRole('button', { name: 'Pause the case' }))
    expect((await within(asking).findByRole('alert')).textContent).toContain('EngineUnavailable')

    await app.user.click(within(asking).getByRole('button', { name: 'Pause the case' }))

    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    expect(told(app)).toEqual([
      { kind: 'pause', reason: 'Away' },
      { kind: 'pause', reason: 'Away' },
    ])
    const keys = app.asked.filter((asked) => asked.name === 'commandCase').map((asked) => asked.key)
    expect(new Set(keys).size).toBe(1)
  })

  test('undo what was done when the case is stopped, unless one wants it left', async () => {
    const withUndo: ProcessMap = {
      ...map,
      links: [...map.links, { on: 'undo', from: 'check-contract', to: 'set-up-accounts' }],
    }
    const app = open({ can: everything }, { stopCase: () => aCase({ status: 'cancelled' }) }, withUndo)
    await app.user.click(await screen.findByRole('button', { name: 'Stop case' }))
    const asking = await dialog(/^Stop/)
    expect(
      within(asking).getByRole('radio', { name: /Undo it first, the last one first\s*Check contract/ }),
    ).toHaveProperty('checked', true)

    await app.user.click(within(asking).getByRole('radio', { name: 'Leave everything as it is' }))
    await app.user.type(within(asking).getByRole('textbox'), 'Left')
    await app.user.click(within(asking).getByRole('button', { name: 'Stop the case' }))

    await waitFor(() =>
      expect(app.asked.find((asked) => asked.name === 'stopCase')?.body).toEqual({
        reason: 'Left',
        compensate: false,
      }),
    )
  })

  test('say what the case waits for, and until when', async () => {
    open({
      waits: [
        {
          stepId: 's',
          execId: 's#1',
          title: 'Customer signs',
          since: '2026-11-20T10:00:00.000Z',
          until: '2026-11-21T10:00:00.000Z',
          message: 'signed',
          fields: [],
        },
      ],
    })

    const waits = await screen.findByRole('list', { name: 'What it waits for' })

    expect(waits.textContent).toMatch(
      /Customer signs for the message “signed”, at the latest until Sat,? 21 Nov/,
    )
  })

  const signed: CaseDetail['waits'][number] = {
    stepId: 's',
    execId: 's#1',
    title: 'Customer signs',
    since: '2026-11-20T10:00:00.000Z',
    until: null,
    message: 'signed',
    fields: [
      { ...anyField, name: 'signedOn', label: 'Signed on', type: 'text' },
      { ...anyField, name: 'pages', label: 'Pages', type: 'number' },
    ],
  }
  const mayBring = { ...nothing, sendMessage: true }
  const brought = (app: App) => app.asked.filter((asked) => asked.name === 'messageCase')

  test('bring a message with its fields to a case that waits for one', async () => {
    const app = open(
      { waits: [signed], can: mayBring },
      { messageCase: () => ({ messageId: 'm', caseId: 'c1', status: 'delivered' }) },
    )
    await app.user.click(await screen.findByRole('button', { name: 'Bring the message' }))
    const asking = await dialog(/signed/)

    await app.user.type(within(asking).getByRole('textbox', { name: 'Pages' }), '12')
    await app.user.click(within(asking).getByRole('button', { name: 'Bring the message' }))

    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    expect(brought(app).map(({ body }) => body)).toEqual([
      { messageId: expect.any(String), message: 'signed', values: { signedOn: null, pages: 12 } },
    ])
    expect(screen.queryByText(/as soon as the engine answers/)).toBeNull()
  })

  test('say what is wrong with a message at its field, or at all, and keep what was typed', async () => {
    const refusals = [
      refuse(422, 'ValuesInvalid', {
        errors: [{ field: 'values.signedOn', message: 'is too long', mend: 'shorten it' }],
      }),
      refuse(409, 'MessageRepeated'),
    ]
    const app = open(
      { waits: [signed], can: mayBring },
      {
        messageCase: () => {
          const refusal = refusals.shift()
          if (refusal !== undefined) throw refusal
          return { messageId: 'm', caseId: 'c1', status: 'accepted' }
        },
      },
    )
    await app.user.click(await screen.findByRole('button', { name: 'Bring the message' }))
    const asking = await dialog(/signed/)
    const submit = within(asking).getByRole('button', { name: 'Bring the message' })
    const typed = within(asking).getByRole('textbox', { name: 'Signed on' })
    await app.user.type(typed, 'Monday')

    await app.user.click(submit)
    expect((await within(asking).findByRole('alert')).textContent).toBe('is too long shorten it')
    expect(typed.getAttribute('aria-invalid')).toBe('true')
    await app.user.type(typed, '!')
    await app.user.click(submit)
    expect((await within(asking).findByRole('alert')).textContent).toContain('MessageRepeated')
    await app.user.click(submit)

    expect(await screen.findByText(/as soon as the engine answers/)).toBeTruthy()
    const ids = brought(app).map(({ body }) => String(Object(body)['messageId']))
    expect(ids).toHaveLength(3)
    // Changed content is another message; the same again is the same.
    expect(ids[0]).not.toBe(ids[1])
    expect(ids[1]).toBe(ids[2])
  })

  test('offer no message to whoever may not bring one, nor where none is waited for', async () => {
    open({ waits: [signed], can: nothing })
    await screen.findByRole('list', { name: 'What it waits for' })
    expect(screen.queryByRole('button', { name: 'Bring the message' })).toBeNull()
    cleanup()

    open({ waits: [{ ...signed, message: null, fields: [] }], can: mayBring })
    await screen.findByRole('list', { name: 'What it waits for' })
    expect(screen.queryByRole('button', { name: 'Bring the message' })).toBeNull()
  })

  test('are not there for whoever may only look', async () => {
    open({ can: nothing, liveSteps: [atDraft], byHandSteps: ['draft-welcome-pack'] })

    await screen.findByRole('heading', { level: 1, name: 'Brightwell Ltd' })

    expect(screen.queryByRole('region', { name: 'What you can do' })).toBeNull()
  })
})
