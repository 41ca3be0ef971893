import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProcessMap } from '#domain/process-map.ts'
import { deleteConnection, loadConnection } from '#store/connections.ts'
import { createCase } from '#store/cases.ts'
import { json, run, sql } from '#store/db.ts'
import { deleteProcess } from '#store/sample-process.ts'
import { aMap, call, draftAndReview, end } from '../support/maps.ts'
import { addPilot, openTestStore, priya, type TestStore } from '../support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

const calling: ProcessMap = aMap([call('ask'), end()])
const connections = { register: { baseUrl: 'https://register.example', privateAddress: false, headers: [] } }

async function remove(processId: string): Promise<string> {
  const told = await deleteConnection(store.db, { processId, name: 'register', by: priya.id })
  return 'code' in told ? told.code : String(told.deleted)
}

describe('a connection stays', () => {
  it('while a case that may come to it is open, even after its pilot has ended', async () => {
    const { processId, pilotId } = await addPilot(store.db, calling, { connections })
    const started = await createCase(store.db, {
      pilotId,
      title: 'Ruth',
      values: { sender: 'Ruth' },
      externalKey: randomUUID(),
      by: priya,
      channel: 'api',
    })
    if ('code' in started) throw new Error(started.code)
    await run(store.db, sql`update pilot set status = 'ended' where id = ${pilotId}`)

    const whileOpen = await remove(processId)
    await run(store.db, sql`update case_run set ended_at = now() where id = ${started.caseId}`)

    expect([whileOpen, await remove(processId)]).toEqual(['InUse', 'true'])
  })

  it('while a map that contains the calling one runs', async () => {
    const inner = await addPilot(store.db, calling, { connections })
    await run(store.db, sql`update pilot set status = 'ended' where id = ${inner.pilotId}`)
    const outer = await addPilot(store.db, draftAndReview())
    await run(
      store.db,
      sql`insert into map_version (process_id, version, map, plan, plan_hash, prompt_versions, published_by)
        select process_id, 2, map, plan || ${json({ subs: { [`${inner.processId}@1`]: {} } })}, 'h', '{}', published_by
        from map_version where process_id = ${outer.processId}`,
    )

    const unused = await loadConnection(store.db, inner.processId, 'register')
    await run(store.db, sql`update pilot set map_version = 2 where id = ${outer.pilotId}`)
    const whileRunning = await remove(inner.processId)
    await run(store.db, sql`update pilot set map_version = 1 where id = ${outer.pilotId}`)

    expect(unused).not.toBeNull()
    expect([whileRunning, await remove(inner.processId)]).toEqual(['InUse', 'true'])
  })

  it('no longer than its process', async () => {
    const { processId } = await addPilot(store.db, calling, { connections })

    await deleteProcess(store.db, processId, priya.id)

    expect(await loadConnection(store.db, processId, 'register')).toBeNull()
  })
})
