import { z } from 'zod'
import { can, type Actor } from '#domain/can.ts'
import { ProcessMap } from '#domain/process-map.ts'
import type { Inbox, InboxView, TaskKind } from '#domain/views/tasks.ts'
import { oneRow, rows, sql, type Db } from '#store/db.ts'
import { CursorId, CursorInstant, readCursorAs, writeCursor } from './cursor.ts'
import { searchCondition } from './cases.ts'
import {
  documentsOf,
  mapsOf,
  shownTask,
  TaskRow,
  taskColumns,
  taskSources,
  toTaskSummary,
} from './task-rows.ts'

export type InboxQuery = {
  actor: Actor
  view: InboxView
  processId: string | null
  kind: TaskKind | null
  search: string | null
  cursor: string | null
  limit: number
  now: Date
}

const Cursor = z.tuple([CursorInstant.nullable(), CursorInstant, CursorId])
type QueuePlace = z.infer<typeof Cursor>
type Condition = ReturnType<typeof sql>

/** Open tasks that the person may see, soonest due first; null when the cursor is not one of ours. */
export async function inboxOf(db: Db, query: InboxQuery): Promise<Inbox | null> {
  const after = query.cursor === null ? null : readCursorAs(Cursor, query.cursor)
  if (query.cursor !== null && after === null) return null

  const conditions = [seen(query.actor), inView(query.actor)[query.view]]
  if (query.processId !== null) conditions.push(sql`t.process_id = ${query.processId}`)
  if (query.kind !== null) conditions.push(sql`t.kind = ${query.kind}`)
  if (query.search !== null) conditions.push(searchCondition(query.search))
  if (after !== null) conditions.push(comesAfter(after))
  const found = await rows(
    db,
    TaskRow,
    sql`select ${taskColumns} from ${taskSources} where ${sql.join(conditions, sql` and `)}
      order by t.due_at asc nulls last, t.opened_at, t.id limit ${query.limit + 1}`,
  )
  const page = found.slice(0, query.limit)
  const last = page.at(-1)
  const [mapOf, documents, counts] = await Promise.all([
    mapsOf(db, page, (map) => ProcessMap.parse(map)),
    documentsOf(db, page),
    countsOf(db, query.actor),
  ])
  return {
    items: page.map((task) => {
      const map = mapOf(task)
      const shown = shownTask(map, task, documents)
      return toTaskSummary(map, task, { shown, now: query.now, readerId: query.actor.id })
    }),
    next:
      found.length > query.limit && last !== undefined
        ? writeCursor([last.due_at, last.opened_at, last.id])
        : null,
    counts: counts.counts,
    doneToday: counts.doneToday,
  }
}

const CountsRow = z.object({
  needs_me: z.number(),
  due_soon: z.number(),
  exceptions: z.number(),
  everything: z.number(),
  late: z.number(),
})

export async function countsOf(
  db: Db,
  actor: Actor,
): Promise<Pick<Inbox, 'counts' | 'doneToday'> & { late: number }> {
  const views = inView(actor)
  const counts = await oneRow(
    db,
    CountsRow,
    sql`select count(*) filter (where ${views['needs-me']}) as needs_me,
        count(*) filter (where ${views['due-soon']}) as due_soon,
        count(*) filter (where ${views.exceptions}) as exceptions,
        count(*) as everything,
        count(*) filter (where ${views['needs-me']} and t.due_at < now()) as late
      from task t where ${seen(actor)}`,
  )
  const done = await oneRow(
    db,
    z.object({ n: z.number() }),
    sql`select count(*) as n from task t join pilot p on p.id = t.pilot_id
      where t.status = 'decided' and t.decided_by = ${actor.id}
        and t.decided_at >= date_trunc('day', now() at time zone p.zone) at time zone p.zone`,
  )
  return {
    counts: {
      needsMe: counts.needs_me,
      dueSoon: counts.due_soon,
      exceptions: counts.exceptions,
      all: counts.everything,
    },
    doneToday: done.n,
    late: counts.late,
  }
}

/** Open tasks of processes where the person works, but for those of cases that cannot go on: nothing would come of it. */
export function seen(actor: Actor): Condition {
  return sql`t.status = 'open' and t.process_id = any(${processesWhere(actor, 'see-task')})
    and t.case_id not in (select id from case_run where stalled_since is not null and stall = 'lost')`
}

/** The tabs of the inbox. */
export function inView(actor: Actor): Record<InboxView, Condition> {
  return {
    'needs-me': needsMe(actor),
    'due-soon': sql`t.due_at < now() + interval '4 hours'`,
    exceptions: sql`t.kind = 'exception'`,
    all: sql`true`,
  }
}

/**
 * Reviewers are asked at the gates and owners at the exception desk, or wherever a task was escalated to them, or
 * nobody else reviews. Four eyes and a vote already given keep a task away.
 */
function needsMe(actor: Actor): Condition {
  const reviews = actor.roles.filter((role) => role.role === 'reviewer').map((role) => role.processId)
  const owns = actor.roles.filter((role) => role.role === 'owner').map((role) => role.processId)
  return sql`(
    case when t.kind = 'exception' then t.process_id = any(${owns})
      else t.process_id = any(${reviews}) or (t.process_id = any(${owns}) and not exists (
        select 1 from membership m join person q on q.id = m.person_id
        where m.process_id = t.process_id and m.role = 'reviewer' and not q.sample)) end
    or t.escalated_to = ${actor.id})
    and not ((t.detail->>'fourEyes')::boolean and ${actor.id} = any(t.step_authors))
    and not ((t.detail->>'need')::integer > 1 and exists (select 1 from case_event e where e.case_id = t.case_id and e.type = 'vote-counted'
      and e.event->>'taskId' = t.id and e.event->'by'->>'id' = ${actor.id}))`
}

/** Where in the queue something stands: what comes after it. */
export function comesAfter([due, opened, id]: QueuePlace): Condition {
  const later = sql`(t.opened_at, t.id) > (${opened}::timestamptz, ${id}::text)`
  return due === null
    ? sql`t.due_at is null and ${later}`
    : sql`(t.due_at > ${due}::timestamptz or t.due_at is null or (t.due_at = ${due}::timestamptz and ${later}))`
}

function processesWhere(actor: Actor, permission: 'see-task'): string[] {
  const ids = [...new Set(actor.roles.map((role) => role.processId))]
  return ids.filter((id) => can(actor, permission, id))
}
