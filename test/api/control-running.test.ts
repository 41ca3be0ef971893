import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { oneRow, rows, sql } from '#store/db.ts'
import { publishDraft, putDraft } from '#store/processes.ts'
import { isStartWaiting, putOffStart } from '#store/start-queue.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import { aMap, ai, end, field, manual, next, review, subProcess, wait } from '../support/maps.ts'
import { caseIs, commandEnds, openRunningApi, until, type RunningApi } from './running-api.ts'
import { withPilot } from './test-api.ts'

let api: RunningApi
beforeAll(async () => {
  api = await openRunningApi()
})
afterAll(() => api.close())

/** How many flips to try: more where there is time. */
const many = Number(process.env['TL_MANY_CASES'] ?? 40)
/** Of those, with AI when the pilot goes by hand; the others wait at the gate. */
const atWork = 20

const command = (caseId: string, body: Record<string, unknown>) =>
  api.call('commandCase', { params: { caseId }, body })
const letters = () => aMap([ai('draft'), review('read', 'draft'), end()])

describe('a case', () => {
  it('stands still at a gate with its deadline, can be decided, and goes on when it is resumed', async () => {
    const map = aMap([manual('sort', { sla: { workingMinutes: 600, escalations: [] } }), end()])
    const { pilotId } = await withPilot(api, map)
    const caseId = await api.start(pilotId, { sender: 'Ann' })
    const before = await caseIs(api, caseId, { what: 'its task', is: (found) => found.taskId !== null })

    expect(await command(caseId, { kind: 'pause', reason: 'the client is away' })).toMatchObject({
      status: 'applied',
    })
    const paused = await api.call('case', { params: { caseId } })
    expect(await command(caseId, { kind: 'pause', reason: 'again' })).toMatchObject({ status: 'unchanged' })
    await new Promise((done) => setTimeout(done, 300))
    await command(caseId, { kind: 'resume' })

    expect(paused).toMatchObject({ paused: true, status: 'waiting', can: { pause: false, resume: true } })
    const after = await api.call('case', { params: { caseId } })
    expect(after).toMatchObject({ paused: false, can: { pause: true, resume: false } })
    expect(Date.parse(after.dueAt ?? '')).toBeGreaterThan(Date.parse(before.dueAt ?? ''))
    expect(after.story.map((line) => line.title)).toEqual(expect.arrayContaining(['Paused', 'Resumed']))
  })

  it('that waits for its turn to start is started for a command, once', async () => {
    const { pilotId } = await withPilot(api, letters())
    const headers = { 'idempotency-key': randomUUID() }
    const { caseId } = await api.call('startCase', {
      params: { pilotId },
      body: { values: { sender: 'Ann' } },
      headers,
    })
    await putOffStart(api.db, caseId, 3_600)
    const drafts = api.model.drafts

    const told = await command(caseId, { kind: 'go-by-hand', stepId: null, reason: 'the model is away' })
    const byHand = await caseIs(api, caseId, {
      what: 'a task by hand',
      is: (found) => found.taskId !== null,
    })

    expect(told).toMatchObject({ status: 'applied' })
    expect(byHand).toMatchObject({ byHand: true, status: 'waiting' })
    expect(api.model.drafts - drafts).toBeLessThanOrEqual(1)
    expect(await isStartWaiting(api.db, caseId)).toBe(false)
  })

  it('goes on by hand while AI works, and comes back', async () => {
    api.model.hold()
    const { pilotId } = await withPilot(api, letters())
    const caseId = await api.start(pilotId, { sender: 'Ann' })
    await caseIs(api, caseId, { what: 'AI at work', is: (found) => found.liveSteps[0]?.stepId === 'draft' })

    await command(caseId, { kind: 'go-by-hand', stepId: null, reason: 'the model is odd today' })
    const byHand = await caseIs(api, caseId, { what: 'a task by hand', is: (found) => found.taskId !== null })
    await command(caseId, { kind: 'come-back', stepId: null })
    const back = await caseIs(api, caseId, { what: 'no task', is: (found) => found.taskId === null })
    api.model.release()
    const drafted = await caseIs(api, caseId, { what: 'the gate', is: (found) => found.stepId === 'read' })

    expect(byHand).toMatchObject({ byHand: true, status: 'waiting', can: { comeBack: true } })
    expect(back).toMatchObject({ byHand: false, status: 'running' })
    expect(drafted.path.filter((passed) => passed.stepId === 'draft')).toHaveLength(1)
  })

  it('that ended tells what came of a command sent before, and takes no new one', async () => {
    const { pilotId } = await withPilot(api, aMap([manual('sort'), end()]))
    const caseId = await api.start(pilotId, { sender: 'Ann' })
    await caseIs(api, caseId, { what: 'its task', is: (found) => found.taskId !== null })
    const headers = { 'idempotency-key': randomUUID() }
    const body = { kind: 'go-by-hand', stepId: null, reason: 'the answer may be lost' }
    const say = (more: Record<string, unknown>) => api.send('POST', `/api/cases/${caseId}/commands`, more)

    const first = await say({ body, headers })
    await api.call('stopCase', { params: { caseId }, body: { reason: 'sent by mistake' } })
    await caseIs(api, caseId, { what: 'its end', is: (found) => found.endedAt !== null })
    const again = await say({ body, headers })
    const other = await say({ body })

    expect(first).toMatchObject({ status: 202, body: { status: 'applied' } })
    expect(again).toMatchObject({ status: 202, body: first.body })
    expect(other).toMatchObject({ status: 409, body: { code: 'CaseClosing' } })
  })

  it('that does not fit goes to the exception desk with the reason; not from where it is not', async () => {
    const { pilotId } = await withPilot(api, letters())
    const caseId = await api.start(pilotId, { sender: 'Ann' })
    await caseIs(api, caseId, { what: 'the gate', is: (found) => found.taskId !== null })

    const wrong = await api.send('POST', `/api/cases/${caseId}/commands`, {
      as: 'sam',
      body: { kind: 'raise-exception', stepId: 'draft', code: 'odd-letter', note: '' },
    })
    await api.call('commandCase', {
      as: 'sam',
      params: { caseId },
      body: { kind: 'raise-exception', stepId: 'read', code: 'odd-letter', note: 'It is in Latin.' },
    })

    expect(wrong).toMatchObject({ status: 409, body: { code: 'StepNotLive', stepId: 'draft' } })
    const found = await caseIs(api, caseId, {
      what: 'the desk',
      is: ({ state }) => state.includes('exception desk'),
    })
    expect(found.story.some((line) => line.quote === 'It is in Latin.')).toBe(true)
    const { items } = await api.call('inbox', { query: { view: 'exceptions' } })
    const desk = items.filter((item) => item.caseId === caseId)
    expect(desk).toMatchObject([{ id: found.taskId, kind: 'exception', dueAt: found.dueAt }])
    expect(desk[0]?.used).toBeLessThan(1)
    const open = await oneRow(
      api.db,
      z.object({ n: z.number() }),
      sql`select count(*) as n from task where case_id = ${caseId} and status = 'open'`,
    )
    expect(open.n).toBe(1)
  })

  it('that ended refuses, and the attempt is in the audit', async () => {
    const { pilotId } = await withPilot(api, letters())
    const caseId = await api.start(pilotId, { sender: 'Ann' })
    await caseIs(api, caseId, { what: 'the gate', is: (found) => found.taskId !== null })
    await api.call('stopCase', { params: { caseId }, body: { reason: 'sent twice' } })
    await caseIs(api, caseId, { what: 'its end', is: (found) => found.endedAt !== null })

    const answer = await api.send('POST', `/api/cases/${caseId}/commands`, {
      body: { kind: 'pause', reason: 'too late' },
    })

    expect(answer).toMatchObject({ status: 409, body: { code: 'CaseClosing' } })
    expect(await audited(caseId, 'command-case:refused')).toBe(1)
  })
})

async function audited(objectId: string, action: string): Promise<number> {
  const found = await oneRow(
    api.db,
    z.object({ n: z.number() }),
    sql`select count(*) as n from audit where object_id = ${objectId} and action = ${action}`,
  )
  return found.n
}

describe('a pilot', () => {
  it(
    `with ${many} cases goes by hand and back: none is lost, none is doubled`,
    { timeout: 600_000 },
    async () => {
      const { pilotId } = await withPilot(api, letters())
      const startSome = async (some: number): Promise<void> => {
        for (let left = some; left > 0; left -= 10) {
          const each = Array.from({ length: Math.min(10, left) }, (_, index) =>
            api.start(pilotId, { sender: `Sender ${left - index}` }),
          )
          await Promise.all(each)
        }
      }
      const atStep = async (kind: string): Promise<number> => {
        const found = await oneRow(
          api.db,
          z.object({ n: z.number() }),
          sql`select count(distinct t.case_id) as n from task t
          where t.pilot_id = ${pilotId} and t.status = 'open' and t.kind = ${kind}`,
        )
        return found.n
      }
      const say = async (body: Record<string, unknown>) => {
        const batch = await api.call('commandPilot', { params: { pilotId }, body })
        return commandEnds(api, batch.id, 300_000)
      }
      await startSome(many - atWork)
      await until(async () => ((await atStep('review')) === many - atWork ? true : null), 'gates', 300_000)
      api.model.hold()
      const drafted = api.model.drafts
      await startSome(atWork)
      await until(async () => (api.model.drafts >= drafted + atWork ? true : null), 'drafts', 300_000)

      const out = await say({ kind: 'go-by-hand', stepId: null, reason: 'the model is odd' })
      await until(async () => ((await atStep('by-hand')) === atWork ? true : null), 'tasks by hand', 300_000)
      await api.start(pilotId, { sender: 'Late' })
      await until(
        async () => ((await atStep('by-hand')) === atWork + 1 ? true : null),
        'the new one',
        300_000,
      )
      const back = await say({ kind: 'come-back', stepId: null })
      api.model.release()
      await until(async () => ((await atStep('review')) === many + 1 ? true : null), 'all gates', 300_000)

      expect(out).toMatchObject({ total: many, succeeded: many, failed: 0, skipped: 0, pending: 0 })
      expect(back).toMatchObject({ total: many + 1, succeeded: many + 1, failed: 0, skipped: 0 })
      expect(await atStep('by-hand')).toBe(0)
      const doubled = await oneRow(
        api.db,
        z.object({ n: z.number() }),
        sql`select count(*) as n from (select 1 from task where pilot_id = ${pilotId} and status = 'open'
        group by case_id having count(*) <> 1) as cases`,
      )
      expect(doubled.n).toBe(0)
      const cases = await oneRow(
        api.db,
        z.object({ n: z.number(), by_hand: z.number() }),
        sql`select count(*) as n, count(*) filter (where by_hand) as by_hand from case_run
        where pilot_id = ${pilotId} and ended_at is null`,
      )
      expect(cases).toEqual({ n: many + 1, by_hand: 0 })
    },
  )

  it('that is paused takes no cases; what was paused on its own stays so when it resumes', async () => {
    const { pilotId } = await withPilot(api, letters())
    const alone = await api.start(pilotId, { sender: 'Alone' })
    const other = await api.start(pilotId, { sender: 'Other' })
    for (const caseId of [alone, other]) {
      await caseIs(api, caseId, { what: 'the gate', is: (found) => found.taskId !== null })
    }
    await command(alone, { kind: 'pause', reason: 'this one waits for a call' })

    const paused = await api.call('commandPilot', {
      params: { pilotId },
      body: { kind: 'pause', reason: 'an audit' },
    })
    const refused = await api.send('POST', `/api/pilots/${pilotId}/cases`, {
      body: { values: { sender: 'New' } },
      headers: { 'idempotency-key': randomUUID() },
    })
    const first = await commandEnds(api, paused.id)
    const bothPaused = await Promise.all(
      [alone, other].map((caseId) => api.call('case', { params: { caseId } })),
    )
    const resumed = await api.call('commandPilot', { params: { pilotId }, body: { kind: 'resume' } })
    const second = await commandEnds(api, resumed.id)

    expect(refused).toMatchObject({ status: 409, body: { code: 'PilotNotRunning' } })
    expect(first).toMatchObject({ total: 2, succeeded: 1, skipped: 1 })
    expect(bothPaused.map((found) => found.paused)).toEqual([true, true])
    expect(second).toMatchObject({ total: 2, succeeded: 1, skipped: 1 })
    expect((await api.call('case', { params: { caseId: alone } })).paused).toBe(true)
    expect((await api.call('case', { params: { caseId: other } })).paused).toBe(false)
    expect((await api.call('pilot', { params: { pilotId } })).status).toBe('running')
  })

  it('tries again what waits at the desk, and tells of each what really happened', async () => {
    const map = aMap([ai('draft', { retry: { attempts: 1, firstPauseSeconds: 0 } }), manual('sort'), end()], {
      links: [
        { on: 'next', from: 'draft', to: 'sort' },
        { on: 'next', from: 'sort', to: 'done' },
      ],
    })
    const { pilotId } = await withPilot(api, map)
    const ids = await Promise.all(['a', 'b', 'c'].map((sender) => api.start(pilotId, { sender })))
    for (const caseId of ids) {
      await caseIs(api, caseId, { what: 'its task', is: (found) => found.stepId === 'sort' })
      await api.call('commandCase', {
        params: { caseId },
        body: { kind: 'raise-exception', stepId: 'sort', code: 'odd', note: 'not ours' },
      })
      await caseIs(api, caseId, { what: 'the desk', is: ({ state }) => state.includes('exception desk') })
    }

    const batch = await api.call('commandPilot', {
      params: { pilotId },
      body: { kind: 'retry', stepId: 'sort' },
    })
    const trying = await until(async () => {
      const found = await api.call('commandBatch', { params: { commandBatchId: batch.id } })
      return found.trying === 3 ? found : null
    }, 'all to be tried')
    const [sorted, odd, stopped] = ids
    await decideOn(sorted ?? '', { action: 'complete', values: {} })
    await api.call('commandCase', {
      params: { caseId: odd ?? '' },
      body: { kind: 'raise-exception', stepId: 'sort', code: 'odd', note: 'still not ours' },
    })
    await api.call('stopCase', { params: { caseId: stopped ?? '' }, body: { reason: 'enough' } })

    expect(trying).toMatchObject({ total: 3, succeeded: 0, failed: 0, pending: 3, status: 'working' })
    const done = await commandEnds(api, batch.id)
    expect(done).toMatchObject({ total: 3, succeeded: 1, failed: 2, skipped: 0 })
    expect(done.told.map(({ why }) => why)).toEqual(expect.arrayContaining(['still not ours']))
  })
})

async function decideOn(caseId: string, decision: Record<string, unknown>): Promise<void> {
  const { taskId } = await caseIs(api, caseId, {
    what: 'a task that is no exception',
    is: (found) => found.taskId !== null && !found.state.includes('exception desk'),
  })
  const task = await api.call('task', { params: { taskId: taskId ?? '' } })
  await api.call('decide', {
    as: 'priya',
    params: { taskId: task.id },
    body: {
      decisionId: randomUUID(),
      taskVersion: task.version,
      shownHash: task.shownHash,
      values: null,
      reason: null,
      note: null,
      touchMs: 10,
      ...decision,
    },
  })
}

describe('a message', () => {
  const map = (): ProcessMap =>
    aMap([wait('paid', { outputs: ['amount'] }), manual('book', { inputs: ['amount'] }), end()], {
      fields: [field('sender'), field('letter', 'long-text'), field('amount', 'number')],
      intake: [
        { field: 'sender', required: true },
        { field: 'letter', required: false },
      ],
      links: [
        next('paid', 'book'),
        { on: 'exception', from: 'paid', to: 'book', cause: 'timed-out' },
        next('book', 'done'),
      ],
    })
  const send = (pilotId: string, body: Record<string, unknown>) =>
    api.send('POST', `/api/pilots/${pilotId}/messages`, { body })

  it('finds its case by the key, brings its values, and counts once however often it comes', async () => {
    const { pilotId } = await withPilot(api, map())
    const caseId = await api.start(pilotId, { sender: ' INV-7 ' })
    const waiting = await caseIs(api, caseId, { what: 'the wait', is: (found) => found.waits.length === 1 })
    const message = { messageId: 'm-1', message: 'paid', key: 'INV-7', values: { amount: 12 } }

    const answers = await Promise.all([
      send(pilotId, message),
      send(pilotId, message),
      send(pilotId, message),
    ])
    const found = await caseIs(api, caseId, { what: 'the next step', is: ({ stepId }) => stepId === 'book' })
    const again = await send(pilotId, message)
    const other = await send(pilotId, { ...message, values: { amount: 13 } })
    const second = await send(pilotId, { ...message, messageId: 'm-2' })

    expect(waiting.waits[0]).toMatchObject({
      stepId: 'paid',
      message: 'paid',
      fields: [{ name: 'amount', type: 'number' }],
    })
    expect(waiting.status).toBe('waiting')
    expect(answers.map((answer) => answer.status)).toEqual([202, 202, 202])
    expect(found).toMatchObject({ values: { amount: 12 }, waits: [] })
    expect(again.body).toMatchObject({ status: 'duplicate' })
    expect(other).toMatchObject({ status: 422, body: { code: 'MessageIdReused' } })
    expect(second).toMatchObject({ status: 409, body: { code: 'MessageRepeated', first: 'm-1' } })
    expect(second.body['detail']).toContain('m-1')
    expect(await audited(caseId, 'send-message:refused')).toBe(2)
    const kept = await oneRow(
      api.db,
      z.object({ n: z.number() }),
      sql`select count(*) as n from document where case_id = ${caseId} and meta ? 'messageId'`,
    )
    expect(kept.n).toBe(1)
  })

  it('that no case knows is refused, each for its own reason, and is in the audit', async () => {
    const { pilotId } = await withPilot(api, map())
    const caseId = await api.start(pilotId, { sender: 'INV-8' })
    await caseIs(api, caseId, { what: 'the wait', is: (found) => found.waits.length === 1 })
    const message = { messageId: 'm-1', message: 'paid', key: 'INV-8', values: { amount: 1 } }

    const key = await send(pilotId, { ...message, key: 'INV-9' })
    const name = await send(pilotId, { ...message, message: 'returned' })
    const values = await send(pilotId, { ...message, values: { amount: 'much', colour: 'red' } })
    const missing = await send(pilotId, { ...message, values: {} })

    expect(key).toMatchObject({ status: 404, body: { code: 'KeyUnknown' } })
    expect(name).toMatchObject({ status: 404, body: { code: 'UnknownMessage', messages: ['paid'] } })
    expect(values).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'values.amount' }, { field: 'values.colour' }] },
    })
    expect(missing.status).toBe(422)
    expect(await audited(pilotId, 'send-message:refused')).toBe(2)
    expect(await audited(caseId, 'send-message:refused')).toBe(2)
    const found = await api.call('case', { params: { caseId } })
    expect(found.waits).toHaveLength(1)
  })

  it('to a case that ended is refused', async () => {
    const { pilotId } = await withPilot(api, map())
    const caseId = await api.start(pilotId, { sender: 'INV-10' })
    await caseIs(api, caseId, { what: 'the wait', is: (found) => found.waits.length === 1 })
    await api.call('stopCase', { params: { caseId }, body: { reason: 'written off' } })
    const ended = await caseIs(api, caseId, { what: 'its end', is: (found) => found.endedAt !== null })
    const message = { messageId: 'm-1', message: 'paid', key: 'INV-10', values: { amount: 1 } }

    expect(ended.waits).toEqual([])
    expect(await send(pilotId, message)).toMatchObject({ status: 409, body: { code: 'CaseClosing' } })
  })
})

describe('a move', () => {
  it('is tried dry first, then brings each case to the new version at its next safe point', async () => {
    const { pilotId, processId } = await withPilot(api, letters())
    const atGate = await api.start(pilotId, { sender: 'At the gate' })
    await caseIs(api, atGate, { what: 'the gate', is: (found) => found.taskId !== null })
    api.model.hold()
    const drafting = await api.start(pilotId, { sender: 'At work' })
    await caseIs(api, drafting, { what: 'AI at work', is: (found) => found.liveSteps[0]?.stepId === 'draft' })
    const better = aMap([ai('draft'), review('check', 'draft'), manual('file'), end()])
    await publish(processId, better)

    const plain = await api.call('moves', { params: { pilotId }, query: { toVersion: '2' } })
    const named = await api.call('moves', {
      params: { pilotId },
      query: { toVersion: '2', steps: 'read:check' },
    })
    const wrong = await api.send('POST', `/api/pilots/${pilotId}/moves`, {
      body: { toVersion: 2, stepIds: { read: 'nowhere' }, newCases: false, reason: 'better' },
    })
    const batch = await api.call('moveCases', {
      params: { pilotId },
      body: { toVersion: 2, stepIds: { read: 'check' }, newCases: true, reason: 'a better map' },
    })
    const waiting = await until(async () => {
      const found = await api.call('commandBatch', { params: { commandBatchId: batch.id } })
      return found.succeeded === 1 && found.waiting === 1 ? found : null
    }, 'one moved and one waiting')
    api.model.release()
    const done = await commandEnds(api, batch.id)

    const verdictOf = (list: typeof plain, caseId: string) => list.cases.find((one) => one.caseId === caseId)
    expect(plain).toMatchObject({ total: 2, cannotMove: 1, notNow: 1, canMove: 0 })
    expect(verdictOf(plain, atGate)).toMatchObject({ verdict: 'cannot-move', refusal: 'StepRemoved' })
    expect(named).toMatchObject({ canMove: 1, notNow: 1, cannotMove: 0 })
    expect(wrong).toMatchObject({ status: 422, body: { errors: [{ field: 'stepIds.read' }] } })
    expect(waiting).toMatchObject({ total: 2, pending: 1 })
    expect(done).toMatchObject({ total: 2, succeeded: 2 })
    const moved = await caseIs(api, atGate, { what: 'the new gate', is: (found) => found.stepId === 'check' })
    expect(moved.mapVersion).toBe(2)
    const places = await rows(
      api.db,
      z.object({ visit: z.string(), n: z.number() }),
      sql`select event->>'execId' as visit,
          sum(case type when 'step-entered' then 1 else -1 end)::integer as n
        from case_event where case_id = ${atGate} and type in ('step-entered', 'step-finished', 'step-abandoned')
        group by 1 order by 1`,
    )
    expect(places.filter(({ n }) => n !== 0)).toEqual([{ visit: 'check#1', n: 1 }])
    const asked = await api.call('task', { as: 'sam', params: { taskId: moved.taskId ?? '' } })
    expect(asked).toMatchObject({ status: 'open', stepId: 'check' })
    expect((await api.call('pilot', { params: { pilotId } })).mapVersion).toBe(2)
    const after = await api.call('moves', { params: { pilotId } })
    expect(after).toMatchObject({ total: 2, thereAlready: 2 })
  })
})

async function publish(processId: string, map: ProcessMap): Promise<void> {
  const put = await putDraft(api.db, { processId, revision: 1, map, by: 'priya' })
  if ('code' in put) throw new Error(put.code)
  const published = await publishDraft(api.db, { processId, revision: 2, by: 'priya' })
  if ('code' in published) throw new Error(JSON.stringify(published))
}

describe('a contained map', () => {
  it('asks at its gate with its own fields and words, and hands back what was decided', async () => {
    const inner = await withPilot(api, letters())
    const outer = aMap(
      [
        subProcess('reply', {
          processId: inner.processId,
          inputs: ['sender'],
          gives: [{ from: 'sender', to: 'sender' }],
          takes: [{ from: 'summary', to: 'summary' }],
          outputs: ['summary'],
        }),
        manual('file', { inputs: ['summary'] }),
        end(),
      ],
      {
        name: 'Replies',
      },
    )
    const { pilotId } = await withPilot(api, outer)
    const caseId = await api.start(pilotId, { sender: 'Ann' })
    const waiting = await caseIs(api, caseId, { what: 'the gate', is: (found) => found.taskId !== null })
    const task = await api.call('task', { as: 'sam', params: { taskId: waiting.taskId ?? '' } })

    await api.call('decide', {
      as: 'sam',
      params: { taskId: task.id },
      body: {
        decisionId: randomUUID(),
        taskVersion: task.version,
        shownHash: task.shownHash,
        action: 'edit',
        values: { summary: 'A better summary.' },
        reason: null,
        note: null,
        touchMs: 10,
      },
    })
    const filed = await caseIs(api, caseId, { what: 'the next step', is: ({ stepId }) => stepId === 'file' })
    const filing = await api.call('task', { as: 'sam', params: { taskId: filed.taskId ?? '' } })

    expect(task).toMatchObject({
      stepId: 'read',
      stepTitle: 'Review read',
      reasons: expect.arrayContaining(['Tone']),
    })
    expect(task.draft.map(({ field: { name }, value }) => [name, value])).toEqual([['summary', 'A summary.']])
    expect(waiting.state).toContain('Review read')
    expect(waiting.liveSteps.map(({ stepId }) => stepId)).toEqual(
      expect.arrayContaining(['reply', 'reply/read']),
    )
    expect(waiting.story.map(({ title }) => title)).toContain('Contains reply › Draft draft')
    expect(filing.sources.find(({ field: { name } }) => name === 'summary')?.value).toBe('A better summary.')
  })
})
