import { cleanup, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { CaseDetail } from '#domain/views/cases.ts'
import { tryOutcome } from '#web/task/try-outcome.ts'
import { useTries, type Try } from '#web/task/tries.ts'
import { aCase } from '../support/cases.ts'
import { renderApp } from '../support/render-app.tsx'
import { anException, anInbox, aReply, aTaskSummary } from '../support/tasks.ts'

const made: Try = {
  caseId: 'c',
  caseTitle: 'Corrigan Foods',
  stepId: 'match',
  stepTitle: 'Match invoice to order',
  taskId: 'c.match.1.x1',
  taskVersion: 2,
  at: 0,
}
const at = (state: 'done' | 'here' | 'abandoned', stepId = 'match'): CaseDetail =>
  aCase({ path: [{ stepId, visit: 1, state }] })
const open = (id: string, over = {}): ReturnType<typeof aTaskSummary> =>
  aTaskSummary({ id, caseId: 'c', stepId: 'match', kind: 'exception', why: 'Still a text', ...over })

describe('what became of a try', () => {
  test('is open while the step is under way, inside a contained map as well', () => {
    expect(tryOutcome(made, at('here'), [])).toEqual({ kind: 'trying' })
    expect(tryOutcome(made, at('here', 'outer/match'), [])).toEqual({ kind: 'trying' })
  })

  test('is that it went through only when the step is done', () => {
    expect(tryOutcome(made, at('done'), [])).toEqual({ kind: 'went-through' })
  })

  test('is that it came back when the same visit asks at the exception desk again', () => {
    const again = open('c.match.1.x2')

    expect(tryOutcome(made, at('here'), [again])).toEqual({
      kind: 'came-back',
      taskId: 'c.match.1.x2',
      why: 'Still a text',
    })
    expect(tryOutcome(made, at('here'), [open('c.match.1.x1', { version: 3 })]).kind).toBe('came-back')
  })

  test('is not told by another visit, another entry of a list, or another case', () => {
    const others = [open('c.match.2.x1'), open('c.match~3.1.x1'), open('d.match.1.x2', { caseId: 'd' })]

    expect(tryOutcome(made, at('here'), others)).toEqual({ kind: 'trying' })
  })

  test('is the end of the case when that came first', () => {
    const ended = { ...at('abandoned'), endedAt: '2026-11-20T10:00:00.000Z', state: 'Stopped by Priya' }

    expect(tryOutcome(made, ended, [])).toEqual({ kind: 'ended', state: 'Stopped by Priya' })
  })
})

describe('the exception desk', { timeout: 30_000 }, () => {
  afterEach(() => {
    cleanup()
    useTries.setState({ tries: [] })
    vi.unstubAllGlobals()
  })

  test('says that it tries, and then that the case came back, with the way to it', async () => {
    let isBack = false
    const exception = anException({ id: 'c.match.1.x1', caseId: 'c', stepId: 'match' })
    const app = renderApp('/tasks/c.match.1.x1', {
      task: () => exception,
      decide: ({ params, body }) =>
        aReply({ decisionId: body.decisionId, taskId: params.taskId, action: body.action }),
      case: () => at('here'),
      inbox: () => anInbox(isBack ? [open('c.match.1.x2')] : []),
    })

    await app.user.click(await screen.findByRole('button', { name: /Try again as it is/ }))

    const news = await screen.findByText(/is trying “Match invoice to order” again/)
    isBack = true
    await app.client.invalidateQueries()
    await waitFor(() => expect(news.textContent).toContain('came back to the exception desk: Still a text'))
    expect(within(news).getByRole('link', { name: 'Look at it' }).getAttribute('href')).toBe(
      '/tasks/c.match.1.x2',
    )
  })

  test('says that it went through only after it did', async () => {
    let state: 'here' | 'done' = 'here'
    const exception = anException({ id: 'c.match.1.x1', caseId: 'c', stepId: 'match' })
    const app = renderApp('/tasks/c.match.1.x1', {
      task: () => exception,
      decide: ({ params, body }) =>
        aReply({ decisionId: body.decisionId, taskId: params.taskId, action: body.action }),
      case: () => at(state),
      inbox: () => anInbox([]),
    })
    await app.user.click(await screen.findByRole('button', { name: /Try again as it is/ }))
    const news = await screen.findByText(/is trying/)

    state = 'done'
    await app.client.invalidateQueries()

    await waitFor(() => expect(news.textContent).toContain('went through “Match invoice to order”'))
  })
})
