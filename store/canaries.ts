import { z } from 'zod'
import { FieldValues, ProcessMap } from '#domain/process-map.ts'
import { rows, sql, type Db } from './db.ts'

/** Values of one case that belong to its documents and nowhere else. */
export type Canaries = { caseId: string; pilotId: string; values: string[] }

/** Shorter texts turn up by chance. */
const shortest = 8

/** What the newest cases hold in fields that are marked personal or sensitive. */
export async function canariesOf(db: Db, newest: number): Promise<Canaries[]> {
  const found = await rows(
    db,
    z.object({ id: z.string(), pilot_id: z.string(), map: ProcessMap, bodies: z.array(FieldValues) }),
    sql`select c.id, c.pilot_id, v.map, d.bodies
      from (select * from case_run order by started_at desc, id limit ${newest}) c
        join pilot p on p.id = c.pilot_id
        join map_version v on v.process_id = p.process_id and v.version = c.map_version,
        lateral (select coalesce(jsonb_agg(body), '[]') as bodies from document
          where case_id = c.id and kind <> 'raw') d`,
  )
  return found.map(({ id, pilot_id, map, bodies }) => {
    const guarded = map.fields.flatMap(({ name, sensitivity, type }) =>
      (sensitivity === 'personal' || sensitivity === 'sensitive') && (type === 'text' || type === 'long-text')
        ? [name]
        : [],
    )
    const values = bodies.flatMap((body) => guarded.map((name) => body[name]))
    const texts = values.flatMap((value) => (typeof value === 'string' ? [value.trim()] : []))
    return {
      caseId: id,
      pilotId: pilot_id,
      values: [...new Set(texts.filter((text) => text.length >= shortest))],
    }
  })
}

/** Cases whose events or audit hold such a value. What a person typed as a reason or a note is theirs to say. */
export async function casesThatLeak(db: Db, canaries: Canaries[]): Promise<string[]> {
  const texts = await rows(
    db,
    z.object({ case_id: z.string(), text: z.string() }),
    sql`select case_id, (event - array['note', 'reason', 'message', 'outcome', 'by'])::text as text from case_event
        where case_id = any(${canaries.map(({ caseId }) => caseId)})
      union all
      select c.id, (a.detail - array['note', 'reason'])::text from audit a
        join unnest(${canaries.map(({ caseId }) => caseId)}::text[]) as c(id)
          on a.object_id = c.id or (a.object_kind = 'task' and starts_with(a.object_id, c.id || '.'))`,
  )
  const valuesOf = new Map(canaries.map(({ caseId, values }) => [caseId, values.map(asInJson)]))
  const leaking = texts.filter(({ case_id, text }) =>
    (valuesOf.get(case_id) ?? []).some((value) => text.includes(value)),
  )
  return [...new Set(leaking.map(({ case_id }) => case_id))]
}

/** How a text stands within JSON. */
export function asInJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** How many rows of audit and events hold one of these secrets. */
export async function rowsWithSecrets(db: Db, secrets: string[]): Promise<number> {
  const written = secrets.map(asInJson)
  const found = await rows(
    db,
    z.object({ n: z.number() }),
    sql`select (select count(*) from audit where exists (
          select 1 from unnest(${written}::text[]) as s where position(s in body) > 0))
        + (select count(*) from case_event where exists (
          select 1 from unnest(${written}::text[]) as s where position(s in event::text) > 0)) as n`,
  )
  return found[0]?.n ?? 0
}
