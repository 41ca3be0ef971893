import { randomUUID } from 'node:crypto'
import type { ProcessMap } from '#domain/process-map.ts'
import { openDb, run, sql, type Db } from '#store/db.ts'
import { createProcess, publishDraft, putDraft } from '#store/processes.ts'
import { testPostgres } from './servers.ts'

export type TestStore = { db: Db; url: string; close: () => Promise<void> }

/** A fresh, migrated database of a real server. */
export async function openTestStore(): Promise<TestStore> {
  const database = await testPostgres()
  const db = openDb(database.url)
  return {
    db,
    url: database.url,
    close: async () => {
      await db.destroy()
      await database.drop()
    },
  }
}

export const priya = { id: 'priya', name: 'Priya Nair', sample: false }
export const sam = { id: 'sam', name: 'Sam Ruiz', sample: false }
export const dana = { id: 'dana', name: 'Dana Voss', sample: false }

export async function addPeople(db: Db): Promise<void> {
  for (const person of [priya, sam, dana]) {
    await run(
      db,
      sql`insert into person (id, name, sample) values (${person.id}, ${person.name}, ${person.sample})
        on conflict (id) do nothing`,
    )
  }
}

/** A published map that runs as a pilot, with Priya as owner, Sam as reviewer and Dana as leader. */
export async function addPilot(
  db: Db,
  map: ProcessMap,
  { undoSeconds = 0, sample = false }: { undoSeconds?: number; sample?: boolean } = {},
): Promise<{ processId: string; pilotId: string }> {
  await addPeople(db)
  const processId = await createProcess(db, { name: map.name, ownerId: priya.id })
  await run(
    db,
    sql`insert into membership (process_id, person_id, role)
      values (${processId}, ${sam.id}, 'reviewer'), (${processId}, ${dana.id}, 'leader')`,
  )
  const put = await putDraft(db, { processId, revision: 0, map, by: priya.id })
  if ('code' in put) throw new Error(put.code)
  const published = await publishDraft(db, { processId, revision: 1, by: priya.id })
  if ('code' in published) throw new Error(JSON.stringify(published))
  const pilotId = randomUUID()
  await run(
    db,
    sql`insert into pilot (id, process_id, map_version, owner_id, status, decide_by, undo_seconds, zone, sample)
      values (${pilotId}, ${processId}, ${published.version}, ${priya.id}, 'running', now() + interval '90 days',
        ${undoSeconds}, ${map.calendar.zone}, ${sample})`,
  )
  return { processId, pilotId }
}
