import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addAudit } from '#store/audit.ts'
import { rowsWithSecrets } from '#store/canaries.ts'
import { createCase } from '#store/cases.ts'
import { inTransaction, run, sql } from '#store/db.ts'
import { pruneKeys } from '#store/idempotency.ts'
import { checkInvariants } from '#store/invariants.ts'
import { ai, aMap, end, field, review } from '../support/maps.ts'
import { addPilot, openTestStore, priya, type TestStore } from '../support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
  const { pilotId } = await addPilot(
    store.db,
    aMap([ai('draft'), review('read', 'draft'), end()], {
      fields: [
        field('sender'),
        field('letter', 'long-text', { sensitivity: 'personal' }),
        field('summary', 'long-text'),
      ],
      intake: [
        { field: 'sender', required: true },
        { field: 'letter', required: false },
      ],
    }),
  )
  await createCase(store.db, {
    pilotId,
    title: 'One',
    values: { sender: 'One' },
    externalKey: 'one',
    by: priya,
    channel: 'api',
  })
})
afterAll(() => store.close())

async function broken(): Promise<string[]> {
  return (await checkInvariants(store.db)).filter((rule) => !rule.holds).map((rule) => rule.id)
}

describe('the promises', () => {
  it('hold for a case that was just accepted', async () => {
    expect(await broken()).toEqual([])
  })

  it('show a start that was forgotten and a figure that was changed', async () => {
    await run(store.db, sql`delete from start_outbox`)
    await run(store.db, sql`update case_run set last_event_at = now() - interval '2 minutes'`)
    await run(store.db, sql`update step_day set n = 7`)

    expect(await broken()).toEqual(['I3', 'I8'])
    await run(store.db, sql`insert into start_outbox (case_id) select id from case_run`)
    await run(store.db, sql`update step_day set n = 1`)
    await run(store.db, sql`update case_run set last_event_at = started_at`)
    expect(await broken()).toEqual([])
  })

  it('show a personal value that stands in an event, and none that a person typed as a note', async () => {
    const told = (key: string, where: 'note' | 'to') => sql`
      insert into case_event (case_id, key, pilot_id, at, type, step_id, event)
      select id, ${key}, pilot_id, now(), 'sent-back', 'read', jsonb_build_object('type', 'sent-back',
        'caseId', id, 'key', ${key}::text, 'at', '2026-11-02T10:00:00.000Z', 'stepId', 'read', 'execId', 'read#1',
        'to', 'draft', 'reason', 'Tone', 'note', null, 'by', '{"id": "sam", "name": "Sam", "sample": false}'::jsonb)
        || jsonb_build_object(${where}::text, 'of Ruth Okonkwo-Lind') from case_run`
    await run(
      store.db,
      sql`update document set body = body || '{"letter": "Ruth Okonkwo-Lind"}' where kind = 'intake'`,
    )
    await run(store.db, told('x1', 'note'))
    expect(await leaking()).toBe(false)

    await run(store.db, told('x2', 'to'))

    expect(await leaking()).toBe(true)
    await run(store.db, sql`delete from case_event where key in ('x1', 'x2')`)
  })

  it('show a secret that stands in an event or in the audit', async () => {
    expect(await rowsWithSecrets(store.db, ['sk-"quoted"-and-long'])).toBe(0)
    await inTransaction(store.db, (tx) =>
      addAudit(tx, {
        actor: 'priya',
        action: 'try',
        object: { kind: 'case', id: 'x' },
        processId: null,
        detail: { header: 'Bearer sk-"quoted"-and-long' },
      }),
    )

    expect(await rowsWithSecrets(store.db, ['sk-"quoted"-and-long'])).toBe(1)
  })

  it('show a draft that no event speaks of', async () => {
    await run(
      store.db,
      sql`insert into document (id, case_id, kind, sha256, bytes, body) select 'd9', id, 'draft', 'x', 2, '{}' from case_run`,
    )

    expect(await broken()).toEqual(['I5'])
    await run(store.db, sql`delete from document where id = 'd9'`)
  })

  it('show what is left behind: an order, a step, a request, a job', async () => {
    const left = async (): Promise<string | undefined> =>
      (await checkInvariants(store.db)).find(({ id }) => id === 'I10')?.found
    expect(await left()).toBe('nothing is left behind')

    await run(store.db, sql`update case_run set started_at = now() - interval '20 minutes'`)
    await run(
      store.db,
      sql`insert into idempotency_key (actor, route, key, body_hash, at)
        values ('priya', 'startCase', 'k', 'h', now() - interval '20 minutes')`,
    )
    await run(
      store.db,
      sql`insert into step_run (case_id, exec_id, step_id, attempt, started_at)
        select id, 'draft#1', 'draft', 1, now() - interval '1 day' from case_run`,
    )
    await run(
      store.db,
      sql`insert into case_batch (id, pilot_id, total, status, rows, channel, created_by, created_at)
        select 'b', id, 3, 'working', '[]', 'csv', 'priya', now() - interval '20 minutes' from pilot`,
    )

    expect(await left()).toBe('1 orders to start, 1 steps, 1 requests, 1 jobs')
    await pruneKeys(store.db)
    expect(await left()).toBe('1 orders to start, 1 steps, 1 jobs')
  })
})

async function leaking(): Promise<boolean> {
  return (await broken()).includes('I9')
}
