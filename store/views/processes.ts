import { z } from 'zod'
import { ProcessMap } from '#domain/process-map.ts'
import type { MapVersion, ProcessDetail, ProcessSummary } from '#domain/views/processes.ts'
import { maybeRow, rows, sql, type Db } from '#store/db.ts'
import { mapProblems } from '#store/map-problems.ts'

const PersonJson = z.object({ id: z.string(), name: z.string(), sample: z.boolean() })

const SummaryRow = z.object({
  id: z.string(),
  name: z.string(),
  owner: PersonJson,
  sample: z.boolean(),
  version: z.number().nullable(),
  pilot_id: z.string().nullable(),
  baseline_id: z.string().nullable(),
})

const summaryColumns = sql`p.id, p.name, p.sample_key is not null as sample,
  jsonb_build_object('id', o.id, 'name', o.name, 'sample', o.sample) as owner,
  (select max(version) from map_version v where v.process_id = p.id) as version,
  (select l.id from pilot l where l.process_id = p.id
    order by (l.status = 'running') desc, l.started_at desc limit 1) as pilot_id,
  (select b.id from baseline b where b.process_id = p.id order by b.version desc limit 1) as baseline_id`

/** Processes in which the person has a part. */
export async function processesOf(db: Db, personId: string): Promise<ProcessSummary[]> {
  const found = await rows(
    db,
    SummaryRow,
    sql`select ${summaryColumns} from process p join person o on o.id = p.owner_id
      where exists (select 1 from membership m where m.process_id = p.id and m.person_id = ${personId})
      order by p.created_at, p.id`,
  )
  return found.map(toSummary)
}

const DetailRow = SummaryRow.extend({
  draft: ProcessMap.nullable(),
  revision: z.number(),
  versions: z.array(z.object({ version: z.number(), at: z.string(), by: PersonJson })),
})

export async function processDetail(db: Db, processId: string): Promise<ProcessDetail | null> {
  const found = await maybeRow(
    db,
    DetailRow,
    sql`select ${summaryColumns}, p.draft, p.revision,
        coalesce((select jsonb_agg(jsonb_build_object('version', v.version, 'at', v.published_at,
            'by', jsonb_build_object('id', s.id, 'name', s.name, 'sample', s.sample)) order by v.version desc)
          from map_version v join person s on s.id = v.published_by where v.process_id = p.id), '[]') as versions
      from process p join person o on o.id = p.owner_id where p.id = ${processId}`,
  )
  if (found === null) return null
  return {
    ...toSummary(found),
    draft: found.draft,
    revision: found.revision,
    problems: found.draft === null ? [] : (await mapProblems(db, processId, found.draft)).problems,
    versions: found.versions.map(({ version, at, by }) => ({
      version,
      publishedAt: new Date(at).toISOString(),
      by,
    })),
  }
}

const VersionRow = z.object({
  version: z.number(),
  map: ProcessMap,
  plan_hash: z.string(),
  published_at: z.string(),
  by: PersonJson,
})

export async function mapVersion(db: Db, processId: string, version: number): Promise<MapVersion | null> {
  const found = await maybeRow(
    db,
    VersionRow,
    sql`select v.version, v.map, v.plan_hash, v.published_at,
        jsonb_build_object('id', s.id, 'name', s.name, 'sample', s.sample) as by
      from map_version v join person s on s.id = v.published_by
      where v.process_id = ${processId} and v.version = ${version}`,
  )
  if (found === null) return null
  return {
    processId,
    version: found.version,
    map: found.map,
    planHash: found.plan_hash,
    publishedAt: found.published_at,
    by: found.by,
  }
}

function toSummary(row: z.infer<typeof SummaryRow>): ProcessSummary {
  return {
    id: row.id,
    name: row.name,
    owner: row.owner,
    sample: row.sample,
    publishedVersion: row.version,
    pilotId: row.pilot_id,
    baselineId: row.baseline_id,
  }
}

/** The map whose steps a log is matched with: the newest published one, else the draft. */
export async function mapForBaseline(db: Db, processId: string): Promise<ProcessMap | null> {
  const found = await maybeRow(
    db,
    z.object({ map: ProcessMap.nullable() }),
    sql`select coalesce(
        (select v.map from map_version v where v.process_id = p.id order by v.version desc limit 1), p.draft) as map
      from process p where p.id = ${processId}`,
  )
  return found?.map ?? null
}
