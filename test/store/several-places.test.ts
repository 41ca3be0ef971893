import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { CaseEvent } from '#domain/case-events.ts'
import { appendEvents, scopeOf } from '#store/case-events.ts'
import { openTask } from '#store/case-work.ts'
import { createCase } from '#store/cases.ts'
import { inTransaction, oneRow, rows, sql } from '#store/db.ts'
import { rebuild } from '#store/rebuild.ts'
import { draftAndReview } from '../support/maps.ts'
import { addPilot, openTestStore, priya, sam, type TestStore } from '../support/store.ts'

let store: TestStore
let pilotId: string
let processId: string
beforeAll(async () => {
  store = await openTestStore()
  ;({ pilotId, processId } = await addPilot(store.db, draftAndReview()))
})
afterAll(() => store.close())

/** One branch of a case: somebody is asked, or something is waited for, and what became of it. */
const place = fc.record({
  kind: fc.constantFrom('task', 'wait'),
  end: fc.constantFrom('open', 'decided', 'withdrawn', 'abandoned', 'finished', 'exception'),
})
const way = fc.record({
  places: fc.array(place, { minLength: 1, maxLength: 4 }),
  pauses: fc.nat(3),
  byHand: fc.array(fc.constantFrom('all', 'draft', 'read'), { maxLength: 4 }),
  moves: fc.nat(2),
  /** Events of one instant are told apart by their places. */
  stepMs: fc.constantFrom(0, 1_000),
  ranks: fc.array(fc.nat(1_000), { minLength: 60, maxLength: 60 }),
  batch: fc.integer({ min: 1, max: 4 }),
})
type Way = typeof way extends fc.Arbitrary<infer T> ? T : never
type Told = { kind: 'event'; event: CaseEvent } | { kind: 'open'; nth: number; at: string }

function toldOf(caseId: string, round: Way): Told[] {
  let clock = Date.UTC(2026, 10, 2, 10)
  let seq = 0
  const told: Told[] = []
  const at = (): string => {
    clock += round.stepMs
    return new Date(clock).toISOString()
  }
  const base = (): { caseId: string; key: string; at: string } => {
    seq += 1
    return { caseId, key: `f${seq}`, at: at() }
  }
  const tell = (event: CaseEvent): void => void told.push({ kind: 'event', event })
  round.places.forEach(({ kind, end }, nth) => {
    const step = { stepId: `s${nth}`, execId: `s${nth}[${nth}]#1` }
    tell({ ...base(), ...step, type: 'step-entered', visit: 1 })
    if (kind === 'task') told.push({ kind: 'open', nth, at: at() })
    else tell({ ...base(), ...step, type: 'wait-began', until: null, message: 'paid' })
    if (kind === 'task' && end === 'decided') tell(decision(base(), step))
    if (kind === 'task' && end === 'withdrawn') {
      tell({ ...base(), ...step, type: 'task-withdrawn', taskId: taskOf(caseId, nth) })
    }
    if (end === 'abandoned') tell({ ...base(), ...step, type: 'step-abandoned' })
    if (kind === 'wait' && end === 'finished') {
      tell({
        ...base(),
        ...step,
        type: 'step-finished',
        visit: 1,
        enabledAt: new Date(clock).toISOString(),
        leadMs: 1,
        waitMs: 1,
        touchMs: null,
        machineMs: null,
        doneBy: 'system',
      })
    }
    if (kind === 'wait' && end === 'exception') {
      tell({ ...base(), ...step, type: 'exception-entered', cause: 'timed-out', message: '', to: null })
    }
  })
  for (let nth = 0; nth < round.pauses; nth += 1) {
    if (nth % 2 === 0) tell({ ...base(), type: 'case-paused', by: priya, reason: 'an audit' })
    else {
      const dueAt = new Date(clock + 3_600_000 * nth).toISOString()
      const dues = round.places.flatMap(({ kind }, index) =>
        kind === 'task' ? [{ taskId: taskOf(caseId, index), dueAt }] : [],
      )
      tell({ ...base(), type: 'case-resumed', by: priya, pausedMs: 1_000, dues })
    }
  }
  const isByHand = new Set<string>()
  for (const scope of round.byHand) {
    const onlyStep = scope === 'all' ? null : scope
    if (isByHand.delete(scope)) tell({ ...base(), type: 'came-back', by: priya, onlyStep })
    else {
      isByHand.add(scope)
      tell({ ...base(), type: 'went-by-hand', by: priya, reason: 'odd', onlyStep })
    }
  }
  for (let nth = 0; nth < round.moves; nth += 1) {
    // There and back, so that the version is one that is published.
    tell({ ...base(), type: 'case-moved', by: priya, fromVersion: 1, toVersion: 1 })
  }
  return told
}

function taskOf(caseId: string, nth: number): string {
  return `${caseId}.s${nth}`
}

function decision(
  base: { caseId: string; key: string; at: string },
  step: { stepId: string; execId: string },
): CaseEvent {
  return {
    ...base,
    ...step,
    type: 'task-decided',
    taskId: `${base.caseId}.${step.stepId}`,
    version: 1,
    kind: 'manual',
    decisionId: `${base.caseId}.${step.stepId}.d`,
    action: 'complete',
    by: sam,
    reason: null,
    note: null,
    touchMs: 10,
    changedShare: null,
    draft: null,
    draftStepId: null,
  }
}

let made = 0

async function newCase(): Promise<string> {
  made += 1
  const created = await createCase(store.db, {
    pilotId,
    title: `case ${made}`,
    values: { sender: 'Ann' },
    externalKey: `case ${made}`,
    by: priya,
    channel: 'api',
  })
  if ('code' in created) throw new Error(created.code)
  return created.caseId
}

async function open(caseId: string, { nth, at }: { nth: number; at: string }): Promise<void> {
  const step = { stepId: `s${nth}`, execId: `s${nth}[${nth}]#1` }
  const taskId = taskOf(caseId, nth)
  await openTask(store.db, {
    request: {
      caseId,
      pilotId,
      ...step,
      path: step.stepId,
      mapId: processId,
      version: 1,
      planHash: '',
      visit: 1,
      enabledAt: at,
      inputs: {},
      facts: [],
      task: {
        taskId,
        ...step,
        visit: 1,
        kind: 'manual',
        version: 1,
        shownHash: 'h',
        options: ['complete'],
        outputs: [],
        excluded: [],
        need: 1,
        votes: [],
        reasons: [],
        openedAt: Date.parse(at),
        dueAt: null,
        breaches: 0,
      },
      draft: null,
      written: {},
      sendBack: null,
      failure: null,
      reopened: false,
    },
    why: 'This step is done by a person',
    dueAt: null,
    allowedMs: null,
    fourEyes: false,
    events: [
      {
        caseId,
        ...step,
        at,
        type: 'task-opened',
        key: `opened:${taskId}:v1`,
        taskId,
        version: 1,
        kind: 'manual',
        dueAt: null,
      },
    ],
  })
}

/** Lives through a way in the order in which it happened, or in another one. */
async function live(round: Way, isShuffled: boolean): Promise<string> {
  const caseId = await newCase()
  const told = toldOf(caseId, round)
  const ranked = told.map((one, index) => ({ one, rank: isShuffled ? (round.ranks[index] ?? 0) : index }))
  const order = ranked.toSorted((a, b) => a.rank - b.rank).map(({ one }) => one)
  // A decision is about a task that somebody has seen; everything else may come before its row.
  const seen = new Set<string>()
  const late: CaseEvent[] = []
  let events: CaseEvent[] = []
  const flush = async (): Promise<void> => {
    const sent = events
    events = []
    await inTransaction(store.db, async (tx) =>
      appendEvents(tx, await scopeOf(tx, caseId), [...sent, ...sent]),
    )
  }
  for (const one of order) {
    if (one.kind === 'open') {
      await open(caseId, one)
      seen.add(taskOf(caseId, one.nth))
    } else if (one.event.type === 'task-decided' && !seen.has(one.event.taskId)) late.push(one.event)
    else events.push(one.event)
    if (events.length >= round.batch) await flush()
  }
  await flush()
  events = late
  await flush()
  return caseId
}

const Shown = z.object({
  status: z.string(),
  step_id: z.string().nullable(),
  paused: z.boolean(),
  by_hand: z.boolean(),
  by_hand_steps: z.array(z.string()),
  map_version: z.number(),
  tasks: z.array(z.object({ step: z.string(), status: z.string(), due: z.string().nullable() })),
  waits: z.array(z.object({ exec: z.string(), ended: z.string().nullable() })),
})

async function shown(caseId: string): Promise<z.infer<typeof Shown>> {
  return oneRow(
    store.db,
    Shown,
    sql`select status, step_id, paused, by_hand, by_hand_steps, map_version,
        (select coalesce(jsonb_agg(jsonb_build_object('step', t.path, 'status', t.status, 'due', t.due_at)
          order by t.path), '[]') from task t where t.case_id = c.id) as tasks,
        (select coalesce(jsonb_agg(jsonb_build_object('exec', w.exec_id, 'ended', w.ended_at)
          order by w.exec_id), '[]') from case_wait w where w.case_id = c.id) as waits
      from case_run c where c.id = ${caseId}`,
  )
}

const isOpenEnd = ({ kind, end }: Way['places'][number]): boolean =>
  kind === 'task'
    ? end !== 'decided' && end !== 'withdrawn' && end !== 'abandoned'
    : end !== 'finished' && end !== 'abandoned' && end !== 'exception'

describe('what is shown of a case in several places', () => {
  it(
    'is the same in whatever order it is told, and waits while anything waits',
    { timeout: 240_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(way, async (round) => {
          const inOrder = await shown(await live(round, false))
          const shuffled = await shown(await live(round, true))

          expect(shuffled).toEqual(inOrder)
          expect(inOrder.status).toBe(round.places.some(isOpenEnd) ? 'waiting' : 'running')
          expect(inOrder.paused).toBe(round.pauses % 2 === 1)
        }),
        { numRuns: 25 },
      )

      const again = await rebuild(store.db)
      expect(again.corrected).toEqual({ cases: 0, tasks: 0, decisions: 0, figures: 0 })
      const waiting = await rows(
        store.db,
        z.object({ id: z.string() }),
        sql`select c.id from case_run c where c.status = 'waiting'
        and not exists (select 1 from task t where t.case_id = c.id and t.status = 'open')
        and not exists (select 1 from case_wait w where w.case_id = c.id and w.ended_at is null)`,
      )
      expect(waiting).toEqual([])
    },
  )

  it(
    'is right when two branches end at the same moment in two transactions',
    { timeout: 120_000 },
    async () => {
      for (let nth = 0; nth < 10; nth += 1) {
        const places: Way['places'] = [
          { kind: 'task', end: 'open' },
          { kind: 'wait', end: 'open' },
        ]
        const round: Way = { places, pauses: 0, byHand: [], moves: 0, stepMs: 1_000, ranks: [], batch: 1 }
        const caseId = await live(round, false)
        const at = '2026-11-02T12:00:00.000Z'
        const ends: CaseEvent[] = [
          decision({ caseId, key: 'f90', at }, { stepId: 's0', execId: 's0[0]#1' }),
          { caseId, key: 'f91', at, stepId: 's1', execId: 's1[1]#1', type: 'step-abandoned' },
        ]

        await Promise.all(
          ends.map((event) =>
            inTransaction(store.db, async (tx) => appendEvents(tx, await scopeOf(tx, caseId), [event])),
          ),
        )

        expect((await shown(caseId)).status).toBe('running')
      }
    },
  )
})
