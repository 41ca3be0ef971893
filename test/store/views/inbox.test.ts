import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { rows, run, sql, type Db } from '#store/db.ts'
import type { Actor } from '#domain/can.ts'
import type { Inbox } from '#domain/views/tasks.ts'
import { actorOf } from '#store/views/access.ts'
import { inboxOf, upNextOf, type InboxQuery } from '#store/views/inbox.ts'
import { draftAndReview } from '../../support/maps.ts'
import { addOpenTasks, addPilot, openTestStore, type TestStore } from '../../support/store.ts'

let store: TestStore
let db: Db
let pilot: { processId: string; pilotId: string }
const many = 10_000

beforeAll(async () => {
  store = await openTestStore()
  db = store.db
  pilot = await addPilot(db, draftAndReview())
  await addOpenTasks(db, pilot, many)
  await run(db, sql`analyze`)
})
afterAll(() => store.close())

async function person(id: string): Promise<Actor> {
  const actor = await actorOf(db, id)
  if (actor === null) throw new Error(`${id} is nobody`)
  return actor
}

async function inbox(id: string, more: Partial<InboxQuery> = {}): Promise<Inbox> {
  const found = await inboxOf(db, {
    actor: await person(id),
    view: 'needs-me',
    processId: null,
    kind: null,
    search: null,
    cursor: null,
    limit: 50,
    now: new Date(),
    ...more,
  })
  if (found === null) throw new Error('the cursor was refused')
  return found
}

it('asks reviewers at the gates, owners at the exception desk, and leaders nowhere', async () => {
  const [sam, priya, dana] = await Promise.all([inbox('sam'), inbox('priya'), inbox('dana')])

  expect(sam.counts).toMatchObject({ needsMe: many * 0.99, all: many, exceptions: many / 100 })
  expect(priya.counts).toMatchObject({ needsMe: many / 100, all: many })
  expect(priya.items.every((item) => item.kind === 'exception')).toBe(true)
  expect(dana).toEqual({
    items: [],
    next: null,
    counts: { needsMe: 0, dueSoon: 0, exceptions: 0, all: 0 },
    doneToday: 0,
  })
})

it('gives every task once, soonest due first and those without a date last', async () => {
  const seen: { id: string; dueAt: string | null }[] = []
  let cursor: string | null = null
  do {
    const page: Inbox = await inbox('sam', { view: 'all', limit: 100, cursor, search: '99' })
    seen.push(...page.items)
    cursor = page.next
  } while (cursor !== null)

  const expected = Array.from({ length: many }, (_, index) => String(index + 1)).filter((text) =>
    text.includes('99'),
  )
  expect(new Set(seen.map((item) => item.id)).size).toBe(seen.length)
  expect(seen.length).toBe(expected.length)
  const dues = seen.map((item) => (item.dueAt === null ? Infinity : Date.parse(item.dueAt)))
  expect(dues).toEqual(dues.toSorted((a, b) => a - b))
})

it('offers next what stands behind a task in the queue, and after the last what stands first', async () => {
  const sam = await person('sam')
  const queue = await rows(
    db,
    z.object({ id: z.string(), due_at: z.string().nullable(), opened_at: z.string() }),
    sql`select id, due_at, opened_at from task where kind = 'review'
      order by due_at asc nulls last, opened_at, id`,
  )
  const ids = queue.map(({ id }) => id)
  const after = async (place: number): Promise<string[]> => {
    const task = queue.at(place)
    if (task === undefined) throw new Error(`nothing stands at ${place}`)
    return (await upNextOf(db, sam, task)).map(({ taskId }) => taskId)
  }
  const lastWithDate = queue.findLastIndex(({ due_at }) => due_at !== null)

  expect(await after(0)).toEqual(ids.slice(1, 4))
  expect(await after(lastWithDate - 1)).toEqual(ids.slice(lastWithDate, lastWithDate + 3))
  expect(await after(-2)).toEqual([ids.at(-1), ids[0], ids[1]])
})

it('refuses a cursor of another list', async () => {
  const found = await inboxOf(db, {
    actor: await person('sam'),
    view: 'all',
    processId: null,
    kind: null,
    search: null,
    cursor: 'WyJ4Il0',
    limit: 10,
    now: new Date(),
  })

  expect(found).toBeNull()
})
