import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CaseEvent } from '#domain/case-events.ts'
import type { Link, ProcessMap, StepOf } from '#domain/process-map.ts'
import type { StepFigures } from '#domain/views/pilots.ts'
import { appendEvents } from '#store/case-events.ts'
import { createCase } from '#store/cases.ts'
import { inTransaction } from '#store/db.ts'
import { canvasOf } from '#store/views/canvas.ts'
import { stepPanelOf } from '#store/views/step-panel.ts'
import { aMap, draftAndReview, end, manual, next } from '../../support/maps.ts'
import { addPilot, openTestStore, priya, type TestStore } from '../../support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

const now = new Date('2026-11-20T12:00:00.000Z')
const at = '2026-11-20T10:00:00.000Z'

/** A pilot of the map with one case, to which just this happened. */
async function pilotAfter(
  map: ProcessMap,
  happened: (caseId: string) => CaseEvent[],
): Promise<{ pilotId: string; of: (stepId: string) => StepFigures }> {
  const { pilotId } = await addPilot(store.db, map)
  const created = await createCase(store.db, {
    pilotId,
    title: 'Ann',
    values: { sender: 'Ann' },
    externalKey: pilotId,
    by: priya,
    channel: 'form',
  })
  if ('code' in created) throw new Error(created.code)
  const { caseId } = created
  await inTransaction(store.db, (tx) =>
    appendEvents(tx, { caseId, pilotId, zone: 'Europe/Amsterdam' }, happened(caseId)),
  )
  const canvas = await canvasOf(store.db, pilotId, now)
  return {
    pilotId,
    of: (stepId) => {
      const found = canvas?.steps.find((step) => step.stepId === stepId)
      if (found === undefined) throw new Error(`no step ${stepId}`)
      return found
    },
  }
}

type Visit = { caseId: string; stepId: string; execId: string }
const entered = (visit: Visit): CaseEvent => ({
  ...visit,
  type: 'step-entered',
  key: `entered:${visit.execId}`,
  at,
  visit: 1,
})

function contains(processId: string): StepOf<'sub-process'> {
  const { sla: _, ...plain } = manual('inner')
  return {
    ...plain,
    kind: 'sub-process',
    processId,
    version: 1,
    gives: [{ from: 'sender', to: 'sender' }],
    takes: [],
    outputs: [],
  }
}

describe('the canvas of a map that contains another', () => {
  it('counts at the one step what happens inside, and nothing twice', async () => {
    const { processId } = await addPilot(store.db, draftAndReview())
    const map = aMap([contains(processId), end()])

    const { of, pilotId } = await pilotAfter(map, (caseId) => {
      const draft = { caseId, stepId: 'inner/draft', execId: 'inner/draft#1' }
      return [
        entered({ caseId, stepId: 'inner', execId: 'inner#1' }),
        entered(draft),
        {
          ...draft,
          type: 'draft-stored',
          key: 'd',
          at,
          documentId: 'x',
          model: 'm',
          practice: false,
          promptVersion: '1',
          attempts: 1,
          inputTokens: null,
          outputTokens: null,
        },
        { ...draft, type: 'sla-breached', key: 's', at, taskId: 't', tier: 0, askedToo: null, closes: null },
        { ...draft, type: 'call-failed', key: 'c', at, connection: 'crm', cause: 'call-failed', message: '' },
      ]
    })

    expect(of('inner')).toMatchObject({ entered: 1, waiting: 1, late: 1, callsFailed: 1 })
    expect(of('inner').drafts).toMatchObject({ offered: 1, pending: 1 })
    const panel = await stepPanelOf(store.db, { pilotId, stepId: 'inner', now })
    expect(panel?.figures).toEqual(of('inner'))
  })
})

describe('the canvas of a map with branches', () => {
  const links: Link[] = [
    { on: 'branch', from: 'begin', to: 'a', label: 'A' },
    { on: 'branch', from: 'begin', to: 'b', label: 'B' },
    next('a', 'together'),
    next('b', 'together'),
    next('together', 'done'),
    { on: 'undo', from: 'a', to: 'unmake' },
  ]
  const { sla: _sla, outputs: _outputs, ...bare } = manual('begin')
  const map = aMap(
    [
      { ...bare, kind: 'fork' },
      manual('a'),
      manual('b'),
      manual('unmake'),
      { ...bare, id: 'together', title: 'Together', kind: 'join', waitsFor: 'all' },
      end(),
    ],
    { links },
  )

  it('says how many cases went along each branch, and how many were taken back', async () => {
    const { of, pilotId } = await pilotAfter(map, (caseId) => {
      const undo = { caseId, stepId: 'unmake', execId: 'unmake#1' }
      return [
        ...['begin', 'a', 'b'].map((stepId) => entered({ caseId, stepId, execId: `${stepId}#1` })),
        { ...undo, type: 'step-undone', key: 'u1', at, undoes: 'a#1', how: 'person', note: null },
        { ...undo, type: 'step-undone', key: 'u2', at, undoes: 'a#1', how: null, note: 'Left as it is' },
      ]
    })

    expect(of('begin').taken).toEqual([
      { to: 'a', on: 'path', n: 1 },
      { to: 'b', on: 'path', n: 1 },
    ])
    expect(of('a').taken).toEqual([{ to: 'unmake', on: 'undo', n: 1 }])
    expect(of('a').undone).toBe(1)
    const panel = await stepPanelOf(store.db, { pilotId, stepId: 'a', now })
    expect(panel?.figures.undone).toBe(1)
  })
})
