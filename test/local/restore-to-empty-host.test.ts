import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Connection } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareWithEngine } from '#local/engine-truth.ts'
import { homeAt } from '#local/home.ts'
import { ensureTemporal } from '#local/temporal.ts'
import { restoreBackup } from '#store/backup/restore-backup.ts'
import { writeBackup } from '#store/backup/write-backup.ts'
import { beginAgain } from '#store/begin-again.ts'
import { openDb, sql } from '#store/db.ts'
import { checkInvariants } from '#store/invariants.ts'
import { stopLost } from '#store/stops.ts'
import { planReconciling } from '#workers/reconcile-schedule.ts'
import { aMap, end, manual } from '../support/maps.ts'
import { readModel } from '../support/read-model.ts'
import { emptyPostgres } from '../support/servers.ts'
import { addPilot, priya } from '../support/store.ts'
import { openLiveCases, type LiveCase, type LiveCases } from '../workers/support/live-cases.ts'

describe('a backup restored on an empty host, whose engine has no history', () => {
  let folder: string
  const ends: (() => Promise<void>)[] = []
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tl-restore-'))
  })
  afterAll(async () => {
    for (const close of ends) await close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('has every decision once, the same figures, and marks what cannot go on; which is begun again or stopped', async () => {
    const old = await openLiveCases()
    await old.startWorker()
    const { pilotId } = await addPilot(old.store.db, aMap([manual('one'), manual('two'), end()]))
    const [done, half, waiting] = await Promise.all([
      old.start(pilotId),
      old.start(pilotId),
      old.start(pilotId),
    ])
    const accepted = await old.accept(pilotId)
    const decided: string[] = []
    const decide = async (one: LiveCase, stepId: string): Promise<void> => {
      decided.push((await old.decide(one, await old.task(one, stepId))).decisionId)
    }
    await decide(done, 'one')
    await decide(half, 'one')
    await decide(done, 'two')
    await done.handle.result()
    await Promise.all([old.task(half, 'two'), old.task(waiting, 'one')])
    const cases = {
      done: done.caseId,
      half: half.caseId,
      waiting: waiting.caseId,
      accepted: accepted.caseId,
    }
    const file = join(folder, 'backup.gz')
    const before = await readModel(old.store.db)
    await writeBackup(old.store.url, file)
    for (const one of [half, waiting]) await one.handle.terminate('the old host is gone')
    await old.close()

    const database = await emptyPostgres()
    const temporal = await ensureTemporal({
      home: homeAt(join(folder, 'home')),
      log: () => undefined,
      env: emptyEnv(),
    })
    expect(await restoreBackup(database.url, file)).toMatchObject({ openCases: 3 })
    const db = openDb(database.url)
    ends.push(temporal.stop)
    const close = async (): Promise<void> => {
      await db.destroy()
      await database.drop()
    }
    const live = await openLiveCases({ store: { db, url: database.url, close }, temporal })
    ends.unshift(live.close)
    await live.startWorker()
    await planReconciling(live.client, { taskQueue: live.queue })

    const { case_run: _, ...shown } = await readModel(live.store.db)
    const { case_run: __, ...expected } = before
    expect(shown).toEqual(expected)
    await expect
      .poll(async () => [(await live.row(cases.half)).status, (await live.row(cases.waiting)).status], {
        timeout: 120_000,
        interval: 500,
      })
      .toEqual(['stalled', 'stalled'])

    expect(await live.row(cases.done)).toMatchObject({ status: 'done' })
    // Its order was on its way, and is carried out here: nothing of it is lost.
    expect(await live.row(cases.accepted)).toMatchObject({ status: 'queued' })
    const found = await sql<{ id: string }>`select decision_id as id from decision`.execute(live.store.db)
    expect(found.rows.map(({ id }) => id).toSorted()).toEqual(decided.toSorted())
    expect(await broken(live)).toEqual([])
    const connection = await Connection.connect({ address: temporal.address })
    expect(
      await compareWithEngine(live.store.db, {
        connection,
        namespace: 'default',
      }),
    ).toEqual({ compared: 0, differ: [] })
    await connection.close()
    // Once: the next rounds find what is known.
    await live.reconcile()
    expect(await live.audited(cases.half)).toEqual(['reconcile:stalled'])

    const made = await beginAgain(live.store.db, { caseId: cases.half, by: priya })
    if ('code' in made) throw new Error(made.code)
    const again = await live.begin({ caseId: made.caseId, pilotId })
    const carriedOut = await live.begin(accepted)
    for (const one of [again, carriedOut]) {
      await live.decide(one, await live.task(one, 'one'))
      await live.decide(one, await live.task(one, 'two'))
      await one.handle.result()
    }
    expect(
      await stopLost(live.store.db, { caseId: cases.waiting, by: priya, reason: 'No longer wanted' }),
    ).toBe(true)

    expect(await live.row(cases.half)).toMatchObject({
      status: 'cancelled',
      outcome: `Begun again as case ${made.number} by Priya Nair`,
    })
    expect(await live.row(made.caseId)).toMatchObject({ status: 'done' })
    expect(await live.row(cases.waiting)).toMatchObject({
      status: 'cancelled',
      outcome: 'Stopped by Priya Nair: No longer wanted',
    })
    const open = await sql`select id from task where status = 'open'`.execute(live.store.db)
    expect(open.rows).toEqual([])
    expect(await broken(live)).toEqual([])
  }, 400_000)
})

async function broken(live: LiveCases): Promise<string[]> {
  return (await checkInvariants(live.store.db)).flatMap(({ id, holds, found }) =>
    holds ? [] : [`${id}: ${found}`],
  )
}

/** A host of its own: no server that the environment names. */
function emptyEnv(): NodeJS.ProcessEnv {
  const { TEMPORAL_ADDRESS, TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE, ...rest } = process.env
  return rest
}
