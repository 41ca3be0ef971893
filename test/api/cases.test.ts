import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contract } from '#domain/contract.ts'
import type { CaseBatch } from '#domain/views/cases.ts'
import { rows, run, sql } from '#store/db.ts'
import { isStartWaiting } from '#store/start-queue.ts'
import { z } from 'zod'
import { aMap, ai, draftAndReview, end, field, review } from '../support/maps.ts'
import { batchEnds } from './some-of-everything.ts'
import { fill, openTestApi, withPilot, type Answer, type TestApi } from './test-api.ts'

let api: TestApi
let pilotId: string
beforeAll(async () => {
  api = await openTestApi()
  pilotId = (await withPilot(api, draftAndReview())).pilotId
})
afterAll(() => api.close())

function start(values: Record<string, unknown>, key: string = randomUUID()): Promise<Answer> {
  return api.send('POST', `/api/pilots/${pilotId}/cases`, {
    body: { values },
    headers: { 'idempotency-key': key },
  })
}

const finished = (batchId: string): Promise<CaseBatch> => batchEnds(api, batchId)

function startMany(raw: string | Uint8Array<ArrayBuffer>, query = ''): Promise<Answer> {
  const path = `${fill(contract.startCases.path, { pilotId })}${query}`
  return api.send('POST', path, { raw, headers: { 'content-type': 'text/csv' } })
}

describe('a case', () => {
  it('started by form is told to the engine with its plan and where its values stand', async () => {
    const answer = await start({ sender: 'Ann', amount: 12.5, letter: null })

    await api.relay()
    expect(answer.status).toBe(202)
    const input = api.engine.started.find((started) => started.caseId === answer.body['caseId'])
    expect(input?.startedBy.id).toBe('priya')
    expect(input?.fields['sender']?.id).toBe(`${String(answer.body['caseId'])}.intake`)
    expect(JSON.stringify(input)).not.toContain('12.5')
  })

  it('is one case for one key, however often it is sent', async () => {
    const key = randomUUID()

    const answers = await Promise.all(Array.from({ length: 25 }, () => start({ sender: 'Same' }, key)))

    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([202]))
    expect(new Set(answers.map((answer) => answer.body['caseId'])).size).toBe(1)
  })

  it('is two cases for two people with the same key', async () => {
    const key = randomUUID()
    const body = { values: { sender: 'Twin' } }
    const headers = { 'idempotency-key': key }

    const one = await api.send('POST', `/api/pilots/${pilotId}/cases`, { as: 'priya', body, headers })
    const two = await api.send('POST', `/api/pilots/${pilotId}/cases`, { as: 'sam', body, headers })

    expect(one.body['caseId']).not.toBe(two.body['caseId'])
  })

  it('is not started from values that do not fit, and each is named', async () => {
    const answer = await start({ amount: 'twelve', colour: 'red' })

    expect(answer.status).toBe(422)
    expect(answer.body).toMatchObject({
      code: 'ValuesInvalid',
      errors: [{ field: 'values.sender' }, { field: 'values.amount' }, { field: 'values.colour' }],
    })
  })

  it('waits while the engine is away, and is started when it is back', async () => {
    api.engine.isDown = true
    const { body } = await start({ sender: 'Patient' })
    const isStarted = (): boolean => api.engine.started.some((input) => input.caseId === body['caseId'])
    const logged = console.error
    console.error = () => undefined
    await api.relay()
    console.error = logged
    expect(isStarted()).toBe(false)

    api.engine.isDown = false
    await run(api.db, sql`update start_outbox set next_at = now()`)
    await api.relay()

    expect(isStarted()).toBe(true)
    const left = await rows(api.db, z.object({ n: z.number() }), sql`select count(*) as n from start_outbox`)
    expect(left[0]?.n).toBe(0)
  })

  it('that was not started yet can be stopped', async () => {
    const { body } = await start({ sender: 'Too early' })
    api.engine.onStop = () => ({ kind: 'gone' })

    const stopped = await api.call('stopCase', {
      params: { caseId: String(body['caseId']) },
      body: { reason: 'sent by mistake' },
    })

    expect(stopped.status).toBe('cancelled')
    expect(stopped.outcome).toBe('Stopped by Priya Nair: sent by mistake')
    const again = await api.send('POST', `/api/cases/${String(body['caseId'])}/stop`, {
      body: { reason: 'again' },
    })
    expect(again.body['code']).toBe('CaseClosing')
  })

  it('that is asked to stop again under the same key was stopped once, and says so', async () => {
    const { body } = await start({ sender: 'Answer lost' })
    const path = `/api/cases/${String(body['caseId'])}/stop`
    const stop = { body: { reason: 'sent by mistake' }, headers: { 'idempotency-key': 'stop it' } }
    api.engine.onStop = () => ({ kind: 'unanswered' })
    const lost = await api.send('POST', path, stop)
    api.engine.onStop = () => ({ kind: 'gone' })
    await api.call('stopCase', {
      params: { caseId: String(body['caseId']) },
      body: stop.body,
      headers: stop.headers,
    })
    // The answer that was kept under the key is lost with the server that kept it.
    await run(api.db, sql`delete from idempotency_key where key = 'stop it'`)

    const again = await api.send('POST', path, stop)

    expect(lost.status).toBe(503)
    expect(again.status).toBe(202)
    expect(again.body['status']).toBe('cancelled')
    const audit = await rows(
      api.db,
      z.object({ n: z.number() }),
      sql`select count(*) as n from audit where action = 'stop-case' and object_id = ${String(body['caseId'])}`,
    )
    expect(audit[0]?.n).toBe(1)
  })

  it('that is stopped while it is being started is stopped by itself: it may have done something', async () => {
    const { body } = await start({ sender: 'In between' })
    const caseId = String(body['caseId'])
    const startAsBefore = api.engine.start
    const told: string[] = []
    api.engine.onStop = () => {
      told.push('stop')
      return told.includes('start') ? { kind: 'done', result: { status: 'stopping' } } : { kind: 'gone' }
    }
    api.engine.start = async (input) => {
      const isFirst = input.caseId === caseId && told.length === 0
      if (isFirst) {
        await api.call('stopCase', { params: { caseId }, body: { reason: 'sent by mistake' } })
      } else if (input.caseId === caseId) told.push('start')
      await startAsBefore(input)
    }

    await api.relay()

    api.engine.start = startAsBefore
    expect(told).toEqual(['stop', 'stop', 'start', 'stop'])
    expect(await isStartWaiting(api.db, caseId)).toBe(false)
    expect((await api.call('case', { params: { caseId } })).endedAt).toBeNull()
  })

  it('is not taken by a pilot that does not run', async () => {
    const { pilotId: ended } = await withPilot(api, draftAndReview())
    await run(api.db, sql`update pilot set status = 'ended' where id = ${ended}`)

    const answer = await api.send('POST', `/api/pilots/${ended}/cases`, {
      body: { values: { sender: 'Ann' } },
      headers: { 'idempotency-key': randomUUID() },
    })

    expect(answer.status).toBe(409)
    expect(answer.body['code']).toBe('PilotNotRunning')
  })
})

describe('a file of many', () => {
  it('starts a case for every row, by field names or labels, gzipped or not', async () => {
    const csv = '\ufeffSender;LETTER;amount\nAnn;"Hello;\nyou";1 200\nBob;;\n\n'
    const plain = await startMany(csv)
    const packed = await startMany(new Uint8Array(gzipSync(csv)))

    const done = await Promise.all([plain, packed].map((answer) => finished(String(answer.body['id']))))

    expect(done).toMatchObject([
      { total: 2, started: 2, refused: 0 },
      { total: 2, started: 2, refused: 0 },
    ])
    const found = await api.call('cases', { params: { pilotId }, query: { search: 'ann' } })
    const story = await api.call('case', { params: { caseId: found.items[0]?.id ?? '' } })
    expect(story.values).toMatchObject({ sender: 'Ann', letter: 'Hello;\nyou', amount: 1200 })
  })

  it('with faults starts nothing and lists them by row', async () => {
    const before = await api.call('cases', { params: { pilotId } })

    const answer = await startMany('sender,amount\nAnn,1\n,2\nBob,many\nCem,3,surplus\n')

    expect(answer.status).toBe(422)
    expect(answer.body).toMatchObject({
      code: 'RowsRejected',
      total: 3,
      rows: [
        { row: 3, field: 'sender' },
        { row: 4, field: 'amount' },
        { row: 5, field: 'column 3' },
      ],
    })
    expect((await api.call('cases', { params: { pilotId } })).items.length).toBe(before.items.length)
  })

  it('with faults starts the others when one says so', async () => {
    const answer = await startMany('sender,amount\nAnn,1\n,2\nBob,3\n', '?skipFaulty=true')

    expect(await finished(String(answer.body['id']))).toMatchObject({ total: 3, started: 2, refused: 1 })
  })

  it('whose columns are not known starts nothing, whatever one says', async () => {
    const answer = await startMany('sender,colour\nAnn,red\n', '?skipFaulty=true')

    expect(answer.status).toBe(422)
    expect(answer.body).toMatchObject({ rows: [{ row: 1, field: 'colour' }] })
  })

  it('that was cut off goes on where it stopped and starts no row twice', async () => {
    const answer = await startMany(`sender\n${Array.from({ length: 45 }, (_, i) => `Row ${i}`).join('\n')}\n`)
    const batchId = String(answer.body['id'])
    await finished(batchId)
    await run(
      api.db,
      sql`update case_batch set status = 'working', handled = 10, started = 10 where id = ${batchId}`,
    )

    api.jobs.kick()

    expect(await finished(batchId)).toMatchObject({ total: 45, started: 45 })
    const cases = await rows(
      api.db,
      z.object({ n: z.number() }),
      sql`select count(*) as n from case_run where external_key like ${`${batchId}:%`}`,
    )
    expect(cases[0]?.n).toBe(45)
  })
})

describe('the list of cases', () => {
  it('gives every case once, page by page, and refuses another list’s cursor', async () => {
    const map = aMap([ai('draft'), review('read', 'draft'), end()], {
      fields: [...draftAndReview().fields, field('extra')],
    })
    const own = await withPilot(api, map)
    for (let count = 0; count < 7; count += 1) {
      await api.call('startCase', {
        params: { pilotId: own.pilotId },
        body: { values: { sender: `Sender ${count}` } },
        headers: { 'idempotency-key': randomUUID() },
      })
    }
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const query: Record<string, string> = { limit: '3', ...(cursor === null ? {} : { cursor }) }
      const page = await api.call('cases', { params: { pilotId: own.pilotId }, query })
      seen.push(...page.items.map((item) => item.title))
      cursor = page.next
    } while (cursor !== null)

    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((count) => `Sender ${count}`))
    const bad = await api.send('GET', `/api/pilots/${own.pilotId}/cases?cursor=nonsense`)
    expect(bad.status).toBe(422)
  })
})
