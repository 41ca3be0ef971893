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

/** Where in the queue something stands: when it is due, when it was opened, and its id. */
const Cursor = z.tuple([CursorInstant.nullable(), CursorInstant, CursorId])
type QueuePlace = z.infer<typeof Cursor>
type Condition = ReturnType<typeof sql>

/** Open tasks that the person may see, soonest due first; null when the cursor is not one of ours. */
export async function inboxOf(db: Db, query: InboxQuery): Promise<Inbox | null> {
  const after = query.cursor === null ? null : readCursorAs(Cursor, query.cursor)
  if (query.cursor !== null && after === null) return null

  const conditions = [inView(query.actor)[query.view]]
  if (query.processId !== null) conditions.push(sql`t.process_id = ${query.processId}`)
  if (query.kind !== null) conditions.push(sql`t.kind = ${query.kind}`)
  if (query.search !== null) conditions.push(searchCondition(query.search))
  const queue = inTurn(query.actor, { conditions, after, limit: query.limit + 1 })
  const found = await rows(
    db,
    TaskRow,
    sql`select ${taskColumns} from (${queue}) q join ${taskSources} on t.id = q.id order by q.turn`,
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
      from task t where t.process_id = any(${processesWhere(actor, 'see-task')}) and ${isAsked}`,
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

/** Open, and not of a case that cannot go on: nothing would come of it. */
const isAsked = sql`t.status = 'open'
  and t.case_id not in (select id from case_run where stalled_since is not null and stall = 'lost')`

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

/**
 * The first open tasks that the person may see, in the order in which people are asked: soonest due first. `id`,
 * `case_id` and `turn` of each. Every process has its own queue in the index; of each no more is read than is asked for.
 */
export function inTurn(
  actor: Actor,
  {
    conditions,
    after = null,
    limit,
  }: {
    /** Of a task `t` and its case `c`. */
    conditions: Condition[]
    after?: QueuePlace | null
    limit: number
  },
): Condition {
  const place = sql`coalesce(t.due_at, 'infinity'::timestamptz), t.opened_at, t.id`
  const start =
    after === null ? sql`true` : sql`(${place}) > (${after[0] ?? 'infinity'}, ${after[1]}, ${after[2]})`
  return sql`select f.id, f.case_id, row_number() over (order by f.due, f.opened_at, f.id) as turn
    from unnest(${processesWhere(actor, 'see-task')}::text[]) as own (process_id) cross join lateral (
      select t.id, t.case_id, coalesce(t.due_at, 'infinity'::timestamptz) as due, t.opened_at
      from task t join case_run c on c.id = t.case_id
      where t.process_id = own.process_id and ${isAsked} and ${start} and ${sql.join(conditions, sql` and `)}
      order by ${place} limit ${limit}) f
    order by turn limit ${limit}`
}

const mostUpNext = 3
const UpNextRow = z.object({ taskId: z.string(), caseTitle: z.string() })

/** What waits for the reader after a task, in the order of the queue; from its start when that was the last. */
export async function upNextOf(
  db: Db,
  actor: Actor,
  task: Pick<z.infer<typeof TaskRow>, 'id' | 'due_at' | 'opened_at'>,
): Promise<z.infer<typeof UpNextRow>[]> {
  const conditions = [inView(actor)['needs-me'], sql`t.id <> ${task.id}`]
  const inOrder = async (after: QueuePlace | null): Promise<z.infer<typeof UpNextRow>[]> =>
    rows(
      db,
      UpNextRow,
      sql`select q.id as "taskId", c.title as "caseTitle"
        from (${inTurn(actor, { conditions, after, limit: mostUpNext })}) q join case_run c on c.id = q.case_id
        order by q.turn`,
    )
  const later = await inOrder([task.due_at, task.opened_at, task.id])
  if (later.length === mostUpNext) return later
  const known = new Set(later.map(({ taskId }) => taskId))
  const first = await inOrder(null)
  return [...later, ...first.filter(({ taskId }) => !known.has(taskId))].slice(0, mostUpNext)
}

function processesWhere(actor: Actor, permission: 'see-task'): string[] {
  const ids = [...new Set(actor.roles.map((role) => role.processId))]
  return ids.filter((id) => can(actor, permission, id))
}
