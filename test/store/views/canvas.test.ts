import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { CaseEvent } from '#domain/case-events.ts'
import { durationFigure } from '#domain/measure/duration-figure.ts'
import type { BaselineFigures } from '#domain/measure/baseline.ts'
import { wilson } from '#domain/measure/wilson.ts'
import type { FieldValues } from '#domain/process-map.ts'
import type { Canvas } from '#domain/views/pilots.ts'
import { addBaseline } from '#store/baselines.ts'
import { appendEvents, correctFigures } from '#store/case-events.ts'
import { createCase } from '#store/cases.ts'
import { inTransaction, rows, run, sql, type Db } from '#store/db.ts'
import { canvasOf } from '#store/views/canvas.ts'
import { stepPanelOf } from '#store/views/step-panel.ts'
import { draftAndReview } from '../../support/maps.ts'
import { addPilot, openTestStore, priya, sam, type TestStore } from '../../support/store.ts'

let store: TestStore
let db: Db
let pilotId: string
let canvas: Canvas
let events: CaseEvent[]
const now = new Date()

beforeAll(async () => {
  store = await openTestStore()
  db = store.db
  const pilot = await addPilot(db, draftAndReview())
  pilotId = pilot.pilotId
  const baselineId = await inTransaction(db, (tx) =>
    addBaseline(tx, {
      processId: pilot.processId,
      source: 'log.csv',
      sha256: 'x',
      sampleData: false,
      rejectedRows: 0,
      figures: byHand(),
      by: priya.id,
    }),
  )
  await run(
    db,
    sql`update pilot set baseline_id = ${baselineId}, started_at = now() - interval '21 days' where id = ${pilotId}`,
  )
  for (let index = 0; index < 60; index += 1) await passCase(index)
  canvas = await theCanvas()
  events = (
    await rows(
      db,
      z.object({ event: CaseEvent }),
      sql`select event from case_event where pilot_id = ${pilotId}`,
    )
  ).map((row) => row.event)
})
afterAll(() => store.close())

async function theCanvas(): Promise<Canvas> {
  const found = await canvasOf(db, pilotId, now)
  if (found === null) throw new Error('there is no canvas')
  return found
}

/** Work by hand: slower than the pilot at every step, and in 8 of 40 cases done again. */
function byHand(): BaselineFigures {
  const hours = (middle: number): number[] =>
    Array.from({ length: 40 }, (_, index) => middle * 3_600_000 * (0.6 + index / 50))
  const clocked = (middle: number): BaselineFigures['cycle'] => ({
    elapsed: durationFigure(hours(middle)),
    working: null,
  })
  const share = { count: 8, of: 40, share: 0.2, ...(wilson({ count: 8, of: 40 }) ?? { low: 0, high: 1 }) }
  return {
    cases: 40,
    runs: 80,
    window: { from: '2026-01-01T00:00:00.000Z', to: '2026-03-01T00:00:00.000Z' },
    calendar: null,
    cycle: clocked(200),
    touch: durationFigure(hours(2)),
    touchOutsideHoursShare: null,
    flowEfficiency: null,
    throughputPerWeek: 2,
    rework: share,
    reworkOrException: share,
    exceptions: null,
    steps: [
      {
        stepId: 'read',
        activities: ['Read'],
        n: 40,
        cases: 40,
        lead: clocked(10),
        wait: clocked(9),
        touch: durationFigure(hours(1)),
      },
    ],
    unmatched: [],
    evidence: { grade: 'B', reasons: [], proves: [], cannotProve: [] },
  }
}

/** Cases of every kind, a fixed mix: finished, sent back, stopped, and still open. */
async function passCase(index: number): Promise<void> {
  const values: FieldValues = { sender: `Sender ${index}` }
  const created = await createCase(db, {
    pilotId,
    title: `Sender ${index}`,
    values,
    externalKey: `k${index}`,
    by: priya,
    channel: 'form',
  })
  if ('code' in created) throw new Error(created.code)
  const { caseId } = created
  const began = now.getTime() - 20 * 86_400_000 + index * 3_600_000
  await run(
    db,
    sql`insert into task (id, case_id, pilot_id, process_id, step_id, exec_id, kind, version, status, shown_hash,
        detail, inputs, why, opened_at)
      select ${`${caseId}:read`}, ${caseId}, ${pilotId}, process_id, 'read', 'read#1', 'review', 1, 'closed', 'h',
        '{}', '{}', '', now() from pilot where id = ${pilotId}`,
  )
  await run(
    db,
    sql`update case_run set started_at = ${new Date(began).toISOString()}, last_event_at = ${new Date(began).toISOString()} where id = ${caseId}`,
  )
  const at = (minutes: number): string => new Date(began + minutes * 60_000).toISOString()
  const told: CaseEvent[] = []
  const tell = (event: CaseEvent): unknown => told.push(event)
  const visits = index % 5 === 0 ? 2 : 1
  for (let visit = 1; visit <= visits; visit += 1) {
    const start = (visit - 1) * 200
    const draft = { caseId, stepId: 'draft', execId: `draft#${visit}` }
    const read = { caseId, stepId: 'read', execId: `read#${visit}` }
    tell({ ...draft, type: 'step-entered', key: `ed${visit}`, at: at(start), visit })
    tell({
      ...draft,
      type: 'draft-stored',
      key: `d${visit}`,
      at: at(start + 1),
      documentId: 'x',
      model: 'm',
      practice: false,
      promptVersion: 'p',
      attempts: 1,
      inputTokens: null,
      outputTokens: null,
    })
    tell({
      ...draft,
      type: 'step-finished',
      key: `sd${visit}`,
      at: at(start + 1),
      visit,
      enabledAt: at(start),
      leadMs: 60_000,
      waitMs: 40_000,
      touchMs: null,
      machineMs: 20_000 + index * 100,
      doneBy: 'ai',
    })
    tell({ ...read, type: 'step-entered', key: `er${visit}`, at: at(start + 1), visit })
    if (index % 10 === 9) break
    const isBack = visit < visits
    const waitMs = 1_000_000 + index * 61_000
    const touchMs = 90_000 + index * 1_700
    tell({
      ...read,
      type: 'task-decided',
      key: `t${visit}`,
      at: at(start + 60),
      taskId: `${caseId}:read`,
      version: visit,
      kind: 'review',
      decisionId: `${caseId}-${visit}`,
      action: isBack ? 'send-back' : index % 3 === 0 ? 'edit' : 'approve',
      by: sam,
      reason: isBack ? 'Tone' : null,
      note: null,
      touchMs,
      changedShare: null,
      draft: isBack ? 'sent-back' : index % 3 === 0 ? 'edited' : 'accepted',
      draftStepId: 'draft',
    })
    if (isBack) {
      tell({
        ...read,
        type: 'sent-back',
        key: `b${visit}`,
        at: at(start + 60),
        to: 'draft',
        reason: 'Tone',
        note: null,
        by: sam,
      })
    }
    tell({
      ...read,
      type: 'step-finished',
      key: `sr${visit}`,
      at: at(start + 60),
      visit,
      enabledAt: at(start + 1),
      leadMs: waitMs + touchMs,
      waitMs,
      touchMs,
      machineMs: null,
      doneBy: 'person',
    })
  }
  if (index % 10 !== 9) {
    const isStopped = index % 10 === 8
    tell({
      caseId,
      type: 'case-ended',
      key: 'ended',
      at: at(900 + index * 7),
      status: isStopped ? 'cancelled' : 'done',
      outcome: isStopped ? 'Stopped' : 'Done',
      startedAt: at(0),
      cycleMs: (900 + index * 7) * 60_000,
      touchMs: visits * (90_000 + index * 1_700),
      rework: visits > 1,
      exception: index % 20 === 0,
      finishedByHand: false,
    })
  }
  await inTransaction(db, (tx) => appendEvents(tx, { caseId, pilotId, zone: 'Europe/Amsterdam' }, told))
}

function of<Type extends CaseEvent['type']>(type: Type): Extract<CaseEvent, { type: Type }>[] {
  return events.filter((event): event is Extract<CaseEvent, { type: Type }> => event.type === type)
}

function exactMedian(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2
}

function expectNear(value: number | null, exact: number): void {
  expect(Math.abs((value ?? 0) / exact - 1), `${value} beside ${exact}`).toBeLessThan(0.011)
}

describe('each figure of the canvas', () => {
  it('counts cases as the events do', () => {
    const done = of('case-ended').filter((event) => event.status === 'done')

    expect(canvas.started).toBe(of('case-started').length)
    expect(canvas.finished).toBe(done.length)
    expect(canvas.cancelled).toBe(of('case-ended').length - done.length)
    expect(canvas.running).toBe(canvas.started - of('case-ended').length)
    expect(canvas.rework.value).toBe(done.filter((event) => event.rework).length / done.length)
    expect(canvas.exception.value).toBe(done.filter((event) => event.exception).length / done.length)
    expect(canvas.reworkOrException.value).toBe(
      done.filter((event) => event.rework || event.exception).length / done.length,
    )
    expect(canvas.throughput.value).toBeCloseTo(done.length / 3, 1)
  })

  it.each(['draft', 'read', 'done'])('counts visits of %s as the events do', (stepId) => {
    const step = canvas.steps.find((candidate) => candidate.stepId === stepId)
    const entered = of('step-entered').filter((event) => event.stepId === stepId)
    const finished = of('step-finished').filter((event) => event.stepId === stepId)

    expect(step?.entered).toBe(entered.length)
    expect(step?.finished).toBe(finished.length)
    expect(step?.repeated).toBe(entered.filter((event) => event.visit > 1).length)
    expect(step?.waiting).toBe(entered.length - finished.length)
  })

  it('gives durations within 1 % of those of the events', () => {
    const read = canvas.steps.find((step) => step.stepId === 'read')
    const draft = canvas.steps.find((step) => step.stepId === 'draft')
    const ofStep = (stepId: string): CaseEvent[] =>
      of('step-finished').filter((event) => event.stepId === stepId)
    const values = (found: CaseEvent[], name: 'leadMs' | 'waitMs' | 'touchMs' | 'machineMs'): number[] =>
      found.flatMap((event) => (event.type === 'step-finished' ? [event[name] ?? []] : []).flat())

    expectNear(read?.lead.value ?? null, exactMedian(values(ofStep('read'), 'leadMs')))
    expectNear(read?.wait.value ?? null, exactMedian(values(ofStep('read'), 'waitMs')))
    expectNear(read?.touch.value ?? null, exactMedian(values(ofStep('read'), 'touchMs')))
    expectNear(draft?.machine.value ?? null, exactMedian(values(ofStep('draft'), 'machineMs')))
    const done = of('case-ended').filter((event) => event.status === 'done')
    expectNear(canvas.touch.value, exactMedian(done.map((event) => event.touchMs ?? 0)))
  })

  it('takes the cycle from Kaplan and Meier, so that open cases count', () => {
    const done = of('case-ended').filter((event) => event.status === 'done')
    const times = done.map((event) => ({ time: event.cycleMs, ended: true }))
    const open = canvas.running
    // All open cases are older than any that ended: they only make the risk set larger.
    const remaining = times.toSorted((a, b) => a.time - b.time)
    let share = 1
    let atRisk = times.length + open
    let median: number | null = null
    for (const { time } of remaining) {
      share *= 1 - 1 / atRisk
      atRisk -= 1
      if (median === null && share <= 0.5) median = time
    }

    expectNear(canvas.cycleMedian.value, median ?? 0)
    expect(canvas.cycleMedian.n).toBe(done.length)
  })

  it('tells what became of drafts, and which way cases went', () => {
    const draft = canvas.steps.find((step) => step.stepId === 'draft')
    const read = canvas.steps.find((step) => step.stepId === 'read')
    const decided = of('task-decided')
    const count = (outcome: string): number => decided.filter((event) => event.draft === outcome).length

    expect(draft?.drafts).toEqual({
      offered: of('draft-stored').length,
      accepted: count('accepted'),
      edited: count('edited'),
      sentBack: count('sent-back'),
      rejected: 0,
      byHand: 0,
      pending: of('draft-stored').length - decided.length,
    })
    expect(read?.taken).toEqual([
      { to: 'done', on: 'path', n: decided.length - of('sent-back').length },
      { to: 'draft', on: 'sent-back', n: of('sent-back').length },
    ])
  })

  it('is called better only where the interval leaves no doubt', () => {
    const read = canvas.steps.find((step) => step.stepId === 'read')

    expect(read?.lead.state).toBe('better')
    expect(read?.lead.high).toBeLessThan(0)
    expect(canvas.cycleMedian.state).toBe('better')
    expect(canvas.rework.state).toBe('cannot-tell')
    expect(canvas.exception.state).toBe('no-baseline')
    expect(canvas.steps.find((step) => step.stepId === 'draft')?.lead.state).toBe('no-baseline')
    expect(canvas.bottleneck?.stepId).toBe('read')
  })

  it('is the same after the sums were made again from the events alone', async () => {
    await correctFigures(db, pilotId)

    expect(await theCanvas()).toEqual(canvas)
  })

  it('of one step is the same in its panel, with both curves ending at all', async () => {
    const panel = await stepPanelOf(db, { pilotId, stepId: 'read', now })

    expect(panel?.figures).toEqual(canvas.steps.find((step) => step.stepId === 'read'))
    expect(panel?.curve.pilot.at(-1)?.share).toBe(1)
    expect(panel?.curve.baseline?.at(-1)?.share).toBe(1)
    expect(panel?.waitingTotal).toBe(6)
  })
})

it('a pilot that just began shows nothing as known', async () => {
  const fresh = await addPilot(db, draftAndReview())

  const empty = await canvasOf(db, fresh.pilotId, now)

  expect(empty).toMatchObject({ started: 0, finished: 0, running: 0, bottleneck: null })
  expect(empty?.cycleMedian).toMatchObject({ value: null, n: 0, needs: 6, state: 'too-few' })
  expect(empty?.rework).toMatchObject({ value: null, n: 0, needs: 20, state: 'too-few' })
})
