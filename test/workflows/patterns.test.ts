import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OpenTask, RunStepRequest, RunStepResult } from '#domain/case-messages.ts'
import { compilePlan } from '#domain/compile-plan.ts'
import type { CaseValues } from '#domain/expressions.ts'
import { patterns } from '#samples/patterns/patterns.ts'
import { publishedOf, sha256 } from './support/any-map.ts'
import { eventually, startEngine, type Engine, type RunningCase } from './support/engine.ts'
import { aDocument, aDraft } from './support/scripted-work.ts'

let engine: Engine
beforeAll(async () => {
  engine = await startEngine()
})
afterAll(async () => engine.close())

type Work = (request: RunStepRequest) => RunStepResult

/** Starts a case of a pattern; whoever fills something in, a worker or a person, fills in these values. */
async function started(
  key: string,
  {
    values,
    work = () => null,
  }: { values: CaseValues; work?: (request: RunStepRequest) => RunStepResult | null },
): Promise<RunningCase> {
  const pattern = patterns.find((candidate) => candidate.key === key)
  if (pattern === undefined) throw new Error(`no pattern ${key}`)
  const { map, others } = pattern
  const plan = compilePlan(map, {
    mapId: key,
    version: 1,
    sha256,
    find: publishedOf(others.map((other) => ({ ...other, version: 1 }))),
  })
  const runStep: Work = (request) => {
    const step = [map, ...others.map((other) => other.map)]
      .flatMap(({ steps }) => steps)
      .find(({ id }) => id === request.stepId)
    const fields =
      step !== undefined && 'outputs' in step ? step.outputs : ['accounts', 'linesBooked', 'linesFailed']
    return work(request) ?? aDraft(fields, values)
  }
  const running = await engine.start(plan, {
    script: { runStep },
    fields: Object.fromEntries(map.intake.map(({ field }) => [field, aDocument(field)])),
    values: Object.fromEntries(Object.keys(plan.vars).map((name) => [name, values[name] ?? null])),
  })
  return running
}

/** Does the next open task of a step as it was meant. */
async function done(running: RunningCase, stepId: string, values: CaseValues = {}): Promise<OpenTask> {
  const task = await running.task(stepId)
  const filled = { editRef: aDocument(stepId), editedFields: task.outputs, values }
  await running.decide(task, task.kind === 'review' ? {} : { action: 'complete', ...filled })
  return task
}

function undoneBy(running: RunningCase): string[] {
  return engine.work
    .factsOf(running.caseId)
    .flatMap((fact) => (fact.type === 'step-undone' ? [`${fact.undoes} by ${fact.stepId}`] : []))
}

describe('the worked examples', () => {
  it('check a new supplier in two places at once, and accept with both', async () => {
    const running = await started('parallel-checks', { values: { papersFine: true } })

    await done(running, 'call-bank', { bankFine: true })
    await done(running, 'check-papers')

    expect(await running.result()).toMatchObject({ outcome: 'Accepted' })
  })

  it('book every line of an invoice, and leave the rest to a person', async () => {
    const running = await started('invoice-lines', {
      values: { linesFailed: 1 },
      work: ({ stepId, gathers }) =>
        stepId === 'each-line' && gathers === undefined
          ? { status: 'split', list: aDocument('lines'), items: 3 }
          : null,
    })

    await decideEach(running, ['check-account[0]#1', 'check-account[1]#1', 'check-account[2]#1'])
    await done(running, 'book-rest')

    expect(await running.result()).toMatchObject({ outcome: 'Booked' })
  })

  async function decideEach(running: RunningCase, execIds: string[]): Promise<void> {
    for (const execId of execIds) {
      const task = await eventually(
        async () =>
          engine.work
            .callsOf(running.caseId)
            .flatMap((call) => (call.name === 'openTask' ? [call.request.task] : []))
            .find((opened) => opened.execId === execId) ?? null,
        execId,
      )
      await running.decide(task, {})
    }
  }

  it('wait for signed papers, call when none come, and file them when they do', async () => {
    let waits = 0
    const running = await started('signed-papers', {
      values: {},
      work: ({ stepId }) => {
        if (stepId !== 'wait-for-papers') return null
        waits += 1
        // The first wait is soon over; the second lasts until the message comes.
        return { status: 'waits', until: new Date(Date.now() + (waits === 1 ? 30 : 600_000)).toISOString() }
      },
    })

    await done(running, 'send-contract')
    await done(running, 'call-client')
    await running.deliver('contract-signed', { ref: aDocument('message'), fields: ['signedOn'] })
    await done(running, 'file-contract')

    expect(await running.result()).toMatchObject({ outcome: 'Signed' })
  })

  it('ask the credit register, and look it up by hand when it is silent', async () => {
    const values = { total: 900, creditLimit: 1_000 }
    const silent: RunStepResult = {
      status: 'failed',
      failure: { cause: 'call-failed', message: 'It is down.', raw: null },
    }
    const answered = await started('credit-register', { values })
    const looked = await started('credit-register', { values, work: () => silent })

    await done(looked, 'look-up-by-hand', { creditLimit: 500 })

    expect(await answered.result()).toMatchObject({ outcome: 'On account' })
    expect(await looked.result()).toMatchObject({ outcome: 'Pays in advance' })
  })

  it('check an identity in a process of its own, and go by what comes back', async () => {
    const running = await started('contained-check', { values: {} })
    const refused = await started('contained-check', { values: {} })

    await done(running, 'compare', { isKnown: true })
    await done(running, 'open-account')
    await done(refused, 'compare', { isKnown: false })

    expect(await running.result()).toMatchObject({ outcome: 'Opened' })
    expect(await refused.result()).toMatchObject({ outcome: 'Refused' })
  })

  it('book an event, and undo the bookings in reverse when it is called off', async () => {
    const held = await started('undone-booking', { values: {} })
    const off = await started('undone-booking', { values: {} })

    await done(held, 'order-food')
    await done(held, 'invite')
    await done(off, 'order-food')
    await off.task('invite')
    await off.stop('Called off', { compensate: true })
    await done(off, 'cancel-food')

    expect(await held.result()).toMatchObject({ outcome: 'Invited' })
    expect(undoneBy(held)).toEqual([])
    expect(await off.result()).toMatchObject({ status: 'cancelled' })
    expect(undoneBy(off)).toEqual(['order-food#1 by cancel-food', 'book-room#1 by cancel-room'])
  })
})
