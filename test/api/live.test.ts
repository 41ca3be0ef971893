import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StreamEvent } from '#domain/contract.ts'
import { inTransaction, run, sql } from '#store/db.ts'
import { draftAndReview } from '../support/maps.ts'
import { openTestApi, withPilot, type TestApi } from './test-api.ts'

let api: TestApi
let first: { processId: string; pilotId: string }
let second: { processId: string; pilotId: string }
beforeAll(async () => {
  api = await openTestApi()
  first = await withPilot(api, draftAndReview())
  second = await withPilot(api, draftAndReview())
  await run(api.db, sql`delete from membership where process_id = ${second.processId} and person_id = 'dana'`)
})
afterAll(() => api.close())

type Message = { id: string | null; event: string; data: unknown; retry: number | null }

/** A page that listens; what it heard so far, and how to leave. */
async function listen(
  as: string,
  { query = '', lastId = null }: { query?: string; lastId?: string | null } = {},
): Promise<{ heard: Message[]; changes: () => StreamEvent[]; leave: () => void; status: number }> {
  const stop = new AbortController()
  const response = await api.fetch(`/api/events${query}`, {
    headers: { 'throughline-persona': as, ...(lastId === null ? {} : { 'last-event-id': lastId }) },
    signal: stop.signal,
  })
  const heard: Message[] = []
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  const read = async (): Promise<void> => {
    for (;;) {
      const chunk = await reader?.read()
      if (chunk === undefined || chunk.done) return
      rest += decoder.decode(chunk.value, { stream: true })
      const parts = rest.split('\n\n')
      rest = parts.pop() ?? ''
      heard.push(...parts.map(parseMessage))
    }
  }
  void read().catch(() => undefined)
  return {
    heard,
    changes: () =>
      heard.filter((message) => message.event === 'message').map(({ data }) => StreamEvent.parse(data)),
    leave: () => {
      void reader?.cancel()
      stop.abort()
    },
    status: response.status,
  }
}

function parseMessage(text: string): Message {
  const fields = new Map(
    text.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  )
  const data: unknown = JSON.parse(fields.get('data') ?? 'null')
  const retry = fields.has('retry') ? Number(fields.get('retry')) : null
  return { id: fields.get('id') ?? null, event: fields.get('event') ?? 'message', data, retry }
}

async function start(pilotId: string): Promise<string> {
  const started = await api.call('startCase', {
    params: { pilotId },
    body: { values: { sender: 'Ann' } },
    headers: { 'idempotency-key': randomUUID() },
  })
  return started.caseId
}

describe('the stream of changes', () => {
  it('tells a page within a second what changed, and only of what its person may see', async () => {
    const owner = await listen('priya')
    const leader = await listen('dana')

    const own = await start(first.pilotId)
    const other = await start(second.pilotId)

    await expect
      .poll(() => owner.changes().map((event) => event.caseId), { timeout: 3_000 })
      .toEqual([own, other])
    await expect.poll(() => leader.changes().map((event) => event.caseId), { timeout: 3_000 }).toEqual([own])
    owner.leave()
    leader.leave()
  })

  it('can be limited to one pilot', async () => {
    const page = await listen('priya', { query: `?pilot=${second.pilotId}` })

    await start(first.pilotId)
    const wanted = await start(second.pilotId)

    await expect.poll(() => page.changes().map((event) => event.caseId), { timeout: 3_000 }).toEqual([wanted])
    page.leave()
    expect((await listen('dana', { query: `?pilot=${second.pilotId}` })).status).toBe(404)
  })

  it('goes on after the last id that was heard, without a gap and without a double', async () => {
    const before = await listen('priya')
    await start(first.pilotId)
    await expect.poll(() => before.changes().length, { timeout: 3_000 }).toBe(1)
    const lastId = before.heard.at(-1)?.id ?? null
    before.leave()
    const missed = await Promise.all(Array.from({ length: 12 }, () => start(first.pilotId)))

    const after = await listen('priya', { lastId })
    const later = await start(first.pilotId)

    await expect.poll(() => after.changes().length, { timeout: 3_000 }).toBe(13)
    const told = after.changes().map((event) => event.caseId)
    expect(told).toHaveLength(13)
    expect(new Set(told)).toEqual(new Set([...missed, later]))
    after.leave()
  })

  it('does not run ahead of a transaction that is still open', async () => {
    const page = await listen('priya')
    let release = (): void => {}
    const opened = new Promise<void>((resolve) => {
      release = resolve
    })
    const slow = inTransaction(api.db, async (tx) => {
      await run(
        tx,
        sql`insert into stream_event (pilot_id, case_id, type) values (${first.pilotId}, 'slow', 'step-entered')`,
      )
      await opened
    })
    const quick = await start(first.pilotId)
    await new Promise((done) => setTimeout(done, 600))
    expect(page.changes()).toEqual([])

    release()
    await slow

    await expect
      .poll(() => page.changes().map((event) => event.caseId), { timeout: 4_000 })
      .toEqual(['slow', quick])
    page.leave()
  })

  it('says that everything may have changed when it cannot go back so far', async () => {
    await run(api.db, sql`delete from stream_event`)
    await start(first.pilotId)

    const page = await listen('dana', { lastId: '1-1' })

    await expect
      .poll(() => page.changes().map(({ pilotId, type }) => ({ pilotId, type })), { timeout: 3_000 })
      .toEqual([{ pilotId: first.pilotId, type: 'reload' }])
    page.leave()
  })

  it('says that everything may have changed when too much has happened to tell it one by one', async () => {
    const before = await listen('dana')
    await start(first.pilotId)
    await expect.poll(() => before.changes().length, { timeout: 10_000 }).toBeGreaterThan(0)
    const lastId = before.heard.at(-1)?.id ?? null
    before.leave()
    await run(
      api.db,
      sql`insert into stream_event (pilot_id, case_id, type)
        select ${first.pilotId}, 'flood', 'step-entered' from generate_series(1, 6000)`,
    )

    const page = await listen('dana', { lastId })
    await expect.poll(() => page.changes().map(({ type }) => type), { timeout: 10_000 }).toEqual(['reload'])
    const next = await start(first.pilotId)

    await expect.poll(() => page.changes().at(-1)?.caseId, { timeout: 10_000 }).toBe(next)
    const again = page.heard.find((message) => message.event === 'message')?.id ?? null
    page.leave()
    const later = await listen('dana', { lastId: again })
    await expect.poll(() => later.changes().map(({ caseId }) => caseId), { timeout: 10_000 }).toEqual([next])
    later.leave()
  })

  it('tells a page that was just loaded nothing of what happened while nobody listened', async () => {
    await new Promise((done) => setTimeout(done, 1_500))
    await start(first.pilotId)
    await start(first.pilotId)

    const page = await listen('dana')
    const news = await start(first.pilotId)

    await expect.poll(() => page.changes().map(({ caseId }) => caseId), { timeout: 10_000 }).toEqual([news])
    page.leave()
  })

  it('sends pages back after different pauses, so that they do not all come at once', async () => {
    const pages = await Promise.all(Array.from({ length: 4 }, () => listen('sam')))

    await expect.poll(() => pages.every((page) => page.heard.length > 0), { timeout: 10_000 }).toBe(true)

    const pauses = pages.map((page) => page.heard[0]?.retry ?? 0)
    expect(new Set(pauses).size).toBeGreaterThan(1)
    expect(pauses.every((pause) => pause >= 1_000 && pause <= 4_000)).toBe(true)
    for (const page of pages) page.leave()
  })

  it('is open to nobody without a name, and at most five times to one person', async () => {
    expect((await api.fetch('/api/events')).status).toBe(401)
    expect((await listen('priya', { lastId: 'nonsense' })).status).toBe(422)
    const pages = await Promise.all(Array.from({ length: 5 }, () => listen('sam')))

    const sixth = await listen('sam')

    expect(pages.map((page) => page.status)).toEqual([200, 200, 200, 200, 200])
    expect(sixth.status).toBe(429)
    for (const page of pages) page.leave()
  })
})
