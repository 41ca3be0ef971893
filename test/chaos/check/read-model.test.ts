import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addAudit } from '#store/audit.ts'
import { inTransaction } from '#store/db.ts'
import { openTestStore, type TestStore } from '../../support/store.ts'
import { canariesOf } from '../stand/canaries.ts'
import { checkCanaries } from './canaries.ts'
import { textsIn, type EngineState, type EngineView } from './engine.ts'
import type { Facts } from './facts.ts'
import { checkReadModel } from './read-model.ts'

function engineThatSays(state: EngineState, history = ''): EngineView {
  return { stateOf: async () => state, historyOf: async () => history, close: async () => undefined }
}

const waiting: Facts = {
  cases: [
    {
      id: 'c1',
      pilot_id: 'p1',
      title: 'Sender of case-1-1',
      status: 'waiting',
      outcome: null,
      started_at: '2026-11-02T09:00:00.000Z',
      ended_at: null,
      waits_for_start: false,
      paused: false,
      by_hand: false,
      by_hand_steps: [],
      map_version: 1,
    },
  ],
  events: [],
  decisions: [],
  attempts: [],
  stepRuns: [],
  drafts: [],
  tasks: [{ id: 't1', case_id: 'c1', version: 2, status: 'open', shown_hash: 'h' }],
  waits: [],
  messages: [],
  batches: [],
  audited: [],
}
const ended: Facts = {
  ...waiting,
  cases: waiting.cases.map((found) => ({
    ...found,
    status: 'done',
    outcome: 'Answered',
    ended_at: '2026-11-02T10:00:00.000Z',
  })),
  tasks: [],
}
type Running = Extract<EngineState, { is: 'running' }>
const atTask: Running = {
  is: 'running',
  openTasks: [{ taskId: 't1', version: 2, shownHash: 'h' }],
  at: ['read'],
  version: 1,
  control: { paused: false, byHand: false, byHandSteps: [] },
}

describe('the check of the read model', () => {
  it('finds nothing where database and Temporal agree', async () => {
    const done: EngineState = { is: 'completed', status: 'done', outcome: 'Answered' }

    expect(await checkReadModel(waiting, engineThatSays(atTask))).toEqual([])
    expect(await checkReadModel(ended, engineThatSays(done))).toEqual([])
  })

  it.each<[string, Facts, EngineState]>([
    [
      'a task in another version',
      waiting,
      { ...atTask, openTasks: [{ taskId: 't1', version: 3, shownHash: 'h' }] },
    ],
    ['a task that is not waited for', waiting, { ...atTask, openTasks: [] }],
    [
      'a case that ended and is shown as open',
      waiting,
      { is: 'completed', status: 'done', outcome: 'Answered' },
    ],
    ['a case that runs and is shown as ended', ended, atTask],
    ['a case that ended otherwise', ended, { is: 'completed', status: 'cancelled', outcome: 'Stopped' }],
    [
      'a case that is paused and not shown so',
      waiting,
      { ...atTask, control: { ...atTask.control, paused: true } },
    ],
    [
      'a wait at a place where the case is not',
      { ...waiting, waits: [{ case_id: 'c1', step_id: 'paid' }] },
      atTask,
    ],
    ['a case in another version', waiting, { ...atTask, version: 2 }],
    ['a case that failed', waiting, { is: 'broken', as: 'FAILED' }],
    ['a case that Temporal does not know', waiting, { is: 'unknown' }],
    ['a case that does not answer', waiting, { is: 'silent', why: 'no worker' }],
  ])('finds %s', async (_, facts, state) => {
    expect(await checkReadModel(facts, engineThatSays(state))).toHaveLength(1)
  })
})

describe('the search for canaries', () => {
  let store: TestStore
  let logs: string
  beforeAll(async () => {
    store = await openTestStore()
    logs = mkdtempSync(join(tmpdir(), 'tl-chaos-logs-'))
  })
  afterAll(async () => {
    await store.close()
    rmSync(logs, { recursive: true, force: true })
  })

  it('reads texts and bytes of a message, however deep they are', () => {
    const message = {
      events: [{ attributes: { input: { payloads: [{ data: Buffer.from('{"a":"deep"}') }] } } }, 'flat'],
    }

    expect(textsIn(message)).toContain('deep')
    expect(textsIn(message)).toContain('flat')
  })

  it('finds them in logs, bodies of errors, histories and the audit, and else nowhere', async () => {
    const canaries = canariesOf(5)
    const nowhere = {
      canaries,
      logs,
      errorBodies: [],
      facts: waiting,
      engine: engineThatSays(atTask),
      db: store.db,
    }
    expect(await checkCanaries(nowhere)).toEqual([])

    writeFileSync(join(logs, 'api.log'), `a line with ${canaries.header}`)
    await inTransaction(store.db, async (tx) =>
      addAudit(tx, {
        actor: 'sam',
        action: 'test',
        object: { kind: 'case', id: 'c1' },
        processId: null,
        detail: { said: canaries.personal },
      }),
    )
    const found = await checkCanaries({
      ...nowhere,
      errorBodies: [`{"detail":"${canaries.idempotency}-1"}`],
      engine: engineThatSays(atTask, `input ${canaries.modelKey}`),
    })

    const names = new Set(found.map(({ what }) => what.split(' canary')[0]))
    expect(found).toHaveLength(4)
    expect(names).toEqual(new Set(['header', 'idempotency', 'modelKey', 'personal']))
  })
})
