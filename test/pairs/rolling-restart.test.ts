import { Client, Connection } from '@temporalio/client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { workflowIdOf } from '#domain/case-messages.ts'
import { currentSemantics } from '#domain/plan.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import { PilotDetail } from '#domain/views/pilots.ts'
import { ProcessDetail } from '#domain/views/processes.ts'
import { oneRow, sql } from '#store/db.ts'
import { checkInvariants } from '#store/invariants.ts'
import { openFleet, type Fleet } from '../support/fleet.ts'
import { ai, aMap, end, review } from '../support/maps.ts'
import { startModelServer, type ModelServer } from '../support/model-server.ts'
import { addPilot } from '../support/store.ts'
import { newerBuild } from './support/newer-build.ts'
import { openOffice } from './support/office.ts'

let fleet: Fleet
let model: ModelServer
let newer: { root: string; remove: () => void }
let client: Client
beforeAll(async () => {
  model = await startModelServer()
  model.behave({ does: 'reply', text: JSON.stringify({ summary: 'In short' }) })
  fleet = await openFleet({ env: { OPENAI_BASE_URL: model.baseUrl, TL_MODEL: 'scripted' } })
  newer = newerBuild()
  const { address, namespace } = fleet.temporal
  client = new Client({ connection: await Connection.connect({ address }), namespace })
})
afterAll(async () => {
  await fleet.close()
  newer.remove()
  await client.connection.close()
  await model.close()
})

const map = aMap([ai('draft'), review('read', 'draft'), end()])

async function countOf(pilotId: string, status: string): Promise<number> {
  const { n } = await oneRow(
    fleet.db,
    z.object({ n: z.number() }),
    sql`select count(*) as n from case_run where pilot_id = ${pilotId} and status = ${status}`,
  )
  return n
}

/** Published and begun through the API of some build, as an owner does. */
async function pilotOf(url: string, wanted: ProcessMap): Promise<string> {
  const send = async (method: string, path: string, body: unknown): Promise<unknown> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { 'throughline-persona': 'priya', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
    return response.json()
  }
  const { id } = ProcessDetail.parse(await send('POST', '/api/processes', { name: wanted.name }))
  await send('PUT', `/api/processes/${id}/map`, { revision: 0, map: wanted })
  await send('POST', `/api/processes/${id}/versions`, { revision: 1 })
  const pilot = await send('POST', `/api/processes/${id}/pilots`, {
    version: 1,
    baselineId: null,
    days: 90,
    undoSeconds: 0,
  })
  return PilotDetail.parse(pilot).id
}

it('a rolling restart onto newer semantics leaves running cases running, and newer ones wait for a newer worker', async () => {
  const { pilotId: old } = await addPilot(fleet.db, map)
  const [oldApi, oldWorker] = await Promise.all([fleet.startApi(), fleet.startWorker('core,ai')])
  const oldOffice = openOffice(() => [oldApi.url])
  for (let i = 0; i < 6; i += 1) await oldOffice.start(old, `Old ${i}`)
  await expect.poll(() => countOf(old, 'waiting'), { timeout: 120_000 }).toBe(6)

  const newApi = await fleet.startApi({ root: newer.root })
  expect((await oldApi.end('SIGTERM')).code).toBe(0)
  const office = openOffice(() => [newApi.url])
  const next = await pilotOf(newApi.url, { ...map, name: 'Newer letters' })
  const { semantics } = await oneRow(
    fleet.db,
    z.object({ semantics: z.number() }),
    sql`select (plan->>'semantics')::integer as semantics from map_version v join pilot p
      on p.process_id = v.process_id and p.map_version = v.version where p.id = ${next}`,
  )
  expect(semantics).toBe(currentSemantics + 1)
  const caseId = await office.start(next, 'New 0')
  await office.start(next, 'New 1')

  // The old worker has tried and given the case back; it is neither failed nor shown as anything but waiting.
  const handle = client.workflow.getHandle(workflowIdOf({ pilotId: next, caseId }))
  const tries = async (): Promise<number> => {
    const { raw } = await handle.describe()
    return raw.pendingWorkflowTask?.attempt ?? 0
  }
  await expect.poll(tries, { timeout: 120_000 }).toBeGreaterThan(1)
  expect((await handle.describe()).status.name).toBe('RUNNING')
  expect(await countOf(next, 'queued')).toBe(2)
  // Cases that run already go on meanwhile, decided through the newer API and walked by the older worker.
  expect(await office.approveAll()).toHaveLength(6)
  await expect.poll(() => countOf(old, 'done'), { timeout: 120_000 }).toBe(6)
  for (let i = 6; i < 9; i += 1) await office.start(old, `Old ${i}`)
  await expect.poll(() => countOf(old, 'waiting'), { timeout: 120_000 }).toBe(3)

  await fleet.startWorker('core,ai', { root: newer.root })
  expect((await oldWorker.end('SIGTERM')).code).toBe(0)

  await expect.poll(() => countOf(next, 'waiting'), { timeout: 300_000, interval: 500 }).toBe(2)
  expect(await office.approveAll()).toHaveLength(5)
  await expect.poll(() => countOf(old, 'done'), { timeout: 120_000 }).toBe(9)
  await expect.poll(() => countOf(next, 'done'), { timeout: 120_000 }).toBe(2)
  expect((await checkInvariants(fleet.db)).filter((invariant) => !invariant.holds)).toEqual([])
})
