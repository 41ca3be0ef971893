import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Problem } from '#domain/problems.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import { addAudit } from './audit.ts'
import { inTransaction, maybeRow, run, sql, type Db } from './db.ts'
import { loadVersion, type Versions } from './processes.ts'

export type NewPilot = {
  processId: string
  version: number
  baselineId: string | null
  days: number
  undoSeconds: number
  by: string
  sample: boolean
}

/** Begins a pilot of a published version; a process has one that runs. */
export async function startPilot(db: Db, wanted: NewPilot): Promise<{ pilotId: string } | Problem> {
  return inTransaction(db, (tx) => insertPilot(tx, wanted))
}

async function insertPilot(tx: Db, wanted: NewPilot): Promise<{ pilotId: string } | Problem> {
  const process = await maybeRow(
    tx,
    z.object({ owner_id: z.string() }),
    sql`select owner_id from process where id = ${wanted.processId} for update`,
  )
  if (process === null) return { code: 'NotFound', what: 'process' }
  const version = wanted.version > 1_000_000 ? null : await loadVersion(tx, wanted.processId, wanted.version)
  if (version === null) {
    return {
      code: 'InvalidInput',
      errors: [
        { field: 'version', message: 'is not published', mend: 'publish the map, then name its version' },
      ],
    }
  }
  const running = await maybeRow(
    tx,
    z.object({ id: z.string() }),
    sql`select id from pilot where process_id = ${wanted.processId} and status <> 'ended' limit 1`,
  )
  if (running !== null) {
    return { code: 'InUse', why: 'A pilot of this process is running. One at a time is enough.' }
  }
  const baseline = await baselineProblem(tx, wanted.processId, wanted.baselineId)
  if (baseline !== null) return baseline

  const pilotId = randomUUID()
  await run(
    tx,
    sql`insert into pilot (id, process_id, map_version, baseline_id, owner_id, status, decide_by, undo_seconds, zone,
        sample, sample_colleagues)
      values (${pilotId}, ${wanted.processId}, ${wanted.version}, ${wanted.baselineId}, ${process.owner_id},
        'running', now() + make_interval(days => ${wanted.days}), ${wanted.undoSeconds},
        ${version.map.calendar.zone}, ${wanted.sample}, false)`,
  )
  await addAudit(tx, {
    actor: wanted.by,
    action: 'start-pilot',
    object: { kind: 'pilot', id: pilotId },
    processId: wanted.processId,
    detail: { version: wanted.version, baselineId: wanted.baselineId, days: wanted.days },
  })
  return { pilotId }
}

async function baselineProblem(
  tx: Db,
  processId: string,
  baselineId: string | null,
): Promise<Problem | null> {
  if (baselineId === null) return null
  const found = await maybeRow(
    tx,
    z.object({ id: z.string() }),
    sql`select id from baseline where id = ${baselineId} and process_id = ${processId}`,
  )
  return found === null
    ? { code: 'BaselineNotReady', status: 'This process has no such baseline; import one first.' }
    : null
}

export type PilotChange = {
  undoSeconds?: number | undefined
  baselineId?: string | undefined
  sampleColleagues?: boolean | undefined
}

export async function changePilot(
  db: Db,
  pilotId: string,
  { change, by }: { change: PilotChange; by: string },
): Promise<Problem | null> {
  return inTransaction(db, async (tx): Promise<Problem | null> => {
    const pilot = await maybeRow(
      tx,
      z.object({
        process_id: z.string(),
        sample: z.boolean(),
        baseline_id: z.string().nullable(),
        has_cases: z.boolean(),
      }),
      sql`select process_id, sample, baseline_id,
          exists (select 1 from case_run c where c.pilot_id = pilot.id) as has_cases
        from pilot where id = ${pilotId} for update`,
    )
    if (pilot === null) return { code: 'NotFound', what: 'pilot' }
    if (change.sampleColleagues !== undefined && !pilot.sample) {
      return { code: 'InUse', why: 'Sample colleagues work only in sample pilots.' }
    }
    if (change.baselineId !== undefined && change.baselineId !== pilot.baseline_id) {
      // Terms are fixed before the first case; a pilot that began without a mark may still get one.
      if (pilot.has_cases && pilot.baseline_id !== null) {
        return { code: 'InUse', why: 'The baseline was fixed when the first case started.' }
      }
      const problem = await baselineProblem(tx, pilot.process_id, change.baselineId)
      if (problem !== null) return problem
    }
    await run(
      tx,
      sql`update pilot set undo_seconds = coalesce(${change.undoSeconds ?? null}::integer, undo_seconds),
          baseline_id = coalesce(${change.baselineId ?? null}::text, baseline_id),
          sample_colleagues = coalesce(${change.sampleColleagues ?? null}::boolean, sample_colleagues)
        where id = ${pilotId}`,
    )
    await addAudit(tx, {
      actor: by,
      action: 'change-pilot',
      object: { kind: 'pilot', id: pilotId },
      processId: pilot.process_id,
      detail: {
        undoSeconds: change.undoSeconds ?? null,
        baselineId: change.baselineId ?? null,
        sampleColleagues: change.sampleColleagues ?? null,
      },
    })
    return null
  })
}

/** The version that new cases of a pilot begin in. */
export async function pilotVersion(
  db: Db,
  pilotId: string,
): Promise<{ processId: string; version: number } | null> {
  return maybeRow(
    db,
    z.object({ processId: z.string(), version: z.number() }),
    sql`select process_id as "processId", map_version as version from pilot where id = ${pilotId}`,
  )
}

/** What starting a case must know of its pilot. */
export type PilotTerms = { map: ProcessMap; status: string; sampleKey: string | null }

export async function pilotTerms(
  db: Db,
  pilotId: string,
  versionOf: Versions = loadVersion,
): Promise<PilotTerms | null> {
  const found = await maybeRow(
    db,
    z.object({
      process_id: z.string(),
      map_version: z.number(),
      status: z.string(),
      sample_key: z.string().nullable(),
    }),
    sql`select p.process_id, p.map_version, p.status, r.sample_key
      from pilot p join process r on r.id = p.process_id where p.id = ${pilotId}`,
  )
  const version = found === null ? null : await versionOf(db, found.process_id, found.map_version)
  return found === null || version === null
    ? null
    : { map: version.map, status: found.status, sampleKey: found.sample_key }
}
