import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { closeCase } from '#store/case-work.ts'
import { createCase } from '#store/cases.ts'
import { rows, run, sql } from '#store/db.ts'
import {
  casesThatStand,
  noteCheck,
  noteStall,
  openCasesAfter,
  settleAttempts,
  storedState,
} from '#store/reconcile.ts'
import { draftAndReview } from '../support/maps.ts'
import { addOpenTasks, addPilot, openTestStore, priya, type TestStore } from '../support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

beforeEach(async () => {
  await run(store.db, sql`delete from case_run`)
  await run(store.db, sql`update task set due_at = null`)
})

/** Cases c1, c2, ... that wait at the gate with tasks t000001, t000002, ..., none of them late. */
async function waiting(many: number): Promise<void> {
  const pilot = await addPilot(store.db, draftAndReview())
  await addOpenTasks(store.db, pilot, many)
  await run(store.db, sql`update task set due_at = null`)
}

const standing = async (): Promise<string[]> =>
  (await casesThatStand(store.db)).map(({ caseId }) => caseId).toSorted()

describe('the cases that are looked at in every round', () => {
  it('are those that should move and do not, and none that simply wait for a person', async () => {
    await waiting(8)
    expect(await standing()).toEqual([])

    await run(
      store.db,
      sql`update case_run set status = 'running', last_event_at = now() - interval '20 seconds'
      where id in ('c1', 'c2')`,
    )
    await run(store.db, sql`insert into start_outbox (case_id) values ('c2')`)
    await run(store.db, sql`update case_run set status = 'running', last_event_at = now() where id = 'c3'`)
    await run(
      store.db,
      sql`update case_run set status = 'stalled', stall = 'failing', stalled_since = now()
      where id = 'c4'`,
    )
    await run(store.db, sql`update task set due_at = now() - interval '1 minute' where case_id = 'c5'`)
    await noteCheck(store.db, { caseId: 'c6', seen: 'x', differs: 'a task is missing' })
    await noteCheck(store.db, { caseId: 'c7', seen: 'x', differs: null })

    expect(await standing()).toEqual(['c1', 'c4', 'c5', 'c6'])
  })

  it('come beside a round over all that are open, page by page', async () => {
    await waiting(7)
    await run(store.db, sql`update case_run set ended_at = now(), status = 'done' where id = 'c4'`)

    const first = await openCasesAfter(store.db, '', 4)
    const second = await openCasesAfter(store.db, first.at(-1)?.caseId ?? '', 4)

    expect(first.map(({ caseId }) => caseId)).toEqual(['c1', 'c2', 'c3', 'c5'])
    expect(second.map(({ caseId }) => caseId)).toEqual(['c6', 'c7'])
    expect(await storedState(store.db, 'c1')).toEqual({
      status: 'waiting',
      stepId: 'read',
      facts: 0,
      lastFact: 0,
      openTasks: [{ taskId: 't000001', version: 1 }],
    })
    expect(await storedState(store.db, 'c4')).toBeNull()
  })
})

describe('a case that stands still', () => {
  it('is not said to when it has ended since the engine was asked', async () => {
    const { pilotId } = await addPilot(store.db, draftAndReview())
    const accepted = async (title: string): Promise<string> => {
      const created = await createCase(store.db, {
        pilotId,
        title,
        values: { sender: title },
        externalKey: randomUUID(),
        by: priya,
        channel: 'api',
      })
      if ('code' in created) throw new Error(created.code)
      return created.caseId
    }
    const [open, over] = [await accepted('Open'), await accepted('Over')]
    const at = new Date().toISOString()
    await closeCase(store.db, {
      caseId: over,
      pilotId,
      status: 'done',
      outcome: 'Sent',
      stepId: null,
      at,
      facts: [],
    })

    for (const caseId of [open, over]) {
      await noteStall(store.db, { caseId, processId: 'p' }, { why: 'failing', since: at })
    }

    const told = await rows(
      store.db,
      z.object({ case_id: z.string() }),
      sql`select case_id from case_event where type = 'case-stalled'`,
    )
    expect(told).toEqual([{ case_id: open }])
  })
})

describe('decisions whose answer never came', () => {
  it('are settled by what happened since, and left open while nothing has', async () => {
    await waiting(5)
    const attempt = async (taskId: string): Promise<string> => {
      const id = randomUUID()
      await run(
        store.db,
        sql`insert into decision_attempt (decision_id, task_id, task_version, actor, body_hash, args, at)
          values (${id}, ${taskId}, 1, 'sam', 'h', '{}', now() - interval '2 minutes')`,
      )
      return id
    }
    const [taken, voted, moved, unknown, votedBefore] = await Promise.all(
      ['t000001', 't000002', 't000003', 't000004', 't000005'].map((taskId) => attempt(taskId)),
    )
    // By the same person, a moment after a vote that was counted.
    const votedAgain = await attempt('t000002')
    await run(
      store.db,
      sql`insert into decision (decision_id, task_id, task_version, case_id, actor, action, at)
        values (${taken}, 't000001', 1, 'c1', 'sam', 'approve', now())`,
    )
    const tellVote = (caseId: string, vote: Record<string, string>): Promise<number> =>
      run(
        store.db,
        sql`insert into case_event (case_id, key, pilot_id, at, type, step_id, event)
          select id, 'f1', pilot_id, now() - interval '110 seconds', 'vote-counted', 'read',
            ${JSON.stringify({ ...vote, by: { id: 'sam' } })}::jsonb from case_run where id = ${caseId}`,
      )
    await tellVote('c2', { taskId: 't000002', decisionId: String(voted) })
    // A case of an earlier build does not say by which decision.
    await tellVote('c5', { taskId: 't000005' })
    await run(store.db, sql`update task set version = 2 where id = 't000003'`)
    await run(store.db, sql`update task set status = 'decided' where id = 't000002'`)

    expect(await settleAttempts(store.db)).toBe(5)

    const found = await rows(
      store.db,
      z.object({ decision_id: z.string(), status: z.string().nullable() }),
      sql`select decision_id, outcome->>'status' as status from decision_attempt`,
    )
    expect(Object.fromEntries(found.map(({ decision_id, status }) => [decision_id, status]))).toEqual({
      [String(taken)]: 'applied',
      [String(voted)]: 'counted',
      [votedAgain]: 'refused',
      [String(votedBefore)]: 'counted',
      [String(moved)]: 'refused',
      [String(unknown)]: null,
    })
  })

  it('are not taken for another decision of the same person', async () => {
    await waiting(1)
    const [counted, refused] = [randomUUID(), randomUUID()]
    for (const id of [counted, refused]) {
      await run(
        store.db,
        sql`insert into decision_attempt (decision_id, task_id, task_version, actor, body_hash, args, at)
          values (${id}, 't000001', 1, 'sam', 'h', '{}', now() - interval '2 minutes')`,
      )
    }
    await run(
      store.db,
      sql`insert into case_event (case_id, key, pilot_id, at, type, step_id, event)
        select id, 'f1', pilot_id, now() - interval '119 seconds', 'vote-counted', 'read',
          jsonb_build_object('taskId', 't000001', 'by', '{"id": "sam"}'::jsonb, 'decisionId', ${counted}::text)
        from case_run where id = 'c1'`,
    )
    await run(store.db, sql`update task set version = 2 where id = 't000001'`)

    await settleAttempts(store.db)

    const found = await rows(
      store.db,
      z.object({ decision_id: z.string(), status: z.string().nullable() }),
      sql`select decision_id, outcome->>'status' as status from decision_attempt`,
    )
    expect(Object.fromEntries(found.map(({ decision_id, status }) => [decision_id, status]))).toMatchObject({
      [counted]: 'counted',
      [refused]: 'refused',
    })
  })
})
