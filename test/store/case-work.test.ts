import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { CaseEvent } from '#domain/case-events.ts'
import type { CloseCaseRequest, OpenTask, OpenTaskRequest } from '#domain/case-messages.ts'
import { appendEvents } from '#store/case-events.ts'
import {
  beginStep,
  closeCase,
  finishStep,
  openTask,
  type FinishedStep,
  type OpenedTask,
} from '#store/case-work.ts'
import { createCase } from '#store/cases.ts'
import { oneRow, rows, sql } from '#store/db.ts'
import { referenceTo } from '#store/documents.ts'
import { draftAndReview } from '../support/maps.ts'
import { addPilot, openTestStore, priya, type TestStore } from '../support/store.ts'

let store: TestStore
let pilotId: string
let processId: string
beforeAll(async () => {
  store = await openTestStore()
  ;({ pilotId, processId } = await addPilot(store.db, draftAndReview()))
})
afterAll(() => store.close())

async function newCase(key: string): Promise<string> {
  const made = await createCase(store.db, {
    pilotId,
    title: key,
    values: { sender: key },
    externalKey: key,
    by: priya,
    channel: 'api',
  })
  if ('code' in made) throw new Error(made.code)
  return made.caseId
}

const request = (caseId: string) => ({ caseId, execId: 'draft#1', stepId: 'draft', facts: [] })
function done(): Pick<FinishedStep, 'result' | 'documents'> {
  const ref = referenceTo({ summary: 'A' })
  return {
    result: { status: 'done', output: ref, fields: ['summary'], values: {} },
    documents: [{ ref, kind: 'draft', body: { summary: 'A' }, meta: {} }],
  }
}

describe('work on a step', () => {
  it('that finished gives its result again and keeps one draft', async () => {
    const caseId = await newCase('finished')
    const first = await beginStep(store.db, request(caseId), [])
    if (first.status !== 'fresh') throw new Error('not fresh')
    const { result, documents } = done()
    await finishStep(store.db, {
      caseId,
      execId: 'draft#1',
      attempt: 1,
      result,
      documents,
      events: [],
      opens: null,
    })

    const again = await beginStep(store.db, request(caseId), [])

    expect(again).toEqual({ status: 'finished', result })
    expect(await drafts(caseId)).toBe(1)
  })

  it('of an attempt that was overtaken is not stored', async () => {
    const caseId = await newCase('overtaken')
    await beginStep(store.db, request(caseId), [])
    await beginStep(store.db, request(caseId), [])

    const late = await finishStep(store.db, {
      caseId,
      execId: 'draft#1',
      attempt: 1,
      ...done(),
      events: [],
      opens: null,
    })
    const intime = await finishStep(store.db, {
      caseId,
      execId: 'draft#1',
      attempt: 2,
      ...done(),
      events: [],
      opens: null,
    })

    expect(late).toBeNull()
    expect(intime?.status).toBe('done')
    expect(await drafts(caseId)).toBe(1)
  })
})

describe('a draft that opens the gate that reads it', () => {
  const opened = (caseId: string): OpenedTask => ({
    request: taskOf(caseId, 1),
    why: 'Every draft is read at this step',
    dueAt: null,
    allowedMs: null,
    fourEyes: false,
    events: [],
  })
  const tasks = async (caseId: string): Promise<{ status: string }[]> =>
    rows(store.db, z.object({ status: z.string() }), sql`select status from task where case_id = ${caseId}`)

  it('is stored with it, or neither is', async () => {
    const caseId = await newCase('opens')
    await beginStep(store.db, request(caseId), [])
    const finished = { caseId, execId: 'draft#1', ...done(), events: [], opens: opened(caseId) }

    const overtaken = await finishStep(store.db, { ...finished, attempt: 2 })
    const before = await tasks(caseId)
    const stored = await finishStep(store.db, { ...finished, attempt: 1 })

    expect(overtaken).toBeNull()
    expect(before).toEqual([])
    expect(stored?.status).toBe('done')
    expect(await tasks(caseId)).toEqual([{ status: 'open' }])
  })

  it('opens it once, also when the attempt is told again', async () => {
    const caseId = await newCase('opens once')
    await beginStep(store.db, request(caseId), [])
    const finished = { caseId, execId: 'draft#1', attempt: 1, ...done(), events: [], opens: opened(caseId) }

    await finishStep(store.db, finished)
    await finishStep(store.db, finished)

    expect(await tasks(caseId)).toEqual([{ status: 'open' }])
  })
})

async function drafts(caseId: string): Promise<number> {
  const found = await oneRow(
    store.db,
    z.object({ n: z.number() }),
    sql`select count(*)::int as n from document where case_id = ${caseId} and kind = 'draft'`,
  )
  return found.n
}

function taskOf(caseId: string, version: number): OpenTaskRequest {
  const task: OpenTask = {
    taskId: `${caseId}.read.1`,
    stepId: 'read',
    execId: 'read#1',
    visit: 1,
    kind: 'review',
    version,
    shownHash: `hash ${version}`,
    options: ['approve'],
    outputs: ['summary'],
    excluded: [],
    need: 1,
    votes: [],
    reasons: [],
    openedAt: Date.now(),
    dueAt: null,
    breaches: 0,
  }
  return {
    caseId,
    pilotId,
    execId: 'read#1',
    mapId: processId,
    version: 1,
    planHash: '',
    stepId: 'read',
    visit: 1,
    enabledAt: new Date().toISOString(),
    inputs: {},
    facts: [],
    task,
    draft: null,
    written: {},
    sendBack: null,
    failure: null,
    reopened: false,
  }
}

function decidedEvent(caseId: string, version: number): CaseEvent {
  return {
    type: 'task-decided',
    caseId,
    key: `f${version}`,
    at: new Date().toISOString(),
    stepId: 'read',
    execId: 'read#1',
    taskId: `${caseId}.read.1`,
    version,
    kind: 'review',
    decisionId: `${caseId} ${version}`,
    action: 'approve',
    by: priya,
    reason: null,
    note: null,
    touchMs: null,
    changedShare: null,
    draft: null,
    draftStepId: null,
  }
}

describe('a task', () => {
  const open = (caseId: string, version: number): Promise<void> =>
    openTask(store.db, {
      request: taskOf(caseId, version),
      why: 'Every draft is read',
      dueAt: null,
      allowedMs: null,
      fourEyes: false,
      events: [],
    })
  const shown = (caseId: string): Promise<{ version: number; shown_hash: string; status: string }> =>
    oneRow(
      store.db,
      z.object({ version: z.number(), shown_hash: z.string(), status: z.string() }),
      sql`select version, shown_hash, status from task where case_id = ${caseId}`,
    )

  it('opened late in an old version leaves the new one as it is', async () => {
    const caseId = await newCase('versions')
    await open(caseId, 2)

    await open(caseId, 1)

    expect(await shown(caseId)).toEqual({ version: 2, shown_hash: 'hash 2', status: 'open' })
  })

  it('opened anew after its next decision was told is a decided one', async () => {
    const caseId = await newCase('told early')
    await open(caseId, 1)
    await appendEvents(store.db, { caseId, pilotId, zone: 'Europe/Amsterdam' }, [decidedEvent(caseId, 2)])

    await open(caseId, 2)

    expect(await shown(caseId)).toEqual({ version: 2, shown_hash: 'hash 2', status: 'decided' })
  })

  it('is closed with its case, which ends once', async () => {
    const caseId = await newCase('ends')
    await open(caseId, 1)
    const ending: CloseCaseRequest = {
      caseId,
      pilotId,
      status: 'cancelled',
      outcome: 'Stopped',
      stepId: null,
      at: new Date().toISOString(),
      facts: [],
    }

    await closeCase(store.db, ending)
    await closeCase(store.db, { ...ending, status: 'done', outcome: 'Done after all' })
    await open(caseId, 2)

    expect((await shown(caseId)).status).toBe('closed')
    const ended = await rows(
      store.db,
      z.object({ status: z.string(), outcome: z.string() }),
      sql`select status, outcome from case_run where id = ${caseId}`,
    )
    expect(ended).toEqual([{ status: 'cancelled', outcome: 'Stopped' }])
  })
})
