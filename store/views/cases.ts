import { z } from 'zod'
import { stateWords } from '#domain/case-words.ts'
import { ProcessMap } from '#domain/process-map.ts'
import { CaseStatus, type CaseSummary } from '#domain/views/cases.ts'
import { TaskKind } from '#domain/views/tasks.ts'
import { maybeRow, oneRow, rows, sql, type Db } from '#store/db.ts'
import { CursorId, CursorInstant, readCursorAs, writeCursor } from './cursor.ts'
import { askedIn, nameAsked, type Asked } from './people.ts'

export const CaseRow = z.object({
  id: z.string(),
  pilot_id: z.string(),
  number: z.number(),
  title: z.string(),
  status: CaseStatus,
  sample: z.boolean(),
  step_id: z.string().nullable(),
  started_at: z.string(),
  ended_at: z.string().nullable(),
  outcome: z.string().nullable(),
  stalled_since: z.string().nullable(),
  stall: z.enum(['failing', 'lost']).nullable(),
  task_kind: TaskKind.nullable(),
  task_step: z.string().nullable(),
})
export type CaseRow = z.infer<typeof CaseRow>

/** A case with the task that it waits at. */
export const caseColumns = sql`c.id, c.pilot_id, c.number, c.title, c.status, c.sample, c.step_id, c.started_at,
  c.ended_at, c.outcome, c.stalled_since, c.stall, w.kind as task_kind, w.step_id as task_step`
export const waitingTask = sql`left join lateral (
  select t.id, t.kind, t.step_id, t.due_at, t.opened_at from task t
  where t.case_id = c.id and t.status = 'open' order by t.opened_at limit 1) w on true`

export type CaseQuery = {
  pilotId: string
  status: 'open' | 'stuck' | 'ended' | 'all'
  stepId: string | null
  search: string | null
  cursor: string | null
  limit: number
}
type Page = { items: CaseSummary[]; next: string | null }
const Cursor = z.tuple([CursorInstant, CursorId])

/** Cases of a pilot, newest first; null when the cursor is not one of ours. */
export async function casesOf(db: Db, query: CaseQuery): Promise<Page | null> {
  const after = query.cursor === null ? null : readCursorAs(Cursor, query.cursor)
  if (query.cursor !== null && after === null) return null
  const conditions = [sql`c.pilot_id = ${query.pilotId}`]
  if (query.status === 'open') conditions.push(sql`c.ended_at is null`)
  if (query.status === 'stuck') conditions.push(sql`c.stalled_since is not null`)
  if (query.status === 'ended') conditions.push(sql`c.ended_at is not null`)
  if (query.stepId !== null) conditions.push(sql`c.step_id = ${query.stepId} and c.ended_at is null`)
  if (query.search !== null) conditions.push(searchCondition(query.search))
  if (after !== null) {
    conditions.push(sql`(c.started_at, c.id) < (${after[0]}::timestamptz, ${after[1]})`)
  }
  const found = await rows(
    db,
    CaseRow,
    sql`select ${caseColumns} from case_run c ${waitingTask}
      where ${sql.join(conditions, sql` and `)}
      order by c.started_at desc, c.id desc limit ${query.limit + 1}`,
  )
  const page = found.slice(0, query.limit)
  const last = page.at(-1)
  const { map, asked } = await mapOfPilot(db, query.pilotId)
  return {
    items: page.map((row) => toCaseSummary(row, { map, asked })),
    next: found.length > query.limit && last !== undefined ? writeCursor([last.started_at, last.id]) : null,
  }
}

/** Finds a case by its number or a part of its name. */
export function searchCondition(search: string): ReturnType<typeof sql> {
  const text = `%${search.trim().replaceAll(/[\\%_]/g, '\\$&')}%`
  const number = /^#?(\d{1,9})$/.exec(search.trim())?.[1]
  return number === undefined
    ? sql`c.title ilike ${text}`
    : sql`(c.number = ${Number(number)} or c.title ilike ${text})`
}

/** The map that every case of a pilot runs on, and who is asked in it. */
async function mapOfPilot(
  db: Db,
  pilotId: string,
): Promise<{ map: ProcessMap; asked: Asked | undefined; processId: string }> {
  const found = await oneRow(
    db,
    z.object({ map: ProcessMap, process_id: z.string() }),
    sql`select v.map, p.process_id from pilot p
        join map_version v on v.process_id = p.process_id and v.version = p.map_version
      where p.id = ${pilotId}`,
  )
  const asked = await askedIn(db, [found.process_id])
  return { map: found.map, asked: asked.get(found.process_id), processId: found.process_id }
}

export function toCaseSummary(
  row: CaseRow,
  { map, asked }: { map: ProcessMap; asked: Asked | undefined },
): CaseSummary {
  const task =
    row.task_kind === null || row.task_step === null ? null : { kind: row.task_kind, stepId: row.task_step }
  return {
    id: row.id,
    pilotId: row.pilot_id,
    number: row.number,
    title: row.title,
    status: row.status,
    sample: row.sample,
    state: stateWords(map, {
      status: row.status,
      stepId: row.step_id,
      outcome: row.outcome,
      stall: row.stall,
      task,
      who: task === null ? null : nameAsked(asked, task.kind),
    }),
    stepId: row.step_id,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    outcome: row.outcome,
    stuckSince: row.stalled_since,
  }
}

export async function caseSummary(db: Db, caseId: string): Promise<CaseSummary | null> {
  const found = await maybeRow(
    db,
    CaseRow,
    sql`select ${caseColumns} from case_run c ${waitingTask} where c.id = ${caseId}`,
  )
  return found === null ? null : toCaseSummary(found, await mapOfPilot(db, found.pilot_id))
}
