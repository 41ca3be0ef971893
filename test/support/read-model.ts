import { z } from 'zod'
import { rows, sql, type Db } from '#store/db.ts'

const tables = {
  case_run: sql`select to_jsonb(t) as row from case_run t order by id`,
  task: sql`select to_jsonb(t) as row from task t order by id`,
  decision: sql`select to_jsonb(t) as row from decision t order by decision_id`,
  step_day: sql`select to_jsonb(t) as row from step_day t order by pilot_id, step_id, day, counter`,
  step_duration: sql`select to_jsonb(t) as row from step_duration t order by pilot_id, step_id, measure, bucket`,
  step_week: sql`select to_jsonb(t) as row from step_week t order by pilot_id, step_id, week, bucket`,
} as const

/** Every row of everything that is shown of cases and pilots. */
export async function readModel(db: Db): Promise<Record<string, unknown[]>> {
  const entries = await Promise.all(
    Object.entries(tables).map(async ([table, query]): Promise<[string, unknown[]]> => {
      const found = await rows(db, z.object({ row: z.unknown() }), query)
      return [table, found.map(({ row }) => row)]
    }),
  )
  return Object.fromEntries(entries)
}

/** Spoils everything that events can say again. */
export async function spoil(db: Db): Promise<void> {
  for (const statement of [
    sql`update case_run set status = 'queued', step_id = 'nowhere', outcome = 'spoilt', ended_at = null,
        last_event_at = '2001-01-01', place_order = 'x', stalled_since = now(), stall = 'failing'`,
    sql`update task set status = case when status = 'open' then 'closed' else 'open' end, decided_by = null,
        decided_at = null, action = 'spoilt', escalated_to = 'dana'`,
    sql`delete from decision where ctid in (select ctid from decision limit 3)`,
    sql`update decision set note = 'spoilt', undone_at = now()`,
    sql`delete from step_day where counter = 'entered'`,
    sql`update step_day set n = n + 3`,
    sql`insert into step_day (pilot_id, step_id, day, counter, n) select id, 'nowhere', '2026-01-01', 'entered', 4 from pilot`,
    sql`delete from step_duration`,
    sql`update step_week set n = 0`,
  ]) {
    await statement.execute(db)
  }
}
