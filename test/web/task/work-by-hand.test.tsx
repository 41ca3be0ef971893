import { cleanup, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { BodyOf } from '#domain/contract.ts'
import { DecisionBody, type DecisionReply } from '#domain/views/tasks.ts'
import { renderApp, type App } from '../support/render-app.tsx'
import type { Answers } from '../support/stub-api.ts'
import { aManualTask, anException, aReply } from '../support/tasks.ts'

function decided({ params, body }: { params: { taskId: string }; body: BodyOf<'decide'> }): DecisionReply {
  return aReply({ decisionId: body.decisionId, taskId: params.taskId, action: body.action })
}

function sent(app: App): BodyOf<'decide'>[] {
  return app.asked.flatMap(({ name, body }) => (name === 'decide' ? [DecisionBody.parse(body)] : []))
}

async function open(task: Answers['task']): Promise<App> {
  const app = renderApp('/tasks/task-1', { ...(task === undefined ? {} : { task }), decide: decided })
  await screen.findByRole('group', { name: 'Move in the queue' })
  return app
}

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

describe('a manual step', () => {
  it('is done with every field of its form', async () => {
    const app = await open(() => aManualTask())

    await app.user.selectOptions(screen.getByLabelText('All papers are there'), 'Yes')
    await app.user.selectOptions(screen.getByLabelText('Risk class'), 'Low')
    await app.user.type(screen.getByLabelText('Notes'), 'Both match')
    await app.user.keyboard('{Control>}{Enter}{/Control}')

    await waitFor(() => expect(sent(app)).toHaveLength(1))
    expect(sent(app)[0]).toMatchObject({
      action: 'complete',
      values: { papersComplete: true, checkedOn: null, risk: 'Low', notes: 'Both match' },
    })
  })

  it('says what the next move is', async () => {
    const app = await open(() => aManualTask())
    expect(screen.getByText('fill in All papers are there', { exact: false })).toBeTruthy()

    await app.user.selectOptions(screen.getByLabelText('All papers are there'), 'No')

    expect(screen.getByText('fill in Checked on', { exact: false })).toBeTruthy()
  })

  it('goes to the owner with a reason when one is stuck', async () => {
    const app = await open(() => aManualTask())

    await app.user.keyboard('s')
    const dialog = await screen.findByRole('dialog', { name: 'Stuck' })
    await app.user.click(within(dialog).getByRole('button', { name: /No access/ }))
    await app.user.type(within(dialog).getByLabelText('Note (optional)'), 'The portal is down')
    await app.user.click(within(dialog).getByRole('button', { name: 'Tell the owner' }))

    await waitFor(() =>
      expect(sent(app)[0]).toMatchObject({
        action: 'cannot-complete',
        reason: 'No access',
        note: 'The portal is down',
        values: null,
      }),
    )
  })

  it('does not count time while its timer is paused', async () => {
    const app = await open(() => aManualTask())
    const start = performance.now()
    const clock = vi.spyOn(performance, 'now')

    clock.mockReturnValue(start + 10_000)
    await app.user.keyboard('p')
    await screen.findByText(/paused/)
    clock.mockReturnValue(start + 70_000)
    await app.user.click(screen.getByRole('button', { name: 'Done' }))

    await waitFor(() => expect(sent(app)).toHaveLength(1))
    expect(sent(app)[0]?.touchMs).toBeGreaterThanOrEqual(9_000)
    expect(sent(app)[0]?.touchMs).toBeLessThan(15_000)
    clock.mockRestore()
  })

  it('can be given back to the AI where the step allows it', async () => {
    const app = await open(() =>
      aManualTask({ kind: 'by-hand', options: ['complete', 'retry', 'cannot-complete'] }),
    )

    await app.user.click(screen.getByRole('button', { name: 'Let the AI try again' }))

    await waitFor(() => expect(sent(app)[0]).toMatchObject({ action: 'retry', values: null }))
  })
})

describe('the exception desk', () => {
  it('names the cause in business words, with what came back word for word', async () => {
    await open(() => anException())

    expect(screen.getByRole('heading', { name: 'The AI’s answer did not fit this step' })).toBeTruthy()
    expect(screen.getByText(/"difference": "4 % above the order"/)).toBeTruthy()
  })

  it('sends only what was mended, and says that it tries again', async () => {
    const app = await open(() => anException())
    expect(screen.getByRole('button', { name: /Mend and try again/ })).toHaveProperty('disabled', true)

    await app.user.clear(screen.getByLabelText('Order total'))
    await app.user.type(screen.getByLabelText('Order total'), '520')
    await app.user.click(screen.getByRole('button', { name: /Mend and try again/ }))

    await waitFor(() =>
      expect(sent(app)[0]).toMatchObject({ action: 'fix-and-retry', values: { orderTotal: 520 } }),
    )
    expect((await screen.findAllByText('Trying Corrigan Foods again')).length).toBeGreaterThan(0)
  })

  it('skips the step with the values of the form and a reason', async () => {
    const app = await open(() => anException())

    await app.user.selectOptions(screen.getByLabelText('Matches the order'), 'No')
    await app.user.type(screen.getByLabelText('Difference'), '20')
    await app.user.click(screen.getByRole('button', { name: /Skip with these values/ }))
    const dialog = await screen.findByRole('dialog', { name: 'Skip this step' })
    await app.user.click(within(dialog).getByRole('button', { name: /Done elsewhere/ }))
    await app.user.click(within(dialog).getByRole('button', { name: 'Skip it' }))

    await waitFor(() =>
      expect(sent(app)[0]).toMatchObject({
        action: 'skip',
        values: { matches: false, difference: 20 },
        reason: 'Done elsewhere',
      }),
    )
  })

  it('stops the case only with a reason', async () => {
    const app = await open(() => anException())

    await app.user.click(screen.getByRole('button', { name: /Stop the case/ }))
    const dialog = await screen.findByRole('dialog', { name: 'Stop the case' })
    expect(within(dialog).getByRole('button', { name: 'Stop the case' })).toHaveProperty('disabled', true)
    await app.user.click(within(dialog).getByRole('button', { name: /Wrong or double case/ }))
    await app.user.click(within(dialog).getByRole('button', { name: 'Stop the case' }))

    await waitFor(() =>
      expect(sent(app)[0]).toMatchObject({ action: 'stop', reason: 'Wrong or double case' }),
    )
  })

  it('offers nothing that the step does not allow', async () => {
    await open(() => anException({ options: ['retry', 'stop'] }))

    expect(screen.queryByRole('button', { name: /Skip with these values/ })).toBe(null)
    expect(screen.getByRole('button', { name: /Try again as it is/ })).toBeTruthy()
  })
})
