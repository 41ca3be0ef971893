import { z } from 'zod'
import { caseKeys } from '#domain/awaited-messages.ts'
import type { MapTree } from '#domain/map-tree.ts'
import { FieldValues } from '#domain/process-map.ts'
import { json, oneRow, run, sql, type Db } from './db.ts'
import { loadMapTree } from './map-trees.ts'
import { loadVersion, type Versions } from './processes.ts'

/** The map of a version when its cases may wait for messages; null when they never do. */
export async function mapWithMessages(
  tx: Db,
  of: { processId: string; version: number },
  versionOf: Versions = loadVersion,
): Promise<MapTree | null> {
  const found = await oneRow(
    tx,
    z.object({ may: z.boolean() }),
    sql`select exists (select 1 from map_version where process_id = ${of.processId} and version = ${of.version}
      and map @? '$.steps[*] ? (@.kind == "wait" || @.kind == "sub-process")') as may`,
  )
  return found.may ? loadMapTree(tx, of, versionOf) : null
}

/** Notes by which keys messages find new cases. */
export async function noteCaseKeys(
  tx: Db,
  { pilotId, tree }: { pilotId: string; tree: MapTree },
  cases: { id: string; values: FieldValues }[],
): Promise<void> {
  const keys = cases.flatMap(({ id, values }) =>
    caseKeys(tree, values).map((key) => ({ caseId: id, ...key })),
  )
  if (keys.length === 0) return
  await run(
    tx,
    sql`insert into case_key (case_id, pilot_id, message, value)
      select k."caseId", ${pilotId}, k.message, k.value
      from jsonb_to_recordset(${json(keys)}) as k("caseId" text, message text, value text)
      on conflict do nothing`,
  )
}

/** The case goes on in another version, which may wait for other messages. */
export async function renewCaseKeys(tx: Db, caseId: string): Promise<void> {
  const found = await oneRow(
    tx,
    z.object({ pilot_id: z.string(), process_id: z.string(), map_version: z.number(), body: FieldValues }),
    sql`select c.pilot_id, p.process_id, c.map_version, d.body
      from case_run c join pilot p on p.id = c.pilot_id join document d on d.id = c.id || '.intake'
      where c.id = ${caseId}`,
  )
  await run(tx, sql`delete from case_key where case_id = ${caseId}`)
  const tree = await mapWithMessages(tx, { processId: found.process_id, version: found.map_version })
  if (tree === null) return
  await noteCaseKeys(tx, { pilotId: found.pilot_id, tree }, [{ id: caseId, values: found.body }])
}
