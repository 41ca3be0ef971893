import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CaseEvent } from '#domain/case-events.ts'
import type { OpenTaskRequest } from '#domain/case-messages.ts'
import { appendEvents } from '#store/case-events.ts'
import { openTask } from '#store/case-work.ts'
import { createCase } from '#store/cases.ts'
import { inTransaction } from '#store/db.ts'
import { rebuild } from '#store/rebuild.ts'
import { draftAndReview } from '../support/maps.ts'
import { readModel, spoil } from '../support/read-model.ts'
import { addPilot, openTestStore, priya, sam, type TestStore } from '../support/store.ts'

let store: TestStore
let pilotId: string
let processId: string
beforeAll(async () => {
  store = await openTestStore()
  ;({ pilotId, processId } = await addPilot(store.db, draftAndReview()))
})
afterAll(() => store.close())

const scope = (caseId: string) => ({ caseId, pilotId, zone: 'Europe/Amsterdam' })

async function newCase(key: string): Promise<{ caseId: string; startedAt: number }> {
  const startedAt = Date.now()
  const made = await createCase(store.db, {
    pilotId,
    title: key,
    values: { sender: key },
    externalKey: key,
    by: priya,
    channel: 'api',
  })
  if ('code' in made) throw new Error(made.code)
  return { caseId: made.caseId, startedAt }
}

/** What may happen to one gate: how often it is undone, whether it is late, stalls, and how the case ends. */
const way = fc.record({
  undos: fc.nat(2),
  decides: fc.boolean(),
  late: fc.boolean(),
  closes: fc.boolean(),
  stall: fc.constantFrom('never', 'now', 'over'),
  end: fc.constantFrom('open', 'done', 'cancelled'),
  /** Events that carry the same instant: the case does several things at once. */
  stepMs: fc.constantFrom(0, 1_000),
  ranks: fc.array(fc.nat(1_000), { minLength: 80, maxLength: 80 }),
  batch: fc.integer({ min: 1, max: 5 }),
})
type Way = typeof way extends fc.Arbitrary<infer T> ? T : never

type Told = { kind: 'events'; events: CaseEvent[] } | { kind: 'open'; version: number; openedAt: number }

function toldOf(caseId: string, from: number, round: Way): Told[] {
  let clock = from + 1_000
  let seq = 0
  const at = (): string => {
    clock += round.stepMs
    return new Date(clock).toISOString()
  }
  const later = (): void => {
    clock += 1_000
  }
  const told: Told[] = []
  const tell = (...events: CaseEvent[]): void => void told.push({ kind: 'events', events })
  const fact = (): string => {
    seq += 1
    return `f${seq}`
  }
  const draft = { caseId, stepId: 'draft', execId: 'draft#1' }
  const gate = { caseId, stepId: 'read', execId: 'read#1' }
  const taskId = `${caseId}.read.1`
  const entered = at()
  tell({ ...draft, type: 'step-entered', key: 'entered:draft#1', at: entered, visit: 1 })
  later()
  tell({
    ...draft,
    type: 'step-finished',
    key: 'finished:draft#1',
    at: at(),
    visit: 1,
    enabledAt: entered,
    leadMs: 1_500,
    waitMs: 500,
    touchMs: null,
    machineMs: 1_000,
    doneBy: 'ai',
  })
  const openedAt = clock
  const open = (version: number): void => void told.push({ kind: 'open', version, openedAt })
  const decide = (version: number): CaseEvent => ({
    ...gate,
    type: 'task-decided',
    key: fact(),
    at: at(),
    taskId,
    version,
    kind: 'review',
    decisionId: `${caseId}:${version}`,
    action: 'approve',
    by: sam,
    reason: null,
    note: `note ${version}`,
    touchMs: 4_000,
    changedShare: 0.25,
    draft: 'accepted',
    draftStepId: 'draft',
  })
  open(1)
  if (round.late) {
    later()
    tell({
      ...gate,
      type: 'sla-breached',
      key: `late:${taskId}:v1:0`,
      at: at(),
      taskId,
      tier: 0,
      askedToo: null,
      closes: null,
    })
  }
  for (let version = 1; version <= round.undos; version += 1) {
    later()
    const decided = decide(version)
    later()
    const undone: CaseEvent = {
      ...gate,
      type: 'task-undone',
      key: fact(),
      at: at(),
      taskId,
      version: version + 1,
      decisionId: `${caseId}:${version}`,
      by: sam,
      draft: 'accepted',
      draftStepId: 'draft',
      touchMs: 4_000,
    }
    tell(decided)
    tell(undone)
    open(version + 1)
  }
  later()
  const last = round.undos + 1
  if (round.decides) tell(decide(last))
  if (round.late) {
    tell({
      ...gate,
      type: 'sla-breached',
      key: `late:${taskId}:v${last}:1`,
      at: at(),
      taskId,
      tier: 1,
      askedToo: 'priya',
      closes: null,
    })
  }
  const since = new Date(clock).toISOString()
  if (round.stall !== 'never') {
    later()
    tell({ caseId, type: 'case-stalled', key: `stalled:${since}`, at: at(), why: 'failing', since })
  }
  if (round.stall === 'over') {
    later()
    tell({ caseId, type: 'case-went-on', key: `went-on:${since}`, at: at(), since })
  }
  later()
  if (round.end !== 'open') {
    tell({
      caseId,
      type: 'case-ended',
      key: 'ended',
      at: at(),
      status: round.end,
      outcome: 'Over',
      startedAt: new Date(from).toISOString(),
      cycleMs: clock - from,
      touchMs: 4_000,
      rework: false,
      exception: false,
      finishedByHand: false,
    })
  }
  return told
}

function openRequest(
  caseId: string,
  { version, openedAt }: { version: number; openedAt: number },
): OpenTaskRequest {
  return {
    caseId,
    pilotId,
    execId: 'read#1',
    mapId: processId,
    version: 1,
    planHash: '',
    stepId: 'read',
    visit: 1,
    enabledAt: new Date(openedAt).toISOString(),
    inputs: {},
    facts: [],
    task: {
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
      openedAt,
      dueAt: null,
      breaches: 0,
    },
    draft: null,
    written: {},
    sendBack: null,
    failure: null,
    reopened: version > 1,
  }
}

async function openGate(caseId: string, told: { version: number; openedAt: number }): Promise<void> {
  const at = new Date(told.openedAt).toISOString()
  const gate = { caseId, stepId: 'read', execId: 'read#1', at }
  const taskId = `${caseId}.read.1`
  await openTask(store.db, {
    request: openRequest(caseId, told),
    why: 'Every draft is read',
    dueAt: null,
    allowedMs: null,
    fourEyes: false,
    events: [
      { ...gate, type: 'step-entered', key: 'entered:read#1', visit: 1 },
      {
        ...gate,
        type: 'task-opened',
        key: `opened:${taskId}:v${told.version}`,
        taskId,
        version: told.version,
        kind: 'review',
        dueAt: null,
      },
    ],
  })
}

let cases = 0

/** Lives through a way, with its events told late, twice, in parts and out of order. */
async function live(round: Way): Promise<void> {
  cases += 1
  const { caseId, startedAt } = await newCase(`case ${cases}`)
  const told = toldOf(caseId, startedAt, round)
  // A decision is about a task that somebody has seen, so its row is there in that version.
  const opens = told.filter((one) => one.kind === 'open')
  const shuffled = [...told, ...told]
    .filter((one) => one.kind === 'events')
    .map((one, index) => ({ one, rank: round.ranks[index] ?? 0 }))
    .toSorted((a, b) => a.rank - b.rank)
    .flatMap(({ one }) => one.events)
  const first = opens.at(0)
  if (first?.kind === 'open') await openGate(caseId, first)
  for (let from = 0; from < shuffled.length; from += round.batch) {
    await inTransaction(store.db, (tx) =>
      appendEvents(tx, scope(caseId), shuffled.slice(from, from + round.batch)),
    )
    const nth = Math.floor(from / round.batch)
    const again = opens[nth + 1]
    if (again?.kind === 'open') await openGate(caseId, again)
  }
  for (const one of opens) if (one.kind === 'open') await openGate(caseId, one)
}

describe('the read model', () => {
  it('made again from events is the one that lived, whatever happened and in whatever order it was told', async () => {
    await fc.assert(fc.asyncProperty(way, live), { numRuns: 40 })
    const lived = await readModel(store.db)

    const untouched = await rebuild(store.db)
    expect(untouched.corrected).toEqual({ cases: 0, tasks: 0, decisions: 0, figures: 0 })
    expect(await readModel(store.db)).toEqual(lived)

    await spoil(store.db)
    expect(await readModel(store.db)).not.toEqual(lived)
    const rebuilt = await rebuild(store.db)

    expect(await readModel(store.db)).toEqual(lived)
    expect(rebuilt.cases).toBe(cases)
    expect(Math.min(...Object.values(rebuilt.corrected))).toBeGreaterThan(0)
    expect((await rebuild(store.db)).corrected).toEqual({ cases: 0, tasks: 0, decisions: 0, figures: 0 })
  }, 180_000)

  it('can be made again while cases go on, and nothing that is told meanwhile is lost or counted twice', async () => {
    const rounds = fc.sample(way, { numRuns: 12, seed: 7 })
    const [, ...rebuilds] = await Promise.all([
      (async () => {
        for (const round of rounds) await live(round)
      })(),
      ...Array.from({ length: 3 }, async () => {
        for (let nth = 0; nth < 3; nth += 1) await rebuild(store.db)
      }),
    ])
    const lived = await readModel(store.db)

    const after = await rebuild(store.db)

    expect(rebuilds).toHaveLength(3)
    expect(after.corrected).toEqual({ cases: 0, tasks: 0, decisions: 0, figures: 0 })
    expect(await readModel(store.db)).toEqual(lived)
  }, 180_000)
})
