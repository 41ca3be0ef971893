import { afterAll, beforeAll, expect, it } from 'vitest'
import { ai, aMap, end, review } from '../support/maps.ts'
import { aWaitingCase, openTestApi, withPilot, type TestApi } from './test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api.close())

it('GET each page of a new server answers in the shape of the contract', async () => {
  const health = await api.call('health', { as: null })
  const me = await api.call('me', {})
  const home = await api.call('home', {})
  const inbox = await api.call('inbox', {})

  expect(health.ok).toBe(true)
  expect(me.person?.id).toBe('priya')
  expect(home.needsYou.waiting).toBe(0)
  expect(inbox.items).toEqual([])
  expect(await api.call('processes', {})).toEqual([])
  expect(await api.call('pilots', {})).toEqual([])
})

it('a case that waits is shown in every view of it', async () => {
  const pilot = await withPilot(
    api,
    aMap([ai('draft', { inputs: ['sender', 'letter'] }), review('check', 'draft'), end()]),
  )
  const waiting = await aWaitingCase(api, {
    ...pilot,
    values: {
      sender: 'Brightwell',
      letter: 'Please pay 4,200 by 3 March 2026. ann@brightwell.example',
      amount: 4200,
    },
    draft: { stepId: 'draft', values: { summary: 'Pay 4200 by 2026-03-03, or 77 later.' } },
    stepId: 'check',
  })
  const params = { pilotId: pilot.pilotId }

  const task = await api.call('task', { as: 'sam', params: { taskId: waiting.taskId } })
  expect(task.draft[0]?.band).toBe('check-this')
  expect(task.draft[0]?.says).toContain('"77"')
  const inbox = await api.call('inbox', { as: 'sam' })
  expect(inbox.items.map((item) => item.id)).toEqual([waiting.taskId])
  expect(inbox.counts).toEqual({ needsMe: 1, dueSoon: 0, exceptions: 0, all: 1 })
  expect((await api.call('pilot', { params })).map.name).toBe('Letters')
  const canvas = await api.call('canvas', { params })
  expect(canvas).toMatchObject({ started: 1, finished: 0, running: 1 })
  expect(canvas.steps.find((step) => step.stepId === 'check')?.waiting).toBe(1)
  const panel = await api.call('stepPanel', { params: { ...params, stepId: 'check' } })
  expect(panel.waitingCases.map((row) => row.with)).toEqual(['Sam Ruiz'])
  const story = await api.call('case', { params: { caseId: waiting.caseId } })
  expect(story.state).toBe('Waiting for Sam Ruiz: Review check')
  expect(story.story.map((line) => line.title)).toEqual(['Received', 'Draft draft'])
  const cases = await api.call('cases', { params })
  expect(cases.items.map((row) => row.title)).toEqual(['Brightwell'])
  await api.call('home', { as: 'sam' })
  await api.call('readTask', { as: 'sam', params: { taskId: waiting.taskId } })
})
