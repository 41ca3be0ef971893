import { ascending } from '#domain/measure/quantiles.ts'
import { openDb, run, sql, type Db } from '#store/db.ts'
import { actorOf } from '#store/views/access.ts'
import { inboxOf } from '#store/views/inbox.ts'
import { draftAndReview } from '#test/support/maps.ts'
import { addOpenTasks, addPilot } from '#test/support/store.ts'
import { testPostgres } from '#test/support/servers.ts'

const sizes = [1_000, 10_000]
const questions = 30

/** What one page of the inbox costs beside a thousand and ten thousand open tasks. */
export async function bench({ say }: { isQuick: boolean; say: (line: string) => void }): Promise<unknown> {
  const results = []
  for (const tasks of sizes) {
    const ms = await medianOfPage(tasks)
    say(`${tasks} open tasks: a page in ${ms.toFixed(1)} ms (median of ${questions})`)
    results.push({ tasks, ms })
  }
  const [few, many] = results
  const ratio = few === undefined || many === undefined ? null : many.ms / few.ms
  say(`ten times the tasks: ${ratio?.toFixed(2) ?? '?'}x the time`)
  return { results, ratio }
}

async function medianOfPage(tasks: number): Promise<number> {
  const database = await testPostgres()
  const db = openDb(database.url)
  try {
    const pilot = await addPilot(db, draftAndReview())
    await addOpenTasks(db, pilot, tasks)
    await run(db, sql`analyze`)
    const times: number[] = []
    for (let round = 0; round < questions; round += 1) {
      const began = performance.now()
      await askOnce(db)
      times.push(performance.now() - began)
    }
    return ascending(times)[Math.floor(times.length / 2)] ?? 0
  } finally {
    await db.destroy()
    await database.drop()
  }
}

async function askOnce(db: Db): Promise<void> {
  const actor = await actorOf(db, 'sam')
  if (actor === null) throw new Error('sam is nobody')
  const query = { processId: null, kind: null, search: null, cursor: null, limit: 50, now: new Date() }
  await inboxOf(db, { ...query, actor, view: 'needs-me' })
}
