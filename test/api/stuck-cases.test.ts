import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { oneRow, sql } from '#store/db.ts'
import { noteGoesOn, noteStall } from '#store/reconcile.ts'
import { z } from 'zod'
import { draftAndReview } from '../support/maps.ts'
import { aWaitingCase, openTestApi, withPilot, type OpenedCase, type TestApi } from './test-api.ts'

let api: TestApi
let pilot: { pilotId: string; processId: string }
beforeAll(async () => {
  api = await openTestApi()
  pilot = await withPilot(api, draftAndReview())
})
afterAll(() => api.close())

const since = '2026-11-20T08:00:00.000Z'

async function aStuckCase(why: 'failing' | 'lost'): Promise<OpenedCase> {
  const opened = await aWaitingCase(api, {
    ...pilot,
    values: { sender: 'Ann', letter: 'Hello' },
    draft: { stepId: 'draft', values: { summary: 'Says hello' } },
    stepId: 'read',
  })
  await noteStall(api.db, { caseId: opened.caseId, processId: pilot.processId }, { why, since })
  return opened
}

describe('a case that the engine cannot move', () => {
  it('GET shows it as stuck with since when: on the canvas, in the panel, in lists, in its story', async () => {
    const { caseId } = await aStuckCase('failing')
    const other = await aWaitingCase(api, {
      ...pilot,
      values: { sender: 'Bo', letter: 'Hello' },
      draft: { stepId: 'draft', values: { summary: 'Says hello' } },
      stepId: 'read',
    })
    const params = { pilotId: pilot.pilotId }

    const canvas = await api.call('canvas', { params })
    expect(canvas.stuck).toBe(1)
    expect(canvas.steps.map(({ stepId, stuck }) => [stepId, stuck])).toEqual([
      ['draft', 0],
      ['read', 1],
      ['done', 0],
    ])
    const panel = await api.call('stepPanel', { params: { ...params, stepId: 'read' } })
    expect(panel.figures.stuck).toBe(1)
    expect(panel.waitingCases.find((waiting) => waiting.caseId === caseId)?.why).toBe(
      'Stuck: the engine cannot move it',
    )
    const stuck = await api.call('cases', { params, query: { status: 'stuck' } })
    expect(stuck.items.map(({ id, status, stuckSince }) => ({ id, status, stuckSince }))).toEqual([
      { id: caseId, status: 'stalled', stuckSince: since },
    ])
    const detail = await api.call('case', { params: { caseId } })
    expect(detail.state).toBe('Stuck at "Review read": the engine cannot take its next step and keeps trying')
    expect(detail.story.map(({ title }) => title)).toContain('Stuck')

    await noteGoesOn(api.db, { caseId, processId: pilot.processId, stalledSince: since })

    const after = await api.call('case', { params: { caseId } })
    expect(after).toMatchObject({ status: 'waiting', stuckSince: null })
    expect(after.story.map(({ what }) => what)).toContain('The case moves again.')
    expect((await api.call('canvas', { params })).stuck).toBe(0)
    expect((await api.call('case', { params: { caseId: other.caseId } })).status).toBe('waiting')
  })

  it('POST stop ends one that the engine lost, with its tasks', async () => {
    const { caseId, taskId } = await aStuckCase('lost')
    api.engine.onStop = () => ({ kind: 'gone' })

    const answer = await api.send('POST', `/api/cases/${caseId}/stop`, {
      body: { reason: 'Began anew' },
      headers: { 'idempotency-key': randomUUID() },
    })

    expect(answer.status).toBeLessThan(300)
    expect(await api.call('case', { params: { caseId } })).toMatchObject({
      status: 'cancelled',
      outcome: 'Stopped by Priya Nair: Began anew',
      stuckSince: null,
    })
    const task = await oneRow(
      api.db,
      z.object({ status: z.string() }),
      sql`select status from task where id = ${taskId}`,
    )
    expect(task.status).toBe('closed')
  })

  it('POST begin-again makes one new case with the same intake, whoever asks how often, and ends the old one', async () => {
    const { caseId } = await aStuckCase('lost')
    const { items } = await api.call('cases', { params: { pilotId: pilot.pilotId }, query: {} })
    const old = items.find(({ id }) => id === caseId)
    expect((await api.call('case', { params: { caseId } })).can).toMatchObject({
      beginAgain: true,
      pause: false,
    })
    const path = `/api/cases/${caseId}/begin-again`
    const asked = (key: string = randomUUID()): ReturnType<TestApi['send']> =>
      api.send('POST', path, { body: {}, headers: { 'idempotency-key': key } })
    const key = randomUUID()

    const answers = await Promise.all([asked(key), asked(), asked(), asked()])
    answers.push(await asked(key), await asked())

    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202, 202])
    expect(new Set(answers.map(({ body }) => body['caseId'])).size).toBe(1)
    const again = String(answers[0]?.body['caseId'])
    const [detail, ended] = await Promise.all([
      api.call('case', { params: { caseId: again } }),
      api.call('case', { params: { caseId } }),
    ])
    expect(detail).toMatchObject({ status: 'queued', values: { sender: 'Ann', letter: 'Hello' } })
    expect(detail.facts).toContainEqual(expect.objectContaining({ value: `Case ${old?.number}` }))
    expect(ended).toMatchObject({
      status: 'cancelled',
      outcome: `Begun again as case ${detail.number} by Priya Nair`,
      isLost: false,
    })
    expect((await api.call('cases', { params: { pilotId: pilot.pilotId }, query: {} })).items).toHaveLength(
      items.length + 1,
    )
    const orders = await sql`select case_id from start_outbox where case_id = ${again}`.execute(api.db)
    expect(orders.rows).toHaveLength(1)
  })

  it('POST begin-again of one that goes on or has ended, or by whoever may not stop it, changes nothing', async () => {
    const stuck = await aStuckCase('failing')
    const lost = await aStuckCase('lost')
    const send = async (caseId: string, as = 'priya'): ReturnType<TestApi['send']> =>
      api.send('POST', `/api/cases/${caseId}/begin-again`, {
        as,
        body: {},
        headers: { 'idempotency-key': randomUUID() },
      })

    expect(await send(stuck.caseId)).toMatchObject({ status: 409, body: { code: 'CaseNotLost' } })
    expect((await send(lost.caseId, 'sam')).status).toBe(403)
    await api.send('POST', `/api/cases/${lost.caseId}/stop`, {
      body: { reason: 'Began elsewhere' },
      headers: { 'idempotency-key': randomUUID() },
    })
    const cases = await sql`select id, status, outcome from case_run order by id`.execute(api.db)
    expect((await send(lost.caseId)).status).toBe(409)
    expect((await sql`select id, status, outcome from case_run order by id`.execute(api.db)).rows).toEqual(
      cases.rows,
    )
  })

  it('its task is asked of nobody, and a decision on it is refused and leaves nothing behind', async () => {
    const { caseId, taskId, shownHash } = await aStuckCase('lost')
    const inbox = async (): Promise<string[]> =>
      (await api.call('inbox', { as: 'sam', query: { limit: '100' } })).items.map(({ id }) => id)
    const counted = async (): Promise<unknown[]> =>
      (
        await sql`select (select count(*) from decision_attempt) as attempts, (select count(*) from audit) as audits,
          (select count(*) from document) as documents`.execute(api.db)
      ).rows
    expect(await inbox()).not.toContain(taskId)
    const before = await counted()

    const answer = await api.send('POST', `/api/tasks/${encodeURIComponent(taskId)}/decisions`, {
      as: 'sam',
      body: {
        decisionId: randomUUID(),
        taskVersion: 1,
        shownHash,
        action: 'approve',
        values: null,
        reason: null,
        note: null,
        touchMs: 1_000,
      },
    })

    expect(answer).toMatchObject({ status: 409, body: { code: 'CaseLost' } })
    expect(await counted()).toEqual(before)
    // The mark goes by itself when the engine knows the case again, and so does all of this.
    await noteGoesOn(api.db, { caseId, processId: pilot.processId, stalledSince: since })
    expect(await inbox()).toContain(taskId)
  })

  it('POST stop of one that only cannot be found now changes nothing', async () => {
    const { caseId } = await aStuckCase('failing')
    await sqlNoOrders()
    api.engine.onStop = () => ({ kind: 'gone' })

    const answer = await api.send('POST', `/api/cases/${caseId}/stop`, {
      body: { reason: 'Began anew' },
      headers: { 'idempotency-key': randomUUID() },
    })

    expect(answer.status).toBe(409)
    expect((await api.call('case', { params: { caseId } })).status).toBe('stalled')
  })
})

async function sqlNoOrders(): Promise<void> {
  await sql`delete from start_outbox`.execute(api.db)
}
