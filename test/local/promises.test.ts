import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Connection } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { compareWithEngine, historiesThatLeak } from '#local/engine-truth.ts'
import { logsWith } from '#local/promises.ts'
import { run, sql } from '#store/db.ts'
import { aMap, end, manual } from '../support/maps.ts'
import { testTemporal } from '../support/servers.ts'
import { addPilot } from '../support/store.ts'
import { openLiveCases, type LiveCases } from '../workers/support/live-cases.ts'

test('a word is found in a log wherever it stands, and only in the log that holds it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tl-logs-'))
  // Streams come in pieces of 64 KiB: the word lies across two of them.
  writeFileSync(join(folder, 'api.log'), `${'x'.repeat(65_530)}sk-secret-of-ours and more`)
  writeFileSync(join(folder, 'worker.log'), 'nothing here\n')
  writeFileSync(join(folder, 'notes.txt'), 'sk-secret-of-ours')

  expect(await logsWith(folder, ['sk-secret-of-ours', 'another'])).toEqual(['api.log'])
  expect(await logsWith(folder, ['absent-word'])).toEqual([])
  await rm(folder, { recursive: true })
})

describe('the engine, asked what is true', () => {
  let live: LiveCases
  let connection: Connection
  beforeAll(async () => {
    live = await openLiveCases()
    connection = await Connection.connect({ address: (await testTemporal()).address })
    await live.startWorker()
  })
  afterAll(async () => {
    await connection.close()
    await live.close()
  })

  it('agrees with cases that are where they are shown, and names one that is not', async () => {
    const { pilotId } = await addPilot(live.store.db, aMap([manual('one'), end()]))
    const [well, wrong] = await Promise.all([live.start(pilotId), live.start(pilotId)])
    await Promise.all([live.task(well, 'one'), live.task(wrong, 'one')])
    const server = { connection, namespace: 'default' }
    expect(await compareWithEngine(live.store.db, server)).toEqual({ compared: 2, differ: [] })

    await run(live.store.db, sql`update task set status = 'closed' where case_id = ${wrong.caseId}`)

    const found = await compareWithEngine(live.store.db, server)
    expect(found).toMatchObject({ compared: 2, differ: [{ caseId: wrong.caseId }] })
    expect(found.differ[0]?.how).toContain('is open and not shown')
  })

  it('has histories in which a personal value would be found, however it is packed', async () => {
    const { pilotId } = await addPilot(live.store.db, aMap([manual('one'), end()]))
    const one = await live.start(pilotId)
    await live.task(one, 'one')
    const canary = (values: string[]) => [{ caseId: one.caseId, pilotId, values }]
    const server = { connection, namespace: 'default' }

    // Who started a case stands in its history, and is no field; what the letter says does not.
    expect(await historiesThatLeak(server, canary(['Priya Nair']), [])).toEqual([one.caseId])
    expect(await historiesThatLeak(server, canary(['Please start on 1 May']), ['sk-secret'])).toEqual([])
    const unknown = canary(['Priya Nair']).map((of) => ({ ...of, caseId: 'restored-without-a-history' }))
    expect(await historiesThatLeak(server, unknown, [])).toEqual([])
  })
})
