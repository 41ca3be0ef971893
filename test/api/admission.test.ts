import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAdmission } from '#api/admission.ts'
import { createApp } from '#api/app.ts'
import { relayOnce } from '#api/start-relay.ts'
import { workOnBatch } from '#store/batches.ts'
import { run, rows, sql } from '#store/db.ts'
import { z } from 'zod'
import { draftAndReview } from '../support/maps.ts'
import { openTestApi, withPilot, type Answer, type TestApi } from './test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
  // Nothing works on batches but the tests.
  await api.jobs.stop()
})
afterAll(() => api.close())

async function start(pilotId: string, key: string = randomUUID()): Promise<Answer> {
  return api.send('POST', `/api/pilots/${pilotId}/cases`, {
    body: { values: { sender: 'Ann' } },
    headers: { 'idempotency-key': key },
  })
}

async function aFile(pilotId: string, rowCount: number): Promise<Answer> {
  const csv = `sender\n${Array.from({ length: rowCount }, (_, i) => `Row ${i}`).join('\n')}\n`
  return api.send('POST', `/api/pilots/${pilotId}/case-batches`, {
    raw: csv,
    headers: { 'content-type': 'text/csv', 'idempotency-key': randomUUID() },
  })
}

/** Pretends that so many cases wait for the engine. */
async function fillQueue(pilotId: string, many: number): Promise<void> {
  await run(
    api.db,
    sql`insert into case_run (id, pilot_id, number, title, external_key, status, map_version, sample, started_by,
        channel, started_at, last_event_at)
      select ${pilotId} || '-' || i, ${pilotId}, 100000 + i, 'Waiting', 'waiting-' || i, 'queued', 1, false, 'priya',
        'form', now(), now() from generate_series(1, ${many}::integer) as i`,
  )
  await run(
    api.db,
    sql`insert into start_outbox (case_id, pilot_id, next_at)
      select ${pilotId} || '-' || i, ${pilotId}, now() + interval '1 hour' from generate_series(1, ${many}::integer) as i`,
  )
}

async function emptyQueue(): Promise<void> {
  await run(api.db, sql`delete from start_outbox`)
}

async function waitingOf(pilotId: string): Promise<number> {
  const [found] = await rows(
    api.db,
    z.object({ n: z.number() }),
    sql`select count(*) as n from start_outbox where pilot_id = ${pilotId}`,
  )
  return found?.n ?? 0
}

describe('starts of a pilot that has thousands waiting', () => {
  it('are refused with 429 and when to come back, and leave nothing behind', async () => {
    const { pilotId } = await withPilot(api, draftAndReview())
    const { pilotId: other } = await withPilot(api, draftAndReview())
    await fillQueue(pilotId, 5_000)
    const key = randomUUID()
    await expect.poll(async () => (await start(pilotId, key)).status, { timeout: 10_000 }).toBe(429)

    const refused = await start(pilotId, key)
    const elsewhere = await start(other)

    expect(refused.headers.get('content-type')).toContain('application/problem+json')
    expect(refused.body).toMatchObject({ code: 'Overloaded', status: 429, type: '/problems/Overloaded' })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60)
    expect(elsewhere.status).toBe(202)
    await emptyQueue()
    await expect.poll(async () => (await start(pilotId, key)).status, { timeout: 10_000 }).toBe(202)
    expect((await start(pilotId, key)).headers.get('idempotent-replayed')).toBe('true')
    await emptyQueue()
  })

  it('are refused by every server when all pilots together have too many', async () => {
    const { pilotId } = await withPilot(api, draftAndReview())
    const { pilotId: quiet } = await withPilot(api, draftAndReview())
    const limits = { ofPilot: 50, ofAll: 60 }
    const [one, two] = [createAdmission(api.db, limits), createAdmission(api.db, limits)]
    await fillQueue(pilotId, 49)
    expect([await one.ofStart(pilotId), await two.ofStart(quiet)]).toEqual([null, null])

    for (let accepted = 0; accepted < 11; accepted += 1) one.accepted(pilotId)
    const atOnce = await one.ofStart(quiet)
    await fillQueue(quiet, 11)

    expect(atOnce).toMatchObject({ code: 'Overloaded' })
    await expect.poll(() => two.ofStart(quiet), { timeout: 10_000 }).toMatchObject({ code: 'Overloaded' })
    await emptyQueue()
  })

  it('come from a file only while few wait, and every accepted row becomes a case in the end', async () => {
    const { pilotId } = await withPilot(api, draftAndReview())
    const accepted = await aFile(pilotId, 450)
    expect(accepted.status).toBe(202)

    let parts = 0
    while (await workOnBatch(api.db, 200)) parts += 1
    expect(await waitingOf(pilotId)).toBe(200)
    for (let round = 0; round < 10; round += 1) {
      await run(api.db, sql`delete from start_outbox where pilot_id = ${pilotId}`)
      while (await workOnBatch(api.db, 200)) parts += 1
    }

    expect(parts).toBe(5)
    expect(await api.call('caseBatch', { params: { batchId: String(accepted.body['id']) } })).toMatchObject({
      status: 'done',
      started: 450,
    })
    await emptyQueue()
  })

  it('from two files go on in turn', async () => {
    const { pilotId: large } = await withPilot(api, draftAndReview())
    const { pilotId: small } = await withPilot(api, draftAndReview())
    await aFile(large, 900)
    await aFile(small, 100)

    await workOnBatch(api.db, 10_000)
    await workOnBatch(api.db, 10_000)

    expect([await waitingOf(large), await waitingOf(small)]).toEqual([100, 100])
    while (await workOnBatch(api.db, 10_000));
    await emptyQueue()
  })
})

const failure = (message: string, error: unknown): never => {
  throw new Error(message, { cause: error })
}

describe('refusals', () => {
  it('are told to whoever runs the server, counted and not one by one', async () => {
    const { pilotId } = await withPilot(api, draftAndReview())
    const told: string[] = []
    const refusing = {
      accepted: () => undefined,
      ofStart: async () => ({ code: 'Overloaded' as const, retryAfterSeconds: 3 }),
      ofFile: async () => null,
    }
    const app = createApp({ ...api.deps, admission: refusing, log: ({ message }) => told.push(message) })

    for (let i = 0; i < 5; i += 1) {
      const answer = await app.request(`http://127.0.0.1/api/pilots/${pilotId}/cases`, {
        method: 'POST',
        headers: {
          host: '127.0.0.1',
          'throughline-persona': 'priya',
          'content-type': 'application/json',
          'idempotency-key': randomUUID(),
        },
        body: JSON.stringify({ values: { sender: 'Ann' } }),
      })
      expect(answer.headers.get('retry-after')).toBe('3')
    }

    expect(told).toEqual(['Refused with 429, too much at once: startCase 1'])
  })
})

describe('the relay', () => {
  it('starts the case of a second pilot with the next few, however many wait before it', async () => {
    await emptyQueue()
    const { pilotId: flooded } = await withPilot(api, draftAndReview())
    const { pilotId: second } = await withPilot(api, draftAndReview())
    for (let i = 0; i < 60; i += 1) await start(flooded)
    const late = await start(second)
    api.engine.started.length = 0

    await relayOnce({ ...api.deps, engine: api.engine }, failure)

    const started = api.engine.started.map((input) => input.pilotId)
    expect(started).toContain(second)
    expect(started.filter((id) => id === flooded).length).toBeGreaterThan(0)
    expect(api.engine.started.map((input) => input.caseId)).toContain(late.body['caseId'])
    await emptyQueue()
  })

  it('starts every case once when two relays work side by side', async () => {
    await emptyQueue()
    const { pilotId } = await withPilot(api, draftAndReview())
    for (let i = 0; i < 40; i += 1) await start(pilotId)
    api.engine.started.length = 0
    const untilEmpty = async (): Promise<void> => {
      while ((await waitingOf(pilotId)) > 0) await relayOnce({ ...api.deps, engine: api.engine }, failure)
    }

    await Promise.all([untilEmpty(), untilEmpty()])

    const ids = api.engine.started.map((input) => input.caseId)
    expect(ids).toHaveLength(40)
    expect(new Set(ids).size).toBe(40)
  })

  it('gives the engine no more of one pilot than forty that no worker has begun', async () => {
    await emptyQueue()
    const { pilotId } = await withPilot(api, draftAndReview())
    await fillQueue(pilotId, 40)
    await run(api.db, sql`update case_run set told_at = now() where pilot_id = ${pilotId}`)
    await emptyQueue()
    await start(pilotId)
    const relay = (): Promise<number> => relayOnce({ ...api.deps, engine: api.engine }, failure)
    expect(await relay()).toBe(0)

    await run(api.db, sql`update case_run set status = 'running' where id = ${`${pilotId}-1`}`)

    expect(await relay()).toBe(1)
  })
})

describe('the changes of one person', () => {
  it('are counted over all servers', async () => {
    const { pilotId } = await withPilot(api, draftAndReview())
    await run(api.db, sql`delete from write_count`)
    const servers = [1, 2].map(() => createApp({ ...api.deps, writesPerMinute: 5 }))
    const ask = async (server: number): Promise<number> => {
      const answer = await servers[server]?.request(`http://127.0.0.1/api/pilots/${pilotId}/cases`, {
        method: 'POST',
        headers: {
          host: '127.0.0.1',
          'throughline-persona': 'sam',
          'content-type': 'application/json',
          'idempotency-key': randomUUID(),
        },
        body: JSON.stringify({ values: { sender: 'Ann' } }),
      })
      return answer?.status ?? 0
    }

    const statuses = []
    for (let i = 0; i < 6; i += 1) statuses.push(await ask(i % 2))

    expect(statuses).toEqual([202, 202, 202, 202, 202, 429])
    await run(api.db, sql`update write_count set since = now() - interval '61 seconds'`)
    expect(await ask(0)).toBe(202)
  })
})
