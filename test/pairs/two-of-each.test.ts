import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { checkInvariants } from '#store/invariants.ts'
import { rows, run, sql } from '#store/db.ts'
import { openFleet, type ApiProgram, type Fleet, type Program } from '../support/fleet.ts'
import { ai, aMap, end, review } from '../support/maps.ts'
import { startModelServer, type ModelServer } from '../support/model-server.ts'
import { addPilot } from '../support/store.ts'
import { followChanges, openOffice } from './support/office.ts'

let fleet: Fleet
let model: ModelServer
beforeAll(async () => {
  model = await startModelServer()
  model.behave({ does: 'wait', ms: 150, text: JSON.stringify({ summary: 'In short' }) })
  const env = { OPENAI_BASE_URL: model.baseUrl, TL_MODEL: 'scripted', TL_WRITES_PER_MINUTE: '100000' }
  fleet = await openFleet({ env })
})
afterAll(async () => {
  await fleet.close()
  await model.close()
})

const apis = (): ApiProgram[] =>
  fleet.running().flatMap((program) => {
    const url = /listens on (http:\/\/[^"\s]+)/.exec(program.said())?.[1]
    return url === undefined ? [] : [{ ...program, url }]
  })

/** Ends one of a pair, has its place taken by a new one, and gives how it ended. */
async function replace(
  program: Program,
  signal: 'SIGTERM' | 'SIGKILL',
  next: () => Promise<unknown>,
): Promise<number | null> {
  const { code } = await program.end(signal)
  await sleep(500)
  await next()
  return code
}

const mostPerClerk = 20

describe('two of each', () => {
  it('lose nothing and double nothing while each is killed and drained, and pages are told everything', async () => {
    const map = aMap([
      ai('draft', { retry: { attempts: 5, firstPauseSeconds: 1 } }),
      review('read', 'draft'),
      end(),
    ])
    const { pilotId } = await addPilot(fleet.db, map)
    const [one, two, coreOne, coreTwo, aiOne, aiTwo] = await Promise.all([
      fleet.startApi(),
      fleet.startApi(),
      fleet.startWorker('core'),
      fleet.startWorker('core'),
      fleet.startWorker('ai'),
      fleet.startWorker('ai'),
    ])
    const urls = (): string[] => apis().map(({ url }) => url)
    const office = openOffice(urls)
    const page = followChanges(urls, 'priya')
    await expect.poll(() => page.servers().length, { timeout: 30_000 }).toBeGreaterThan(0)

    const state = { isCalm: false, isOver: false }
    const acknowledged: string[] = []
    const reviewing = (async () => {
      while (!state.isOver) {
        acknowledged.push(...(await office.approveAll()))
        await sleep(200)
      }
    })()
    // Cases begin all the time in which servers come and go.
    const starting = Promise.all(
      ['Ann', 'Bob'].map(async (clerk) => {
        const ids: string[] = []
        while (!state.isCalm && ids.length < mostPerClerk) {
          ids.push(await office.start(pilotId, `${clerk} ${ids.length}`))
          await sleep(800)
        }
        return ids
      }),
    )
    await sleep(1_500)
    const drains = [
      await replace(one, 'SIGTERM', () => fleet.startApi()),
      await replace(coreOne, 'SIGTERM', () => fleet.startWorker('core')),
      await replace(aiOne, 'SIGTERM', () => fleet.startWorker('ai')),
    ]
    await replace(two, 'SIGKILL', () => fleet.startApi())
    await replace(coreTwo, 'SIGKILL', () => fleet.startWorker('core'))
    await replace(aiTwo, 'SIGKILL', () => fleet.startWorker('ai'))
    state.isCalm = true
    const started = (await starting).flat()
    await expect.poll(() => endedOf(pilotId), { timeout: 400_000, interval: 500 }).toBe(started.length)
    state.isOver = true
    await reviewing

    // Asked to end, each did so in order: who takes too long ends itself with another code.
    expect(drains).toEqual([0, 0, 0])
    const cases = started.length
    expect(new Set(started).size).toBe(cases)
    expect(cases).toBeGreaterThan(2)
    const [counts] = await rows(
      fleet.db,
      z.object({ cases: z.number(), drafts: z.number(), deciding: z.number(), acknowledged: z.number() }),
      sql`select (select count(*) from case_run where pilot_id = ${pilotId}) as cases,
        (select count(*) from case_event where pilot_id = ${pilotId} and type = 'draft-stored') as drafts,
        (select count(*) from decision where undone_at is null) as deciding,
        (select count(*) from decision where decision_id = any(${acknowledged})) as acknowledged`,
    )
    expect(counts).toEqual({ cases, drafts: cases, deciding: cases, acknowledged: acknowledged.length })
    const broken = (await checkInvariants(fleet.db)).filter((invariant) => !invariant.holds)
    expect(broken).toEqual([])

    const told = await rows(
      fleet.db,
      z.object({ id: z.string() }),
      sql`select xid::text || '-' || id as id from stream_event where pilot_id = ${pilotId}
        order by stream_event.xid, stream_event.id`,
    )
    const wanted = told.map(({ id }) => id)
    await expect.poll(() => page.heard().at(-1), { timeout: 30_000 }).toBe(wanted.at(-1))
    await page.leave()
    const heard = page.heard()
    expect(page.reloads()).toBe(0)
    expect(new Set(page.servers()).size).toBeGreaterThanOrEqual(2)
    expect(heard).toEqual(wanted.slice(wanted.indexOf(heard[0] ?? '')))
    expect(heard.length).toBeGreaterThan(cases * 8)
  })
})

async function endedOf(pilotId: string): Promise<number> {
  const [found] = await rows(
    fleet.db,
    z.object({ n: z.number() }),
    sql`select count(*) as n from case_run where pilot_id = ${pilotId} and status = 'done'`,
  )
  return found?.n ?? 0
}

describe('a server that is asked to end', () => {
  it('answers what it was asked, and sends a client that keeps its connection to another one', async () => {
    const { pilotId } = await addPilot(fleet.db, aMap([ai('draft'), review('read', 'draft'), end()]))
    const api = await fleet.startApi()
    const state = { isOver: false }
    const statuses: number[] = []
    const broken: string[] = []
    let sentAway = 0
    const clients = Array.from({ length: 4 }, async () => {
      while (!state.isOver) {
        const answer = await fetch(`${api.url}/api/pilots/${pilotId}`, {
          headers: { 'throughline-persona': 'priya' },
        }).catch((error: unknown) => error)
        if (answer instanceof Response) {
          await answer.arrayBuffer()
          statuses.push(answer.status)
          if (answer.headers.get('connection') !== 'close') continue
          // It was told to ask elsewhere.
          sentAway += 1
          return
        }
        broken.push(String(answer instanceof Error ? answer.cause : answer))
        return
      }
    })
    await expect.poll(() => statuses.length, { timeout: 30_000 }).toBeGreaterThan(20)

    const { code } = await api.end('SIGTERM')
    state.isOver = true
    await Promise.all(clients)

    expect(code).toBe(0)
    expect(statuses.every((status) => status === 200)).toBe(true)
    expect(broken).toEqual([])
    expect(sentAway).toBe(4)
    await run(fleet.db, sql`update pilot set status = 'ended' where id = ${pilotId}`)
  })
})
