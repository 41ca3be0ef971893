import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { relayCommands } from '#api/command-relay.ts'
import { relayMessages } from '#api/deliver-message.ts'
import type { Told } from '#api/engine.ts'
import type { MoveArgs, MoveResult } from '#domain/case-messages.ts'
import { appendFacts, closeCase } from '#store/case-work.ts'
import { oneRow, run, sql } from '#store/db.ts'
import { publishDraft, putDraft } from '#store/processes.ts'
import { isStartWaiting } from '#store/start-queue.ts'
import { aMap, draftAndReview, end, field, manual, next, wait } from '../support/maps.ts'
import { commandEnds, until } from './running-api.ts'
import { openTestApi, withPilot, type TestApi } from './test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api.close())
beforeEach(() => {
  api.engine.isDown = false
  api.engine.onCommand = () => ({ kind: 'done', result: { status: 'applied', facts: [] } })
  api.engine.onDeliver = () => ({ kind: 'done', result: { status: 'delivered', facts: [] } })
  api.engine.onMove = () => ({ kind: 'done', result: { status: 'moving' } })
  api.engine.onSnapshot = () => ({ kind: 'gone' })
  api.engine.commanded.length = 0
  api.engine.delivered.length = 0
})

async function aCase(pilotId: string, sender = 'Ann'): Promise<string> {
  const { caseId } = await api.call('startCase', {
    params: { pilotId },
    body: { values: { sender } },
    headers: { 'idempotency-key': randomUUID() },
  })
  return caseId
}

const pause = { kind: 'pause', reason: 'an audit' }

/** As a case itself tells that it took the last command that it was told. */
async function tellPaused(caseId: string): Promise<void> {
  const args = api.engine.commanded.findLast((told) => told.caseId === caseId)
  if (args === undefined) throw new Error(`case ${caseId} was told nothing`)
  const { by, reason, commandId } = args
  await appendFacts(api.db, caseId, [
    { type: 'case-paused', at: new Date().toISOString(), seq: 1, by, reason, commandId },
  ])
}

async function endCase(pilotId: string, caseId: string): Promise<void> {
  const at = new Date().toISOString()
  await closeCase(api.db, { caseId, pilotId, status: 'done', outcome: 'Sent', stepId: null, at, facts: [] })
}

describe('a command to a case', () => {
  it('is the owner’s to give; that a case does not fit, a reviewer may say', async () => {
    const { pilotId } = await withPilot(api, draftAndReview())
    const caseId = await aCase(pilotId)
    const say = (as: string, body: Record<string, unknown>) =>
      api.send('POST', `/api/cases/${caseId}/commands`, { as, body })
    const fits = { kind: 'raise-exception', stepId: 'read', code: 'odd', note: '' }

    expect((await say('sam', pause)).status).toBe(403)
    expect((await say('dana', fits)).status).toBe(403)
    expect((await say('sam', fits)).status).toBe(202)
    expect((await say('priya', pause)).status).toBe(202)
    expect((await say('priya', { kind: 'pause', reason: ' ' })).status).toBe(422)
  })

  it('sent again with its key is told the engine under one id, and the engine’s silence is no answer', async () => {
    const { pilotId } = await withPilot(api, draftAndReview())
    const caseId = await aCase(pilotId)
    const headers = { 'idempotency-key': randomUUID() }
    const say = () => api.send('POST', `/api/cases/${caseId}/commands`, { body: pause, headers })
    api.engine.onCommand = () => ({ kind: 'unanswered' })

    const first = await say()
    api.engine.onCommand = () => ({ kind: 'done', result: { status: 'duplicate', facts: [] } })
    const second = await say()

    expect(first).toMatchObject({ status: 503, body: { code: 'EngineUnavailable' } })
    expect(second).toMatchObject({ status: 202, body: { status: 'duplicate' } })
    expect(new Set(api.engine.commanded.map((told) => told.commandId)).size).toBe(1)
    const audited = await oneRow(
      api.db,
      z.object({ n: z.number() }),
      sql`select count(*)::int as n from audit where object_id = ${caseId} and action = 'command-case:pause'`,
    )
    expect(audited.n).toBe(1)
  })

  it('that was not heard counts when the case has told of it, and ended in another history', async () => {
    const { pilotId } = await withPilot(api, draftAndReview())
    const caseId = await aCase(pilotId)
    const headers = { 'idempotency-key': randomUUID() }
    const say = () => api.send('POST', `/api/cases/${caseId}/commands`, { body: pause, headers })
    api.engine.onCommand = () => ({ kind: 'unanswered' })

    const unheard = await say()
    await tellPaused(caseId)
    await endCase(pilotId, caseId)
    api.engine.onCommand = () => ({ kind: 'gone' })
    const again = await say()

    expect(unheard).toMatchObject({ status: 503, body: { code: 'EngineUnavailable' } })
    expect(again).toMatchObject({ status: 202, body: { status: 'duplicate' } })
  })

  it('to a case that waits for its start has it started; not while the engine is away', async () => {
    const { pilotId } = await withPilot(api, draftAndReview())
    const caseId = await aCase(pilotId)
    const hasStarted = (): boolean => api.engine.started.some((input) => input.caseId === caseId)
    api.engine.onCommand = () =>
      hasStarted() ? { kind: 'done', result: { status: 'applied', facts: [] } } : { kind: 'gone' }
    const begin = api.engine.start
    const say = () => api.send('POST', `/api/cases/${caseId}/commands`, { body: pause })

    api.engine.start = async () => {
      throw new Error('the engine went away in between')
    }
    const away = await say()
    api.engine.start = begin
    const waited = await isStartWaiting(api.db, caseId)
    const there = await say()

    expect(away).toMatchObject({ status: 503, body: { code: 'EngineUnavailable' } })
    expect(waited).toBe(true)
    expect(there).toMatchObject({ status: 202, body: { status: 'applied' } })
    expect(await isStartWaiting(api.db, caseId)).toBe(false)
  })

  it('to many has those started that wait for it', async () => {
    const { pilotId } = await withPilot(api, draftAndReview())
    const ids = [await aCase(pilotId), await aCase(pilotId)]
    const started = (caseId: string) => api.engine.started.filter((input) => input.caseId === caseId)
    api.engine.onCommand = (_, { caseId }) =>
      started(caseId).length > 0
        ? { kind: 'done', result: { status: 'applied', facts: [] } }
        : { kind: 'gone' }

    const batch = await api.call('commandPilot', { params: { pilotId }, body: pause })
    const done = await commandEnds(api, batch.id)

    expect(done).toMatchObject({ total: 2, succeeded: 2 })
    for (const id of ids) expect(started(id)).toHaveLength(1)
  })

  it('to stop undoes what was done unless one says otherwise', async () => {
    const { pilotId } = await withPilot(api, draftAndReview())
    const told: (boolean | undefined)[] = []
    api.engine.onStop = ({ compensate }) => {
      told.push(compensate)
      return { kind: 'done', result: { status: 'stopping' } }
    }

    for (const more of [{}, { compensate: false }]) {
      const caseId = await aCase(pilotId)
      await api.call('stopCase', { params: { caseId }, body: { reason: 'enough', ...more } })
    }

    expect(told).toEqual([true, false])
  })
})

describe('a command to a pilot', () => {
  it('tells every case once although two relays work on it, and in the order of the commands', async () => {
    const { pilotId } = await withPilot(api, draftAndReview())
    const ids = await Promise.all(Array.from({ length: 24 }, (_, nth) => aCase(pilotId, `S${nth}`)))
    api.engine.isDown = true
    const first = await api.call('commandPilot', { params: { pilotId }, body: pause })
    const second = await api.call('commandPilot', { params: { pilotId }, body: { kind: 'resume' } })
    const waiting = await api.call('commandBatch', { params: { commandBatchId: first.id } })
    expect(waiting).toMatchObject({ total: 24, pending: 24, status: 'working' })
    expect((await api.call('pilot', { params: { pilotId } })).batch?.id).toBe(second.id)

    api.engine.isDown = false
    const { db, engine } = api
    const deps = { db, engine, versionOf: api.deps.versionOf, onError: () => undefined }
    // Not those that the API is just trying to tell.
    await run(db, sql`update command_batch_case set next_at = now() where attempts = 0`)
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        while ((await relayCommands(deps)) > 0);
      }),
    )

    expect(await commandEnds(api, first.id)).toMatchObject({ total: 24, succeeded: 24 })
    expect(await commandEnds(api, second.id)).toMatchObject({ total: 24, succeeded: 24 })
    for (const caseId of ids) {
      const told = api.engine.commanded.filter((one) => one.caseId === caseId)
      expect(told.map(({ kind }) => kind)).toEqual(['pause', 'resume'])
      expect(told.map(({ commandId }) => commandId)).toEqual([
        `${first.id}:${caseId}`,
        `${second.id}:${caseId}`,
      ])
    }
  })

  it('counts what was so already, what refuses and what has ended, each with its reason', async () => {
    const { pilotId } = await withPilot(api, draftAndReview())
    await aCase(pilotId, 'plain')
    const so = await aCase(pilotId, 'so')
    const odd = await aCase(pilotId, 'odd')
    const gone = await aCase(pilotId, 'gone')
    api.engine.onCommand = (_, { caseId }) => {
      if (caseId === so) return { kind: 'done', result: { status: 'unchanged', facts: [] } }
      if (caseId === odd) {
        return { kind: 'refused', type: 'StepNotLive', details: [{ code: 'StepNotLive', stepId: 'draft' }] }
      }
      if (caseId === gone) {
        return { kind: 'refused', type: 'CaseClosing', details: [{ code: 'CaseClosing', outcome: 'Paid' }] }
      }
      return { kind: 'done', result: { status: 'applied', facts: [] } }
    }

    const batch = await api.call('commandPilot', {
      params: { pilotId },
      body: { kind: 'go-by-hand', stepId: 'draft', reason: 'odd drafts' },
    })
    const done = await commandEnds(api, batch.id)

    expect(done).toMatchObject({ total: 4, succeeded: 1, failed: 1, skipped: 2, pending: 0, stepId: 'draft' })
    expect(done.told.map(({ title, status }) => [title, status])).toEqual([
      ['odd', 'failed'],
      ['so', 'skipped'],
      ['gone', 'skipped'],
    ])
    expect(await api.call('pilot', { params: { pilotId } })).toMatchObject({
      byHandSteps: ['draft'],
      batch: null,
    })
  })

  it('says that a case was told which took the command, was not heard, and ended', async () => {
    const { pilotId } = await withPilot(api, draftAndReview())
    const [heard, unheard] = [await aCase(pilotId, 'heard'), await aCase(pilotId, 'unheard')]
    const told = await aCase(pilotId, 'told in an earlier history')
    let sent = 0
    api.engine.onCommand = () => {
      sent += 1
      return { kind: 'unanswered' }
    }
    const batch = await api.call('commandPilot', { params: { pilotId }, body: pause })
    await until(async () => (sent >= 3 ? sent : null), 'all cases to be told')
    await tellPaused(told)
    for (const caseId of [heard, unheard, told]) await endCase(pilotId, caseId)
    api.engine.onCommand = (_, { caseId }) =>
      caseId === heard ? { kind: 'done', result: { status: 'applied', facts: [] } } : { kind: 'gone' }

    const done = await commandEnds(api, batch.id)

    expect(done).toMatchObject({ total: 3, succeeded: 2, skipped: 1 })
    expect(done.told).toMatchObject([{ title: 'unheard', why: 'The case has ended: Sent' }])
  })

  it('names a step that can be done by hand', async () => {
    const { pilotId } = await withPilot(api, draftAndReview())
    const say = (stepId: string) =>
      api.send('POST', `/api/pilots/${pilotId}/commands`, {
        body: { kind: 'go-by-hand', stepId, reason: 'x' },
      })

    for (const stepId of ['read', 'nowhere']) {
      const answer = await say(stepId)
      expect(answer).toMatchObject({
        status: 422,
        body: { errors: [{ field: 'stepId', mend: 'use draft' }] },
      })
    }
  })

  it('lets new cases begin by hand, and files wait while it is paused', async () => {
    const { pilotId } = await withPilot(api, draftAndReview())
    await api.call('commandPilot', {
      params: { pilotId },
      body: { kind: 'go-by-hand', stepId: null, reason: 'no AI today' },
    })
    const caseId = await aCase(pilotId)
    await api.relay()
    const input = api.engine.started.find((started) => started.caseId === caseId)
    const file = await api.call('startCases', {
      params: { pilotId },
      raw: `sender\n${Array.from({ length: 3 }, (_, nth) => `Row ${nth}`).join('\n')}\n`,
      headers: { 'content-type': 'text/csv' },
    })
    await until(async () => {
      const found = await api.call('caseBatch', { params: { batchId: file.id } })
      return found.status === 'done' ? found : null
    }, 'the file')
    await run(
      api.db,
      sql`update case_batch set status = 'working', handled = 1, started = 1 where id = ${file.id}`,
    )

    const paused = await api.call('commandPilot', { params: { pilotId }, body: pause })
    await commandEnds(api, paused.id)
    api.jobs.kick()
    await new Promise((done) => setTimeout(done, 300))

    expect(input?.control).toEqual({ paused: false, byHand: true, byHandSteps: [] })
    expect(await api.call('case', { params: { caseId } })).toMatchObject({ byHand: true })
    expect(await api.call('caseBatch', { params: { batchId: file.id } })).toMatchObject({
      started: 1,
      refused: 0,
    })
    expect((await api.call('pilot', { params: { pilotId } })).can.startCase).toBe(false)
    const resumed = await api.call('commandPilot', { params: { pilotId }, body: { kind: 'resume' } })
    await commandEnds(api, resumed.id)
    api.jobs.kick()
    await until(async () => {
      const found = await api.call('caseBatch', { params: { batchId: file.id } })
      return found.status === 'done' ? found : null
    }, 'the rest of the file')
  })
})

describe('a move', () => {
  /** A pilot whose map was published three times. */
  async function withVersions(): Promise<{ pilotId: string; processId: string }> {
    const pilot = await withPilot(api, draftAndReview())
    for (const revision of [1, 2]) {
      const { processId } = pilot
      const put = await putDraft(api.db, { processId, revision, map: draftAndReview(), by: 'priya' })
      if ('code' in put) throw new Error(put.code)
      await publishDraft(api.db, { processId, revision: put.revision, by: 'priya' })
    }
    return pilot
  }
  const order = (pilotId: string, toVersion: number) =>
    api.call('moveCases', {
      params: { pilotId },
      body: { toVersion, stepIds: {}, newCases: false, reason: 'a better map' },
    })
  /** As the case itself tells it when it goes on. */
  const tellMoved = (caseId: string, { moveId, plan }: MoveArgs, fromVersion = 1): Promise<void> =>
    appendFacts(api.db, caseId, [
      {
        type: 'case-moved',
        at: new Date().toISOString(),
        seq: plan.version,
        by: { id: 'priya', name: 'Priya Nair', sample: false },
        fromVersion,
        toVersion: plan.version,
        moveId,
      },
    ])
  const notNow: Told<MoveResult> = {
    kind: 'refused',
    type: 'NotAtSafePoint',
    details: [{ code: 'NotAtSafePoint', at: ['draft'] }],
  }

  it('that a case took and nobody heard of is told as done, also after the case went on to another version', async () => {
    const { pilotId } = await withVersions()
    const [stays, goesOn] = [await aCase(pilotId, 'stays'), await aCase(pilotId, 'goes on')]
    const taken = new Map<string, MoveArgs>()
    api.engine.onMove = (args, { caseId }) => {
      taken.set(caseId, args)
      return { kind: 'unanswered' }
    }

    const batch = await order(pilotId, 2)
    await until(async () => (taken.size === 2 ? taken : null), 'both cases to be told')
    for (const [caseId, args] of taken) await tellMoved(caseId, args)
    const [args] = taken.values()
    if (args === undefined) throw new Error('no case was told')
    await tellMoved(goesOn, { ...args, moveId: 'another', plan: { ...args.plan, version: 3 } }, 2)

    expect(await commandEnds(api, batch.id)).toMatchObject({ total: 2, succeeded: 2, skipped: 0 })
    expect(taken.has(stays)).toBe(true)
  })

  it('that waits gives way to one that is ordered later, and has its turn when that one fails', async () => {
    const { pilotId } = await withVersions()
    const [fits, odd] = [await aCase(pilotId, 'fits'), await aCase(pilotId, 'odd')]
    api.engine.onMove = () => notNow
    const waits = (batchId: string) =>
      until(async () => {
        const found = await api.call('commandBatch', { params: { commandBatchId: batchId } })
        return found.waiting === 2 ? found : null
      }, 'both cases to wait')
    const [first, second] = [await order(pilotId, 2), await order(pilotId, 3)]
    await waits(first.id)
    await waits(second.id)

    const moved: [string, number][] = []
    const moving: Promise<void>[] = []
    api.engine.onMove = (args, { caseId }) => {
      if (caseId === odd && args.plan.version === 3) {
        const why = { code: 'StepRemoved', stepId: 'draft' }
        return { kind: 'refused', type: 'CannotMove', details: [{ code: 'CannotMove', why }] }
      }
      moved.push([caseId, args.plan.version])
      moving.push(tellMoved(caseId, args))
      return { kind: 'done', result: { status: 'moving' } }
    }

    expect(await commandEnds(api, second.id)).toMatchObject({ succeeded: 1, failed: 1 })
    expect(await commandEnds(api, first.id)).toMatchObject({ succeeded: 1, skipped: 1 })
    await Promise.all(moving)
    const versions = new Map(moved)
    expect(versions.get(fits)).toBe(3)
    expect(versions.get(odd)).toBe(2)
  })

  it('tried dry counts a case that the engine says nothing of, and is refused when it says nothing at all', async () => {
    const { pilotId } = await withVersions()
    const unheard = await aCase(pilotId, 'unheard')
    await aCase(pilotId, 'waits for its start')
    api.engine.onSnapshot = ({ caseId }) => (caseId === unheard ? { kind: 'unsent' } : { kind: 'gone' })

    const check = await api.call('moves', { params: { pilotId } })
    api.engine.isDown = true
    const down = await api.send('GET', `/api/pilots/${pilotId}/moves`)

    expect(check).toMatchObject({ total: 2, unknown: 2, canMove: 0, next: null })
    expect(check.cases.map(({ verdict, why }) => [verdict, why])).toEqual([
      ['unknown', 'The engine did not answer.'],
      ['unknown', 'The engine does not run it yet, or no more.'],
    ])
    expect(down).toMatchObject({ status: 503, body: { code: 'EngineUnavailable' } })
  })
})

describe('a message', () => {
  const letters = () =>
    aMap([wait('paid', { outputs: ['amount'] }), manual('book'), end()], {
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
  const message = (key: string) => ({ messageId: randomUUID(), message: 'paid', key, values: { amount: 12 } })

  it('is kept while the engine is away, and brought once it is back', async () => {
    const { pilotId } = await withPilot(api, letters())
    const caseId = await aCase(pilotId, 'INV-1')
    api.engine.isDown = true
    const body = message('INV-1')

    const answer = await api.send('POST', `/api/pilots/${pilotId}/messages`, { body })
    const unbrought = await oneRow(
      api.db,
      z.object({ seconds: z.number() }),
      sql`select extract(epoch from next_at - at)::double precision as seconds from message
        where pilot_id = ${pilotId} and message_id = ${body.messageId}`,
    )
    api.engine.isDown = false
    await run(api.db, sql`update message set next_at = now()`)
    const deps = { db: api.db, engine: api.engine, versionOf: api.deps.versionOf, onError: () => undefined }
    await Promise.all([relayMessages(deps), relayMessages(deps)])
    const again = await until(async () => {
      const found = await api.send('POST', `/api/pilots/${pilotId}/messages`, { body })
      return found.body['status'] === 'duplicate' ? found : null
    }, 'it to be brought')

    expect(answer).toMatchObject({ status: 202, body: { status: 'accepted', caseId } })
    // Whoever took it in says that it was not brought: nobody waits for that to be found out.
    expect(unbrought.seconds).toBeLessThan(10)
    expect(again.status).toBe(202)
    const told = api.engine.delivered.filter((one) => one.caseId === caseId)
    expect(new Set(told.map(({ messageId }) => messageId))).toEqual(new Set([body.messageId]))
    expect(told[0]).toMatchObject({ message: 'paid', fields: ['amount'], values: {} })
  })

  it('whose key two open cases have goes to the one that waits, else is not guessed at', async () => {
    const { pilotId } = await withPilot(api, letters())
    const [one, two] = [await aCase(pilotId, 'TWIN'), await aCase(pilotId, 'TWIN')]

    const unclear = await api.send('POST', `/api/pilots/${pilotId}/messages`, { body: message('TWIN') })
    await run(
      api.db,
      sql`insert into case_wait (case_id, exec_id, step_id, since, message)
      values (${two}, 'paid#1', 'paid', now(), 'paid')`,
    )
    const clear = await api.send('POST', `/api/pilots/${pilotId}/messages`, { body: message('TWIN') })
    const own = await api.send('POST', `/api/cases/${one}/messages`, {
      body: { messageId: randomUUID(), message: 'paid', values: { amount: 1 } },
    })

    expect(unclear).toMatchObject({ status: 409, body: { code: 'KeyAmbiguous', cases: [2, 1] } })
    expect(clear.body).toMatchObject({ caseId: two, status: 'delivered' })
    expect(own.body).toMatchObject({ caseId: one, status: 'delivered' })
  })

  it('that the case refuses leaves nothing but a row of the audit', async () => {
    const { pilotId } = await withPilot(api, letters())
    const caseId = await aCase(pilotId, 'INV-2')
    api.engine.onDeliver = () => ({
      kind: 'refused',
      type: 'MessageRepeated',
      details: [{ code: 'MessageRepeated', message: 'paid' }],
    })

    const answer = await api.send('POST', `/api/pilots/${pilotId}/messages`, { body: message('INV-2') })

    expect(answer).toMatchObject({ status: 409, body: { code: 'MessageRepeated' } })
    const left = await oneRow(
      api.db,
      z.object({ documents: z.number(), audited: z.number() }),
      sql`select (select count(*) from document where case_id = ${caseId} and meta ? 'messageId') as documents,
        (select count(*) from audit where object_id = ${caseId} and action = 'send-message:refused') as audited`,
    )
    expect(left).toEqual({ documents: 0, audited: 1 })
    expect((await api.call('case', { params: { caseId } })).values).toEqual({ sender: 'INV-2' })
  })
})
