import { randomUUID } from 'node:crypto'
import type { ProcessMap } from '#domain/process-map.ts'
import type { ConnectionBody } from '#domain/views/connections.ts'
import { putConnection } from '#store/connections.ts'
import { openDb, run, sql, type Db } from '#store/db.ts'
import { createProcess, publishDraft, putDraft } from '#store/processes.ts'
import type { KeyRing } from '#store/secrets/key-ring.ts'
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
  {
    undoSeconds = 0,
    sample = false,
    connections = {},
    keys = null,
  }: {
    undoSeconds?: number
    sample?: boolean
    connections?: Record<string, ConnectionBody>
    keys?: KeyRing | null
  } = {},
): Promise<{ processId: string; pilotId: string }> {
  await addPeople(db)
  const processId = await createProcess(db, { name: map.name, ownerId: priya.id })
  await run(
    db,
    sql`insert into membership (process_id, person_id, role)
      values (${processId}, ${sam.id}, 'reviewer'), (${processId}, ${dana.id}, 'leader')`,
  )
  for (const [name, body] of Object.entries(connections)) {
    const refused = await putConnection(db, { processId, name, body, by: priya.id, keys })
    if (refused !== null) throw new Error(JSON.stringify(refused))
  }
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

/** So many cases that wait at the gate `read`, one in a hundred at the exception desk, a quarter without a date. */
export async function addOpenTasks(
  db: Db,
  pilot: { processId: string; pilotId: string },
  many: number,
): Promise<void> {
  await run(
    db,
    sql`insert into case_run (id, pilot_id, number, title, external_key, status, map_version, step_id, sample, started_by,
        channel, started_at, last_event_at)
      select 'c' || i, ${pilot.pilotId}, i, 'Sender ' || i, 'k' || i, 'waiting', 1, 'read', false, 'priya', 'form',
        now() - make_interval(mins => i), now()
      from generate_series(1, ${many}) as i`,
  )
  await run(
    db,
    sql`insert into task (id, case_id, pilot_id, process_id, step_id, exec_id, kind, version, status, shown_hash, detail,
        inputs, why, opened_at, due_at, allowed_ms)
      select 't' || lpad(i::text, 6, '0'), 'c' || i, ${pilot.pilotId}, ${pilot.processId}, 'read', 'read#1',
        case when i % 100 = 0 then 'exception' else 'review' end, 1, 'open', 'h',
        '{"options":[],"outputs":["summary"],"excluded":[],"reasons":[],"need":1,"visit":1,"fourEyes":false,"written":{},"sendBack":null}',
        '{}', 'why', date_trunc('milliseconds', now()) - make_interval(mins => i % 50),
        case when i % 4 = 0 then null else date_trunc('milliseconds', now()) + make_interval(mins => i % 700) end, 1000
      from generate_series(1, ${many}) as i`,
  )
}
