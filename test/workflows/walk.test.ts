import { ApplicationFailure } from '@temporalio/common'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Fact, RunStepRequest, RunStepResult } from '#domain/case-messages.ts'
import { lena, maya, refusalOf, sam, startEngine, type Engine } from './support/engine.ts'
import { ai, aPlan, decision, draftAndReview, end, manual, review } from './support/plans.ts'
import { aDocument, aDraft, type Call } from './support/scripted-work.ts'

describe('a case', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine()
  })
  afterAll(async () => engine.close())

  const path = (caseId: string): string[] => engine.work.callsOf(caseId).map(labelOf)
  const types = (facts: Fact[]): string[] => facts.map(({ type }) => type)
  const drafts = (caseId: string): RunStepRequest[] =>
    engine.work.callsOf(caseId).flatMap((call) => (call.name === 'runStep' ? [call.request] : []))

  it('is drafted, approved and done', async () => {
    const running = await engine.start(draftAndReview())

    const task = await running.task('check')
    const reply = await running.decide(task, { action: 'approve', touchMs: 4_000 })

    expect(reply).toMatchObject({ status: 'applied', undoUntil: null })
    expect(await running.result()).toEqual({ status: 'done', outcome: 'Sent' })
    expect(path(running.caseId)).toEqual(['runStep draft#1', 'openTask check#1', 'closeCase'])
    const facts = engine.work.factsOf(running.caseId)
    expect(types(facts)).toEqual(['task-decided', 'step-finished'])
    expect(facts[0]).toMatchObject({ action: 'approve', draft: 'accepted', draftStepId: 'draft' })
    expect(facts[1]).toMatchObject({ stepId: 'check', touchMs: 4_000, doneBy: 'person', visit: 1 })
  })

  it('takes the words of a reviewer over those of the draft', async () => {
    const plan = aPlan({
      draft: ai({ next: 'check' }),
      check: review('draft', { next: 'send' }),
      send: ai({ next: 'done', inputs: ['letter', 'request'], outputs: ['receipt'] }),
      done: end(),
    })
    const running = await engine.start(plan)
    const edit = aDocument('edited')

    await running.decide(await running.task('check'), {
      action: 'edit',
      editRef: edit,
      editedFields: ['letter', 'request'],
    })
    await running.result()

    // Only the reviewed fields may be edited here.
    const [, send] = drafts(running.caseId)
    expect(send?.inputs['letter']).toEqual(edit)
    expect(send?.inputs['request']).not.toEqual(edit)
    expect(engine.work.factsOf(running.caseId)[0]).toMatchObject({ action: 'edit', draft: 'edited' })
  })

  it('counts an edit that changes nothing as an approval', async () => {
    const running = await engine.start(draftAndReview())

    const task = await running.task('check')
    await running.decide(task, { action: 'edit', editRef: aDocument(), editedFields: [] })
    await running.result()

    expect(engine.work.factsOf(running.caseId)[0]).toMatchObject({ action: 'approve', draft: 'accepted' })
  })

  it('is drafted anew with the reason when a reviewer sends back', async () => {
    const running = await engine.start(draftAndReview())
    const first = await running.task('check')

    await running.decide(first, { action: 'send-back', reason: 'Facts are wrong', note: 'It is 1 June' })
    const second = await running.task('check', (task) => task.visit === 2)
    await running.decide(second, { action: 'approve' })
    await running.result()

    const [before, again] = drafts(running.caseId)
    expect(before?.sendBack).toBeNull()
    expect(again).toMatchObject({
      execId: 'draft#2',
      visit: 2,
      sendBack: { from: 'check', reason: 'Facts are wrong', note: 'It is 1 June', by: maya },
    })
    expect(again?.sendBack?.draft?.id).toMatch(/^doc-/)
    expect(types(engine.work.factsOf(running.caseId)).slice(0, 3)).toEqual([
      'task-decided',
      'sent-back',
      'step-finished',
    ])
    expect(second.shownHash).not.toBe(first.shownHash)
  })

  it('goes to a person when it was sent back as often as planned, and on from there', async () => {
    const plan = draftAndReview({ ai: { maxVisits: 2 }, review: { maxVisits: 9 } })
    const running = await engine.start(plan)

    for (const visit of [1, 2]) {
      const task = await running.task('check', (found) => found.visit === visit)
      await running.decide(task, { action: 'send-back', reason: 'Tone' })
    }
    const desk = await running.task('draft')
    await running.decide(desk, { action: 'retry' })
    const third = await running.task('check', (found) => found.visit === 3)
    await running.decide(third, { action: 'approve' })

    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(desk).toMatchObject({ kind: 'exception', visit: 3 })
    const asked = engine.work.callsOf(running.caseId).find((call) => labelOf(call) === 'openTask draft#3.d1')
    expect(asked).toMatchObject({ request: { failure: { cause: 'loop-limit' } } })
    expect(path(running.caseId)).toContain('runStep draft#3.r1')
  })

  it('does by hand what a reviewer wants done by hand, and does not ask for a review of it', async () => {
    for (const action of ['by-hand', 'reject'] as const) {
      const running = await engine.start(draftAndReview())
      const written = aDocument('by hand')

      await running.decide(await running.task('check'), { action, reason: 'Tone' })
      const task = await running.task('draft')
      await running.decide(task, { action: 'complete', editRef: written, editedFields: ['letter'] })

      expect(await running.result()).toEqual({ status: 'done', outcome: 'Sent' })
      expect(task).toMatchObject({ kind: 'by-hand', outputs: ['letter'], visit: 2 })
      expect(path(running.caseId)).toEqual([
        'runStep draft#1',
        'openTask check#1',
        'openTask draft#2.h1',
        'closeCase',
      ])
    }
  })

  it('asks the model after all when the person by hand wants that', async () => {
    const running = await engine.start(draftAndReview())

    await running.decide(await running.task('check'), { action: 'by-hand', reason: 'Tone' })
    await running.decide(await running.task('draft'), { action: 'retry' })
    await running.decide(await running.task('check', (task) => task.visit === 2), { action: 'approve' })
    await running.result()

    expect(path(running.caseId)).toEqual([
      'runStep draft#1',
      'openTask check#1',
      'openTask draft#2.h1',
      'runStep draft#2.r1',
      'openTask check#2',
      'closeCase',
    ])
    expect(drafts(running.caseId)[1]?.sendBack).toMatchObject({ reason: 'Tone' })
  })

  it('waits for as many different people as the review needs', async () => {
    const running = await engine.start(draftAndReview({ review: { need: 2 } }))
    const task = await running.task('check')

    const one = await running.decide(task, { by: maya })
    const again = await refusalOf(running.decide(task, { by: maya }))
    const two = await running.decide(task, { by: sam })

    expect([one.status, again.code, two.status]).toEqual(['counted', 'AlreadyVoted', 'applied'])
    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(types(engine.work.factsOf(running.caseId))).toEqual([
      'vote-counted',
      'task-decided',
      'step-finished',
    ])
  })

  it('makes earlier approvals void when somebody edits, and does not let the editor approve', async () => {
    const running = await engine.start(draftAndReview({ review: { need: 2, fourEyes: true } }))
    const first = await running.task('check')

    await running.decide(first, { by: maya })
    await running.decide(first, {
      by: sam,
      action: 'edit',
      editRef: aDocument('edited'),
      editedFields: ['letter'],
    })
    const second = await running.task('check', (task) => task.version === 2)
    const stale = await refusalOf(running.decide(first, { by: { ...maya, id: 'noor' } }))
    const own = await refusalOf(running.decide(second, { by: sam }))
    await running.decide(second, { by: maya })
    await running.decide(second, { by: { ...maya, id: 'noor' } })

    expect([stale.code, own.code]).toEqual(['TaskStale', 'SelfApproval'])
    expect(second).toMatchObject({ votes: [], excluded: ['lena', 'sam'] })
    expect(second.shownHash).not.toBe(first.shownHash)
    expect(await running.result()).toMatchObject({ status: 'done' })
  })

  it('lets nobody approve what they started or wrote, where four eyes are asked for', async () => {
    const plan = aPlan({
      write: manual({ next: 'check', outputs: ['letter'] }),
      check: review('write', { next: 'done', fourEyes: true }),
      done: end(),
    })
    const running = await engine.start(plan)

    await running.decide(await running.task('write'), {
      by: sam,
      action: 'complete',
      editRef: aDocument(),
      editedFields: ['letter'],
    })
    const task = await running.task('check')
    const author = await refusalOf(running.decide(task, { by: sam }))
    const starter = await refusalOf(running.decide(task, { by: lena }))
    await running.decide(task, { by: maya })

    expect([author.code, starter.code]).toEqual(['SelfApproval', 'SelfApproval'])
    expect(task.excluded.toSorted()).toEqual(['lena', 'sam'])
    expect(await running.result()).toMatchObject({ status: 'done' })
    // A person wrote it, so it is no draft of a model that was accepted.
    const facts = engine.work.factsOf(running.caseId)
    expect(facts.findLast((fact) => fact.type === 'task-decided')).toMatchObject({ draft: null })
  })

  it('goes where the first condition that holds leads, without an event of its own', async () => {
    const plan = aPlan(
      {
        read: ai({ next: 'big', outputs: ['amount'] }),
        big: decision([{ when: 'amount > 5000', to: 'large' }], 'small'),
        large: end('Large'),
        small: end('Small'),
      },
      { amount: 'double' },
    )
    const withAmount = (amount: number) => (): RunStepResult => aDraft(['amount'], { amount })

    const large = await engine.start(plan, { script: { runStep: withAmount(5001) } })
    const small = await engine.start(plan, { script: { runStep: withAmount(5000) } })

    expect(await large.result()).toMatchObject({ outcome: 'Large' })
    expect(await small.result()).toMatchObject({ outcome: 'Small' })
    expect(engine.work.factsOf(large.caseId).map(({ type }) => type)).toEqual([
      'step-entered',
      'step-finished',
      'branch-taken',
    ])
    expect(engine.work.factsOf(small.caseId).at(-1)).toMatchObject({ to: 'small', on: 'otherwise' })
  })

  it('asks a person when a condition cannot be decided, never takes the default, and goes on when mended', async () => {
    const plan = aPlan(
      {
        read: ai({ next: 'big', outputs: ['amount'] }),
        big: decision([{ when: 'amount > 5000', to: 'large' }], 'small'),
        large: end('Large'),
        small: end('Small'),
      },
      { amount: 'double' },
    )
    const running = await engine.start(plan, {
      script: { runStep: () => aDraft(['amount'], { amount: null }) },
    })

    const desk = await running.task('big')
    await running.decide(desk, {
      action: 'fix-and-retry',
      editRef: aDocument(),
      editedFields: ['amount'],
      values: { amount: 9000 },
    })

    expect(await running.result()).toMatchObject({ outcome: 'Large' })
    expect(desk).toMatchObject({ kind: 'exception', options: ['fix-and-retry', 'retry', 'skip', 'stop'] })
    const facts = engine.work.factsOf(running.caseId)
    expect(types(facts)).toEqual([
      'exception-entered',
      'task-decided',
      'exception-closed',
      'step-finished',
      'branch-taken',
    ])
    expect(facts[0]).toMatchObject({ cause: 'expression', to: null })
  })

  it.each(['ai-unavailable', 'ai-invalid', 'ai-declined', 'timed-out'])(
    'goes to a person by hand after %s, who sees why',
    async (cause) => {
      const failure = { cause, message: 'It did not work', raw: aDocument('raw') }
      const running = await engine.start(draftAndReview(), {
        script: { runStep: () => ({ status: 'failed', failure }) },
      })

      const task = await running.task('draft')
      await running.decide(task, {
        action: 'complete',
        editRef: aDocument(),
        editedFields: ['letter'],
      })
      await running.decide(await running.task('check'), { action: 'approve' })

      expect(await running.result()).toMatchObject({ status: 'done' })
      expect(task).toMatchObject({ kind: 'by-hand', options: ['complete', 'retry', 'cannot-complete'] })
      const opened = engine.work.callsOf(running.caseId).find((call) => call.name === 'openTask')
      expect(opened?.request).toMatchObject({ failure, stepId: 'draft' })
    },
  )

  it('leaves on the branch that is drawn for the cause, else on the one for any', async () => {
    const plan = aPlan({
      draft: ai({
        next: 'done',
        onError: [
          { cause: 'any', to: 'other' },
          { cause: 'ai-declined', to: 'declined' },
        ],
      }),
      declined: end('Declined'),
      other: end('Other'),
      done: end(),
    })
    const failing = (cause: string) => (): RunStepResult => ({
      status: 'failed',
      failure: { cause, message: 'no', raw: null },
    })

    const named = await engine.start(plan, { script: { runStep: failing('ai-declined') } })
    const any = await engine.start(plan, { script: { runStep: failing('ai-invalid') } })

    expect(await named.result()).toMatchObject({ outcome: 'Declined' })
    expect(await any.result()).toMatchObject({ outcome: 'Other' })
    expect(types(engine.work.factsOf(named.caseId))).toEqual(['exception-entered', 'step-abandoned'])
    expect(engine.work.factsOf(named.caseId)[0]).toMatchObject({ cause: 'ai-declined', to: 'declined' })
  })

  it('takes the branch of the reason for which a person cannot complete a step', async () => {
    const plan = aPlan({
      check: manual({ next: 'done', onError: [{ cause: 'business:missing-papers', to: 'chase' }] }),
      chase: end('Chased'),
      done: end(),
    })
    const named = await engine.start(plan)
    const unnamed = await engine.start(plan)

    const task = await named.task('check')
    await named.decide(task, { action: 'cannot-complete', reason: 'missing-papers' })
    await unnamed.decide(await unnamed.task('check'), { action: 'cannot-complete', reason: 'No idea' })
    const desk = await unnamed.task('check', (found) => found.kind === 'exception')
    await unnamed.decide(desk, { action: 'skip' })

    expect(task.reasons).toEqual(['missing-papers'])
    expect(await named.result()).toMatchObject({ outcome: 'Chased' })
    expect(await unnamed.result()).toMatchObject({ outcome: 'Sent' })
    expect(engine.work.factsOf(unnamed.caseId).at(-1)).toMatchObject({
      type: 'step-finished',
      doneBy: 'skipped',
    })
  })

  it('comes to the exception desk when work fails for good, and does not fail itself', async () => {
    let fails = true
    const running = await engine.start(draftAndReview(), {
      script: {
        runStep: () => {
          if (fails) throw ApplicationFailure.nonRetryable('The map is missing', 'MapVersionMissing')
          return aDraft(['letter'])
        },
      },
    })

    const desk = await running.task('draft')
    fails = false
    await running.decide(desk, { action: 'retry' })
    await running.decide(await running.task('check'), { action: 'approve' })

    expect(await running.result()).toMatchObject({ status: 'done' })
    expect(desk).toMatchObject({ kind: 'exception' })
    const opened = engine.work.callsOf(running.caseId).find((call) => call.name === 'openTask')
    expect(opened?.request).toMatchObject({ failure: { cause: 'data', message: 'The map is missing' } })
  })

  it('comes to the desk when a task cannot be opened, a step is unknown, or nothing comes next', async () => {
    const unopened = await engine.start(draftAndReview(), {
      script: {
        openTask: ({ task }) => {
          if (task.kind === 'review') throw ApplicationFailure.nonRetryable('No such step', 'NoStep')
          return { dueAt: null, tiers: [] }
        },
      },
    })
    const unknown = await engine.start(aPlan({ draft: ai({ next: 'nowhere' }) }))
    const dead = await engine.start(aPlan({ draft: ai({ next: null }) }))

    for (const [running, stepId] of [
      [unopened, 'check'],
      [unknown, 'nowhere'],
      [dead, 'draft'],
    ] as const) {
      const desk = await running.task(stepId, (task) => task.kind === 'exception')
      await running.decide(desk, { action: 'stop', reason: 'Cannot go on' })
      expect(await running.result()).toEqual({
        status: 'cancelled',
        outcome: 'Stopped by Maya: Cannot go on',
      })
    }
  })

  it('does by hand what the desk hands on, and never skips a gate', async () => {
    const running = await engine.start(draftAndReview(), {
      script: {
        openTask: ({ task }) => {
          if (task.kind === 'review') throw ApplicationFailure.nonRetryable('No such step', 'NoStep')
          return { dueAt: null, tiers: [] }
        },
      },
    })

    const desk = await running.task('check', ({ kind }) => kind === 'exception')
    const skipped = await refusalOf(running.decide(desk, { action: 'skip' }))
    await running.decide(desk, { action: 'by-hand', reason: 'Better so' })
    const task = await running.task('draft')
    await running.decide(task, { action: 'complete', editRef: aDocument(), editedFields: ['letter'] })

    expect(skipped.code).toBe('ActionNotAllowed')
    expect(await running.result()).toMatchObject({ status: 'done', outcome: 'Sent' })
  })

  it('does not run in circles on its branches', async () => {
    const plan = aPlan(
      {
        draft: ai({ next: 'again', maxVisits: 1, onError: [{ cause: 'any', to: 'again' }] }),
        again: decision([], 'draft', { maxVisits: 1, onError: [{ cause: 'any', to: 'draft' }] }),
        done: end(),
      },
      {},
    )
    const running = await engine.start(plan)

    const desk = await running.task('draft', (task) => task.kind === 'exception')
    await running.decide(desk, { action: 'stop', reason: 'In circles' })

    expect(await running.result()).toMatchObject({ status: 'cancelled' })
    expect(drafts(running.caseId)).toHaveLength(1)
  })

  it('loads a plan that is too big to stand in every history', async () => {
    const plan = draftAndReview()
    const running = await engine.start(plan, {
      plan: { mapId: plan.mapId, version: plan.version, hash: plan.hash },
      script: { loadPlan: () => plan },
    })

    await running.decide(await running.task('check'), { action: 'approve' })

    expect(await running.result()).toMatchObject({ status: 'done' })
  })

  it('waits for a worker that knows its semantics', async () => {
    const running = await engine.start({ ...draftAndReview(), semantics: 99 })

    await expect
      .poll(async () => {
        const { raw } = await running.handle.describe()
        return raw.pendingWorkflowTask?.attempt ?? 0
      })
      .toBeGreaterThanOrEqual(2)
    const { status } = await running.handle.describe()
    await running.handle.terminate()

    expect(status.name).toBe('RUNNING')
  })
})

function labelOf(call: Call): string {
  switch (call.name) {
    case 'runStep':
    case 'openTask':
      return `${call.name} ${call.request.execId}`
    case 'escalateTask':
    case 'flushFacts':
    case 'closeCase':
      return call.name
  }
}
