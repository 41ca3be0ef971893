import { z } from 'zod'
import { can, type Actor } from '#domain/can.ts'
import { BaselineFigures, type EvidenceGrade } from '#domain/measure/baseline.ts'
import { ProcessMap } from '#domain/process-map.ts'
import { PilotStatus, type PilotDetail, type PilotSummary } from '#domain/views/pilots.ts'
import { maybeRow, rows, sql, type Db } from '#store/db.ts'
import { workingBatch } from './command-batches.ts'

const dayMs = 86_400_000

const PersonJson = z.object({ id: z.string(), name: z.string(), sample: z.boolean() })

const SummaryRow = z.object({
  id: z.string(),
  process_id: z.string(),
  process_name: z.string(),
  owner: PersonJson,
  sample: z.boolean(),
  status: PilotStatus,
  map_version: z.number(),
  started_at: z.string(),
  decide_by: z.string(),
  started: z.number(),
  finished: z.number(),
  cancelled: z.number(),
})

/** Counts come from the rollups: their number of rows does not grow with the number of cases. */
const summaryColumns = sql`p.id, p.process_id, r.name as process_name, p.sample, p.status, p.map_version,
  p.started_at, p.decide_by,
  jsonb_build_object('id', o.id, 'name', o.name, 'sample', o.sample) as owner,
  coalesce(n.started, 0) as started, coalesce(n.finished, 0) as finished, coalesce(n.cancelled, 0) as cancelled`
const summarySources = sql`pilot p join process r on r.id = p.process_id join person o on o.id = p.owner_id
  left join lateral (
    select sum(n) filter (where counter = 'started') as started,
      sum(n) filter (where counter = 'finished') as finished,
      sum(n) filter (where counter = 'cancelled') as cancelled
    from step_day d where d.pilot_id = p.id and d.step_id = '') n on true`

/** Pilots of processes in which the person has a part, running ones first. */
export async function pilotsOf(db: Db, personId: string, now: Date): Promise<PilotSummary[]> {
  const found = await rows(
    db,
    SummaryRow,
    sql`select ${summaryColumns} from ${summarySources}
      where exists (select 1 from membership m where m.process_id = p.process_id and m.person_id = ${personId})
      order by (p.status = 'running') desc, p.started_at desc, p.id`,
  )
  return found.map((row) => toSummary(row, now))
}

export async function pilotSummary(db: Db, pilotId: string, now: Date): Promise<PilotSummary | null> {
  const found = await maybeRow(
    db,
    SummaryRow,
    sql`select ${summaryColumns} from ${summarySources} where p.id = ${pilotId}`,
  )
  return found === null ? null : toSummary(found, now)
}

const DetailRow = SummaryRow.extend({
  map: ProcessMap,
  undo_seconds: z.number(),
  sample_colleagues: z.boolean(),
  baseline_id: z.string().nullable(),
  baseline_version: z.number().nullable(),
  figures: BaselineFigures.nullable(),
  sample_data: z.boolean().nullable(),
  by_hand: z.boolean(),
  by_hand_steps: z.array(z.string()),
  versions: z.array(z.number()),
})

export async function pilotDetail(
  db: Db,
  pilotId: string,
  { actor, now }: { actor: Actor; now: Date },
): Promise<PilotDetail | null> {
  const found = await maybeRow(
    db,
    DetailRow,
    sql`select ${summaryColumns}, v.map, p.undo_seconds, p.sample_colleagues, p.baseline_id,
        b.version as baseline_version, b.figures, b.sample_data, p.by_hand, p.by_hand_steps,
        (select array_agg(o.version order by o.version desc) from map_version o
          where o.process_id = p.process_id) as versions
      from ${summarySources}
        join map_version v on v.process_id = p.process_id and v.version = p.map_version
        left join baseline b on b.id = p.baseline_id
      where p.id = ${pilotId}`,
  )
  if (found === null) return null
  return {
    ...toSummary(found, now),
    map: found.map,
    undoSeconds: found.undo_seconds,
    sampleColleagues: found.sample ? found.sample_colleagues : null,
    baseline:
      found.figures === null || found.baseline_id === null
        ? null
        : {
            id: found.baseline_id,
            version: found.baseline_version ?? 1,
            grade: found.figures.evidence.grade,
            gradeWords: gradeWords[found.figures.evidence.grade],
            cases: found.figures.cases,
            sampleData: found.sample_data ?? false,
          },
    byHand: found.by_hand,
    byHandSteps: found.by_hand_steps,
    batch: await workingBatch(db, pilotId),
    versions: found.versions,
    can: {
      change: can(actor, 'change-pilot', found.process_id),
      command: found.status !== 'ended' && can(actor, 'command-pilot', found.process_id),
      move: found.status !== 'ended' && can(actor, 'move-cases', found.process_id),
      startCase: found.status === 'running' && can(actor, 'start-case', found.process_id),
    },
  }
}

const gradeWords: Record<EvidenceGrade, string> = {
  A: 'side by side',
  B: 'imported log',
  C: 'timed cases',
  D: 'diary or few cases',
  E: 'estimate',
}

function toSummary(row: z.infer<typeof SummaryRow>, now: Date): PilotSummary {
  const began = Date.parse(row.started_at)
  const days = Math.max(1, Math.round((Date.parse(row.decide_by) - began) / dayMs))
  const day = Math.floor((now.getTime() - began) / dayMs) + 1
  return {
    id: row.id,
    processId: row.process_id,
    processName: row.process_name,
    owner: row.owner,
    sample: row.sample,
    status: row.status,
    mapVersion: row.map_version,
    startedAt: row.started_at,
    decideBy: row.decide_by,
    day: Math.min(Math.max(1, day), days),
    days,
    running: Math.max(0, row.started - row.finished - row.cancelled),
    finished: row.finished,
    cancelled: row.cancelled,
  }
}
