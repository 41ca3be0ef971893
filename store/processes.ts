import { createHash, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson } from '#domain/canonical-json.ts'
import { compilePlan } from '#domain/compile-plan.ts'
import { CasePlan } from '#domain/plan-schema.ts'
import type { Problem } from '#domain/problems.ts'
import { ProcessMap } from '#domain/process-map.ts'
import { addAudit } from './audit.ts'
import { mapProblems } from './map-problems.ts'
import { inTransaction, json, maybeRow, oneRow, run, sql, type Db } from './db.ts'

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

export async function createProcess(
  db: Db,
  {
    name,
    ownerId,
    sampleKey = null,
    id = randomUUID(),
  }: { name: string; ownerId: string; sampleKey?: string | null; id?: string },
): Promise<string> {
  return inTransaction(db, async (tx) => {
    await run(
      tx,
      sql`insert into process (id, name, owner_id, sample_key) values (${id}, ${name}, ${ownerId}, ${sampleKey})`,
    )
    await run(
      tx,
      sql`insert into membership (process_id, person_id, role) values (${id}, ${ownerId}, 'owner')`,
    )
    await addAudit(tx, {
      actor: ownerId,
      action: 'create-process',
      object: { kind: 'process', id },
      processId: id,
      detail: { name },
    })
    return id
  })
}

/** Stores the draft when nobody else changed it since `revision`. */
export async function putDraft(
  db: Db,
  { processId, revision, map, by }: { processId: string; revision: number; map: ProcessMap; by: string },
): Promise<{ revision: number } | Problem> {
  return inTransaction(db, async (tx) => {
    const changed = await maybeRow(
      tx,
      z.object({ revision: z.number() }),
      sql`update process set draft = ${json(map)}, revision = revision + 1, name = ${map.name}
        where id = ${processId} and revision = ${revision} returning revision`,
    )
    if (changed === null) return mapChanged(tx, processId)
    await addAudit(tx, {
      actor: by,
      action: 'change-map',
      object: { kind: 'process', id: processId },
      processId,
      detail: { revision: changed.revision, sha256: sha256(canonicalJson(map)) },
    })
    return changed
  })
}

async function mapChanged(tx: Db, processId: string): Promise<Problem> {
  const found = await maybeRow(
    tx,
    z.object({ revision: z.number() }),
    sql`select revision from process where id = ${processId}`,
  )
  return found === null
    ? { code: 'NotFound', what: 'process' }
    : { code: 'MapChanged', revision: found.revision }
}

/** Publishes the draft as the next version; a map with faults is refused with all of them. */
export async function publishDraft(
  db: Db,
  { processId, revision, by }: { processId: string; revision: number; by: string },
): Promise<{ version: number; plan: CasePlan } | Problem> {
  return inTransaction(db, async (tx) => {
    const found = await maybeRow(
      tx,
      z.object({ revision: z.number(), draft: ProcessMap.nullable() }),
      sql`select revision, draft from process where id = ${processId} for update`,
    )
    if (found === null) return { code: 'NotFound', what: 'process' }
    if (found.revision !== revision) return { code: 'MapChanged', revision: found.revision }
    if (found.draft === null) {
      return {
        code: 'MapNotRunnable',
        problems: [
          {
            code: 'MapMissing',
            stepId: null,
            at: '',
            message: 'There is no map yet',
            mend: 'Store a map first',
          },
        ],
      }
    }
    const { problems, find } = await mapProblems(tx, processId, found.draft)
    if (problems.length > 0) return { code: 'MapNotRunnable', problems }

    const { version } = await oneRow(
      tx,
      z.object({ version: z.number() }),
      sql`select coalesce(max(version), 0) + 1 as version from map_version where process_id = ${processId}`,
    )
    const plan = compilePlan(found.draft, { mapId: processId, version, sha256, find })
    await run(
      tx,
      sql`insert into map_version (process_id, version, map, plan, plan_hash, prompt_versions, published_by)
        values (${processId}, ${version}, ${json(found.draft)}, ${json(plan)}, ${plan.hash},
          ${json(promptVersionsOf(found.draft))}, ${by})`,
    )
    await addAudit(tx, {
      actor: by,
      action: 'publish-map',
      object: { kind: 'process', id: processId },
      processId,
      detail: { version, planHash: plan.hash },
    })
    return { version, plan }
  })
}

/** One short hash per AI step, over all that shapes its drafts: a changed prompt is a new prompt version. */
function promptVersionsOf(map: ProcessMap): Record<string, string> {
  const byName = new Map(map.fields.map((field) => [field.name, field]))
  const versions: Record<string, string> = {}
  for (const step of map.steps) {
    if (step.kind !== 'ai') continue
    const { instruction, examples, inputs, outputs } = step
    const fields = [...inputs, ...outputs].map((name) => byName.get(name))
    versions[step.id] = sha256(canonicalJson({ instruction, examples, fields })).slice(0, 8)
  }
  return versions
}

const VersionRow = z.object({
  map: ProcessMap,
  plan: CasePlan,
  plan_hash: z.string(),
  prompt_versions: z.record(z.string(), z.string()),
})
export type StoredVersion = {
  map: ProcessMap
  plan: CasePlan
  planHash: string
  promptVersions: Record<string, string>
}

/** A published version. It never changes, so callers may keep it. */
export async function loadVersion(db: Db, processId: string, version: number): Promise<StoredVersion | null> {
  const found = await maybeRow(
    db,
    VersionRow,
    sql`select map, plan, plan_hash, prompt_versions from map_version
      where process_id = ${processId} and version = ${version}`,
  )
  return found === null
    ? null
    : { map: found.map, plan: found.plan, planHash: found.plan_hash, promptVersions: found.prompt_versions }
}

/** The number of the version that was published last; 0 before the first. */
export async function newestVersion(db: Db, processId: string): Promise<number> {
  const found = await oneRow(
    db,
    z.object({ version: z.number() }),
    sql`select coalesce(max(version), 0) as version from map_version where process_id = ${processId}`,
  )
  return found.version
}

export type Versions = typeof loadVersion

const mostKept = 50

/** Versions as they were asked for before: they never change, and reading a large map again costs more than the rest. */
export function keptVersions(): Versions {
  const kept = new Map<string, StoredVersion>()
  return async (db, processId, version) => {
    const key = `${processId}:${version}`
    const found = kept.get(key) ?? (await loadVersion(db, processId, version))
    if (found === null) return null
    // The one that was not asked for longest stands first.
    kept.delete(key)
    kept.set(key, found)
    const oldest = kept.keys().next().value
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest)
    return found
  }
}
