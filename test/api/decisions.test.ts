import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createHash } from 'node:crypto'
import { ApplicationFailure } from '@temporalio/common'
import { decideTask } from '#api/decide-task.ts'
import type { DecideArgs, UndoResult } from '#domain/case-messages.ts'
import { DecisionBody } from '#domain/views/tasks.ts'
import { appendFacts } from '#store/case-work.ts'
import { rows, run, sql } from '#store/db.ts'
import { firstBrokenAudit } from '#store/audit.ts'
import { actorOf } from '#store/views/access.ts'
import { ai, aMap, draftAndReview, end, review } from '../support/maps.ts'
import { until } from './running-api.ts'
import {
  appliedBy,
  aWaitingCase,
  openTestApi,
  withPilot,
  type Answer,
  type OpenedCase,
  type TestApi,
} from './test-api.ts'

let api: TestApi
let pilot: { processId: string; pilotId: string }
beforeAll(async () => {
  api = await openTestApi()
  pilot = await withPilot(api, draftAndReview())
})
beforeEach(() => {
  api.engine.isDown = false
  api.engine.decided = []
  api.engine.onDecide = appliedBy('read')
})
afterAll(() => api.close())

async function aTask(more: Partial<Parameters<typeof aWaitingCase>[1]> = {}): Promise<OpenedCase> {
  return aWaitingCase(api, {
    ...pilot,
    values: { sender: 'Brightwell', letter: 'Please pay 4,200.', amount: 4200 },
    draft: { stepId: 'draft', values: { summary: 'They ask for 4200.' } },
    stepId: 'read',
    ...more,
  })
}

function bodyFor(task: OpenedCase, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    decisionId: randomUUID(),
    taskVersion: task.version,
    shownHash: task.shownHash,
    action: 'approve',
    values: null,
    reason: null,
    note: null,
    touchMs: null,
    ...more,
  }
}

async function decide(task: OpenedCase, body: Record<string, unknown>, as = 'sam'): Promise<Answer> {
  return api.send('POST', `/api/tasks/${encodeURIComponent(task.taskId)}/decisions`, { as, body })
}

async function auditOf(action: string, objectId: string): Promise<string[]> {
  const found = await rows(
    api.db,
    z.object({ actor: z.string() }),
    sql`select actor from audit where action = ${action} and object_id = ${objectId}`,
  )
  return found.map(({ actor }) => actor)
}

const Sent = z.object({ action: z.string(), outcome: z.unknown() })
const attempts = (taskId: string): Promise<z.infer<typeof Sent>[]> =>
  rows(
    api.db,
    Sent,
    sql`select args->>'action' as action, outcome from decision_attempt where task_id = ${taskId}`,
  )

describe('a decision', () => {
  it('is noted, audited, told to the case, and shown at once', async () => {
    const task = await aTask()

    const answer = await decide(task, bodyFor(task))

    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ status: 'applied', action: 'approve' })
    expect(await attempts(task.taskId)).toHaveLength(1)
    const shown = await api.call('task', { as: 'sam', params: { taskId: task.taskId } })
    expect(shown.status).toBe('decided')
    expect(shown.decidedBy?.person.id).toBe('sam')
    expect(await firstBrokenAudit(api.db)).toBeNull()
  })

  it('sent twice, also at the same moment, is one decision with one answer', async () => {
    const task = await aTask()
    const body = bodyFor(task)

    const answers = await Promise.all(Array.from({ length: 20 }, () => decide(task, body)))

    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 20 }, () => 200))
    expect(await attempts(task.taskId)).toHaveLength(1)
    expect(new Set(api.engine.decided.map((args) => args.decisionId)).size).toBe(1)
    expect(new Set(api.engine.decided.map((args) => args.editRef?.id ?? null)).size).toBe(1)
  })

  it('cannot be made into another under the same id', async () => {
    const task = await aTask()
    const body = bodyFor(task)
    await decide(task, body)

    const other = await decide(task, { ...body, action: 'reject', reason: 'Tone' })
    const stolen = await decide(task, body, 'priya')

    expect(other.body['code']).toBe('DecisionIdReused')
    expect(stolen.body['code']).toBe('DecisionIdReused')
  })

  it('that comes second is told who was first, when, and with what', async () => {
    const task = await aTask()
    await decide(task, bodyFor(task))

    const late = await decide(task, bodyFor(task), 'priya')

    expect(late.status).toBe(409)
    expect(late.body).toMatchObject({ code: 'TaskAlreadyDecided', by: 'Sam Ruiz', action: 'approve' })
    expect(Date.parse(String(late.body['at']))).toBeGreaterThan(0)
  })

  it('on something else than what is shown is stale', async () => {
    const task = await aTask()

    const version = await decide(task, bodyFor(task, { taskVersion: 2 }))
    const hash = await decide(task, bodyFor(task, { shownHash: 'another' }))
    const huge = await decide(task, bodyFor(task, { taskVersion: Number.MAX_SAFE_INTEGER }))

    for (const answer of [version, hash, huge]) {
      expect(answer.status).toBe(409)
      expect(answer.body).toMatchObject({ code: 'TaskStale', version: 1 })
    }
    expect(await attempts(task.taskId)).toHaveLength(0)
  })

  it('on own work is refused and remembered where four eyes are asked for', async () => {
    const task = await aTask({ excluded: ['sam'], fourEyes: true })

    const own = await decide(task, bodyFor(task))
    const other = await decide(task, bodyFor(task), 'priya')

    expect(own.status).toBe(403)
    expect(own.body['code']).toBe('SelfApproval')
    const audit = await rows(
      api.db,
      z.object({ n: z.number() }),
      sql`select count(*) as n from audit where action = 'decide:refused' and object_id = ${task.taskId}`,
    )
    expect(audit[0]?.n).toBe(1)
    expect(other.status).toBe(200)
  })

  it('of an author with many authors is refused too', async () => {
    const task = await aTask({ excluded: ['someone', 'sam', 'another'], fourEyes: true })

    // Straight at the statement, past the check that comes before it.
    await run(
      api.db,
      sql`update task set detail = jsonb_set(detail, '{excluded}', '[]') where id = ${task.taskId}`,
    )
    const answer = await decide(task, bodyFor(task))

    expect(answer.status).toBe(403)
    expect(api.engine.decided).toHaveLength(0)
  })

  it('of somebody who lost the role meanwhile is refused', async () => {
    const task = await aTask()
    await run(api.db, sql`delete from membership where process_id = ${pilot.processId} and person_id = 'sam'`)

    const answer = await decide(task, bodyFor(task))

    await run(
      api.db,
      sql`insert into membership (process_id, person_id, role) values (${pilot.processId}, 'sam', 'reviewer')`,
    )
    expect(answer.status).toBe(404)
    expect(await attempts(task.taskId)).toHaveLength(0)
  })

  it('at the exception desk is the owner’s', async () => {
    const task = await aTask({ kind: 'exception', draft: null, outputs: ['summary'] })

    const reviewer = await decide(task, bodyFor(task, { action: 'retry' }))
    const owner = await decide(task, bodyFor(task, { action: 'retry' }), 'priya')

    expect(reviewer.status).toBe(403)
    expect(owner.status).toBe(200)
  })

  it('must be an option, with a reason where one is asked for', async () => {
    const task = await aTask()

    expect((await decide(task, bodyFor(task, { action: 'skip' }))).body['code']).toBe('ActionNotAllowed')
    const bare = await decide(task, bodyFor(task, { action: 'send-back', reason: '  ' }))
    expect(bare.body).toMatchObject({ code: 'ReasonRequired', reasons: ['Wrong fact', 'Tone', 'Other'] })
  })
})

describe('what a person typed', () => {
  it('is stored whole, with the share that changed, and referred to by the decision', async () => {
    const task = await aTask({ draft: { stepId: 'draft', values: { summary: 'abcdefghij', urgent: true } } })

    await decide(task, bodyFor(task, { action: 'edit', values: { summary: 'abcdefghiX' } }))

    const [args] = api.engine.decided
    expect(args).toMatchObject({ action: 'edit', editedFields: ['summary'] })
    expect(args?.changedShare).toBeCloseTo(1 / 14)
    const [document] = await rows(
      api.db,
      z.object({ body: z.unknown(), kind: z.string() }),
      sql`select body, kind from document where id = ${args?.editRef?.id ?? ''}`,
    )
    expect(document).toEqual({ body: { summary: 'abcdefghiX', urgent: true }, kind: 'edit' })
  })

  it('and did not change is an approval', async () => {
    const task = await aTask()

    await decide(task, bodyFor(task, { action: 'edit', values: { summary: 'They ask for 4200.  \r\n' } }))

    expect(api.engine.decided[0]).toMatchObject({ action: 'approve', editRef: null, changedShare: null })
  })

  it.each([
    ['an unknown field', { surprise: 'x' }, 'values.surprise'],
    ['a field of another step', { sender: 'x' }, 'values.sender'],
    ['the wrong type', { summary: 7 }, 'values.summary'],
    ['nothing', {}, 'values'],
  ])('with %s is refused by name', async (_, values, field) => {
    const task = await aTask()

    const answer = await decide(task, bodyFor(task, { action: 'edit', values }))

    expect(answer.status).toBe(422)
    expect(answer.body).toMatchObject({ code: 'ValuesInvalid', errors: [{ field }] })
    expect(await attempts(task.taskId)).toHaveLength(0)
  })

  it('and is too long for a field is refused', async () => {
    const task = await aTask()

    const answer = await decide(
      task,
      bodyFor(task, { action: 'edit', values: { summary: 'x'.repeat(150_000) } }),
    )

    expect(answer.status).toBe(422)
    expect(answer.body['code']).toBe('ValuesInvalid')
  })

  it('takes no longer than the task was open', async () => {
    const task = await aTask()

    await decide(task, bodyFor(task, { touchMs: 86_400_000 }))

    expect(api.engine.decided[0]?.touchMs).toBeLessThan(60_000)
  })

  it('can become an example of the step that drafted it, for the next version', async () => {
    const map = aMap([ai('draft', { inputs: ['letter'] }), review('read', 'draft'), end()])
    const own = await withPilot(api, map)
    const task = await aTask(own)
    const body = bodyFor(task, { action: 'edit', values: { summary: 'Pay 4200.' } })
    await decide(task, body)
    const path = `/api/decisions/${String(body['decisionId'])}/example`

    const added = await api.send('POST', path, { as: 'sam', body: {} })
    const again = await api.send('POST', path, { as: 'sam', body: {} })

    expect(added.status).toBe(201)
    const process = await api.call('process', { params: { processId: own.processId } })
    const step = process.draft?.steps.find((candidate) => candidate.id === 'draft')
    expect(step?.kind === 'ai' ? step.examples : null).toEqual([
      { input: { letter: 'Please pay 4,200.' }, output: { summary: 'Pay 4200.' }, from: 'correction' },
    ])
    expect(again.body['revision']).toBe(added.body['revision'])
    const version = await api.call('mapVersion', { params: { processId: own.processId, version: '1' } })
    expect(version.map).toEqual(map)
  })
})

describe('when the engine is away', () => {
  it('nothing is decided, and the same decision goes through later', async () => {
    const task = await aTask()
    const body = bodyFor(task)
    api.engine.isDown = true

    const away = await decide(task, body)
    api.engine.isDown = false
    const back = await decide(task, body)

    expect(away.status).toBe(503)
    expect(away.headers.get('retry-after')).not.toBeNull()
    expect(back.body['status']).toBe('applied')
    expect(await attempts(task.taskId)).toHaveLength(1)
  })

  it('an answer that was lost is asked for again under the same id', async () => {
    const task = await aTask()
    const body = bodyFor(task)
    api.engine.onDecide = () => ({ kind: 'unanswered' })

    const lost = await decide(task, body)
    const still = await api.call('decision', {
      as: 'sam',
      params: { decisionId: String(body['decisionId']) },
    })
    api.engine.onDecide = appliedBy('read')
    const found = await api.call('decision', {
      as: 'sam',
      params: { decisionId: String(body['decisionId']) },
    })

    expect(lost.body['status']).toBe('checking')
    expect(still.status).toBe('checking')
    expect(found.status).toBe('applied')
  })

  it('a decision that ended its case counts, although the answer to it was lost', async () => {
    const task = await aTask()
    const answers: ReturnType<ReturnType<typeof appliedBy>>[] = []
    api.engine.onDecide = (args) => {
      answers.push(appliedBy('read')(args))
      return { kind: 'unanswered' }
    }
    const body = bodyFor(task)

    const first = await decide(task, body)
    const [told] = answers
    if (told?.kind !== 'done') throw new Error('the case was not told')
    await appendFacts(api.db, task.caseId, told.result.facts)
    api.engine.onDecide = () => ({ kind: 'gone' })
    const again = await decide(task, body)

    expect(first.body['status']).toBe('checking')
    expect(again).toMatchObject({ status: 200, body: { status: 'applied' } })
  })

  it('a vote counts although the answer to it was lost and the case ended in another history', async () => {
    const task = await aTask()
    const body = bodyFor(task)
    api.engine.onDecide = () => ({ kind: 'unanswered' })

    await decide(task, body)
    await appendFacts(api.db, task.caseId, [
      {
        type: 'vote-counted',
        at: new Date().toISOString(),
        seq: 50,
        stepId: 'read',
        execId: 'read#1',
        taskId: task.taskId,
        decisionId: String(body['decisionId']),
        by: { id: 'sam', name: 'Sam Ruiz', sample: false },
        votes: 1,
      },
    ])
    api.engine.onDecide = () => ({ kind: 'gone' })
    const again = await decide(task, body)
    const another = await decide(task, bodyFor(task))

    expect(again).toMatchObject({ status: 200, body: { status: 'counted' } })
    expect(another.status).toBe(409)
  })

  it('a case that is gone says how it ended', async () => {
    const task = await aTask()
    api.engine.onDecide = () => ({ kind: 'gone' })

    const answer = await decide(task, bodyFor(task))

    expect(answer.status).toBe(409)
    expect(answer.body['code']).toBe('CaseClosing')
  })
})

it('sent twice at once is the same decision for the one who finds the task as the other left it', async () => {
  const task = await aTask()
  const body = bodyFor(task)
  api.engine.onDecide = () => ({ kind: 'unanswered' })
  await decide(task, body)
  const id = String(body['decisionId'])
  const { db } = api
  await run(db, sql`create table kept_attempt as select * from decision_attempt where decision_id = ${id}`)
  await run(db, sql`delete from decision_attempt where decision_id = ${id}`)
  api.engine.onDecide = () => ({
    kind: 'done',
    result: { status: 'duplicate', taskId: task.taskId, undoUntil: null, facts: [] },
  })
  const sam = await actorOf(db, 'sam')
  if (sam === null) throw new Error('Sam is no person here')

  // The second has looked for the first, and waits to look at the task.
  const { second } = await db.transaction().execute(async (tx) => {
    await run(tx, sql`lock table case_run in access exclusive mode`)
    const asked = decideTask({ db, engine: api.engine, now: () => new Date() }, sam, {
      taskId: task.taskId,
      body: DecisionBody.parse(body),
    })
    await until(async () => {
      const waiting = await rows(
        tx,
        z.object({ pid: z.number() }),
        sql`select pid from pg_locks where relation = 'case_run'::regclass and not granted
          and database = (select oid from pg_database where datname = current_database())`,
      )
      return waiting.length > 0 ? waiting : null
    }, 'the second to wait')
    await run(tx, sql`insert into decision_attempt select * from kept_attempt`)
    await run(tx, sql`update task set version = version + 1 where id = ${task.taskId}`)
    // Not to be awaited while the lock is held.
    return { second: asked }
  })

  expect(await second).toMatchObject({ status: 'duplicate', decisionId: id })
  await run(db, sql`drop table kept_attempt`)
})

it.each([
  ['TaskStale', { code: 'TaskStale', version: 4 }, 409],
  ['SelfApproval', { code: 'SelfApproval' }, 403],
  ['AlreadyVoted', { code: 'AlreadyVoted' }, 409],
  ['CaseClosing', { code: 'CaseClosing', outcome: null }, 409],
  ['EditTooLarge', { code: 'EditTooLarge', limitBytes: 5 }, 413],
  [
    'TaskAlreadyDecided',
    { code: 'TaskAlreadyDecided', by: 'Ann', at: '2026-01-01T00:00:00Z', action: 'reject' },
    409,
  ],
])('the case’s own refusal %s reaches the person', async (type, refusal, status) => {
  const task = await aTask()
  const failure = ApplicationFailure.nonRetryable('refused', type, refusal)
  api.engine.onDecide = () => ({ kind: 'refused', type, details: failure.details })

  const answer = await decide(task, bodyFor(task))

  expect(answer.status).toBe(status)
  expect(answer.body).toMatchObject(refusal)
})

function takenBack(taskId: string, body: Record<string, unknown>) {
  const result: UndoResult = {
    taskId,
    taskVersion: 2,
    facts: [
      {
        seq: 101,
        type: 'task-undone',
        at: new Date().toISOString(),
        stepId: 'read',
        execId: 'read#1',
        taskId,
        version: 2,
        decisionId: String(body['decisionId']),
        by: { id: 'sam', name: 'Sam Ruiz', sample: false },
        draft: 'accepted',
        draftStepId: 'draft',
        touchMs: null,
      },
    ],
  }
  return { kind: 'done' as const, result }
}

describe('undo', () => {
  it('takes back one’s own decision and nobody else’s', async () => {
    const task = await aTask()
    const body = bodyFor(task)
    await decide(task, body)
    const path = `/api/decisions/${String(body['decisionId'])}/undo`
    api.engine.onUndo = () => takenBack(task.taskId, body)

    const other = await api.send('POST', path, { as: 'priya', body: {} })
    const own = await api.send('POST', path, { as: 'sam', body: {} })

    expect(other.body['code']).toBe('UndoClosed')
    expect(own.body).toEqual({ taskId: task.taskId, taskVersion: 2 })
    expect(await auditOf('undo', String(body['decisionId']))).toEqual(['sam'])
    const story = await api.call('case', { params: { caseId: task.caseId } })
    expect(story.story.at(-1)?.what).toBe('Took the decision back.')
  })

  it('is one row of the audit, however often it is sent', async () => {
    const task = await aTask()
    const body = bodyFor(task)
    await decide(task, body)
    const path = `/api/decisions/${String(body['decisionId'])}/undo`
    api.engine.onUndo = () => ({ kind: 'unanswered' })
    await api.send('POST', path, { as: 'sam', body: {}, headers: { 'idempotency-key': 'take it back' } })
    await api.send('POST', path, { as: 'sam', body: {}, headers: { 'idempotency-key': 'take it back' } })

    expect(await auditOf('undo', String(body['decisionId']))).toEqual(['sam'])
  })

  it.each([
    [
      'its case has gone on',
      { kind: 'refused' as const, type: 'UndoClosed', details: [{ code: 'UndoClosed' }] },
    ],
    ['its case has ended', { kind: 'gone' as const }],
  ])('that was done is told as done when it is sent again after %s', async (_, answer) => {
    const task = await aTask()
    const body = bodyFor(task)
    await decide(task, body)
    const path = `/api/decisions/${String(body['decisionId'])}/undo`
    api.engine.onUndo = () => takenBack(task.taskId, body)
    await api.send('POST', path, { as: 'sam', body: {} })
    api.engine.onUndo = () => answer

    const again = await api.send('POST', path, { as: 'sam', body: {} })

    expect(again).toMatchObject({ status: 200, body: { taskId: task.taskId, taskVersion: 2 } })
  })

  it('comes too late when its window is over', async () => {
    const task = await aTask()
    const body = bodyFor(task)
    await decide(task, body)
    api.engine.onUndo = () => ({ kind: 'refused', type: 'UndoClosed', details: [{ code: 'UndoClosed' }] })

    const late = await api.send('POST', `/api/decisions/${String(body['decisionId'])}/undo`, {
      as: 'sam',
      body: {},
    })

    expect(late.status).toBe(409)
  })
})

it('the digest of a decision does not depend on the time spent on it', async () => {
  const task = await aTask()
  const body = bodyFor(task, { touchMs: 10 })
  await decide(task, body)

  const again = await decide(task, { ...body, touchMs: 999 })

  expect(again.body['status']).toBe('duplicate')
  const digests = new Set(api.engine.decided.map((args: DecideArgs) => args.digest))
  expect(digests.size).toBe(1)
  expect([...digests][0]).toHaveLength(createHash('sha256').update('').digest('hex').length)
})

describe('who reads a task', () => {
  it('is told to the others and not to oneself', async () => {
    const task = await aTask()

    await api.call('readTask', { as: 'sam', params: { taskId: task.taskId } })

    const others = await api.call('task', { as: 'priya', params: { taskId: task.taskId } })
    const own = await api.call('task', { as: 'sam', params: { taskId: task.taskId } })
    expect(others.reading?.person.id).toBe('sam')
    expect(own.reading).toBeNull()
  })

  it('stays named while a second one opens it too', async () => {
    const task = await aTask()
    await api.call('readTask', { as: 'sam', params: { taskId: task.taskId } })

    await api.call('readTask', { as: 'priya', params: { taskId: task.taskId } })

    const shown = await api.call('task', { as: 'priya', params: { taskId: task.taskId } })
    expect(shown.reading?.person.id).toBe('sam')
  })
})
