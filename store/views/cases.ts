import { z } from 'zod'
import { stateWords } from '#domain/case-words.ts'
import type { MapTree } from '#domain/map-tree.ts'
import { CaseStatus, type CaseSummary } from '#domain/views/cases.ts'
import { TaskKind } from '#domain/views/tasks.ts'
import { maybeRow, rows, sql, type Db } from '#store/db.ts'
import { loadMapTree } from '#store/map-trees.ts'
import { keptVersions } from '#store/processes.ts'
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
  process_id: z.string(),
  map_version: z.number(),
  paused: z.boolean(),
  by_hand: z.boolean(),
  stalled_since: z.string().nullable(),
  stall: z.enum(['failing', 'lost']).nullable(),
  task_kind: TaskKind.nullable(),
  task_step: z.string().nullable(),
  wait_step: z.string().nullable(),
  wait_message: z.string().nullable(),
})
export type CaseRow = z.infer<typeof CaseRow>

/** A case with the task, and the wait, that it stands at longest; its pilot is `p`. */
export const caseColumns = sql`c.id, c.pilot_id, c.number, c.title, c.status, c.sample, c.step_id, c.started_at,
  c.ended_at, c.outcome, p.process_id, c.map_version, c.paused, c.by_hand, c.stalled_since, c.stall,
  w.kind as task_kind, w.path as task_step, x.step_id as wait_step, x.message as wait_message`
export const waitingAt = sql`left join lateral (
  select t.id, t.kind, coalesce(t.path, t.step_id) as path, t.due_at, t.opened_at from task t
  where t.case_id = c.id and t.status = 'open' order by t.opened_at limit 1) w on true
  left join lateral (select a.step_id, a.message from case_wait a
    where a.case_id = c.id and a.ended_at is null order by a.since limit 1) x on true`

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
  if (query.stepId !== null) conditions.push(sql`c.ended_at is null and ${isAtStep(query.stepId)}`)
  if (query.search !== null) conditions.push(searchCondition(query.search))
  if (after !== null) {
    conditions.push(sql`(c.started_at, c.id) < (${after[0]}::timestamptz, ${after[1]})`)
  }
  const found = await rows(
    db,
    CaseRow,
    sql`select ${caseColumns} from case_run c join pilot p on p.id = c.pilot_id ${waitingAt}
      where ${sql.join(conditions, sql` and `)}
      order by c.started_at desc, c.id desc limit ${query.limit + 1}`,
  )
  const page = found.slice(0, query.limit)
  const last = page.at(-1)
  return {
    items: await toCaseSummaries(db, page),
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

/**
 * That an open case `c` is at a step, or inside it: where it moved last, where it waits, and where somebody is asked;
 * with branches it can be at several.
 */
export function isAtStep(path: string): ReturnType<typeof sql> {
  const isIn = (column: ReturnType<typeof sql>): ReturnType<typeof sql> =>
    sql`(${column} = ${path} or starts_with(${column}, ${`${path}/`}))`
  return sql`(${isIn(sql`c.step_id`)}
    or exists (select 1 from task t where t.case_id = c.id and t.status = 'open'
      and ${isIn(sql`coalesce(t.path, t.step_id)`)})
    or exists (select 1 from case_wait a where a.case_id = c.id and a.ended_at is null
      and ${isIn(sql`a.step_id`)}))`
}

/** Each case is told in the words of its own version of the map. */
async function toCaseSummaries(db: Db, found: CaseRow[]): Promise<CaseSummary[]> {
  const versionOf = keptVersions()
  const trees = new Map<string, MapTree>()
  for (const { process_id: processId, map_version: version } of found) {
    const key = `${processId}@${version}`
    if (trees.has(key)) continue
    const tree = await loadMapTree(db, { processId, version }, versionOf)
    if (tree !== null) trees.set(key, tree)
  }
  const asked = await askedIn(db, [...new Set(found.map((row) => row.process_id))])
  return found.map((row) => {
    const tree = trees.get(`${row.process_id}@${row.map_version}`)
    if (tree === undefined) throw new Error(`case ${row.id} has no map version ${row.map_version}`)
    return toCaseSummary(row, { tree, asked: asked.get(row.process_id) })
  })
}

export function toCaseSummary(
  row: CaseRow,
  { tree, asked }: { tree: MapTree; asked: Asked | undefined },
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
    state: stateWords(tree, {
      status: row.status,
      stepId: row.step_id,
      outcome: row.outcome,
      stall: row.stall,
      task,
      wait: row.wait_step === null ? null : { stepId: row.wait_step, message: row.wait_message },
      who: task === null ? null : nameAsked(asked, task.kind),
    }),
    stepId: row.step_id,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    outcome: row.outcome,
    paused: row.paused && row.ended_at === null,
    byHand: row.by_hand,
    stuckSince: row.stalled_since,
  }
}

export async function caseSummary(db: Db, caseId: string): Promise<CaseSummary | null> {
  const found = await maybeRow(
    db,
    CaseRow,
    sql`select ${caseColumns} from case_run c join pilot p on p.id = c.pilot_id ${waitingAt} where c.id = ${caseId}`,
  )
  return found === null ? null : ((await toCaseSummaries(db, [found]))[0] ?? null)
}
