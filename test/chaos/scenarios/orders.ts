import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../finish.ts'
import { groupBy } from '../check/group-by.ts'
import type { Fault } from '../faults/fault.ts'
import { owner, sam } from '../load/office.ts'
import { stopCase } from '../load/starts.ts'
import { undoneBy } from '../stand/orders.ts'
import type { ReceiverCall } from '../stand/receiver.ts'
import type { Scenario, Scene } from './scenario.ts'

const enoughMs = 120_000

const receiverAway: Scenario = {
  name: 'receiver-away',
  rows: [32],
  promise:
    'While the other system is away its callers ask again after growing pauses and then wait for a person; others go on.',
  run: async (scene) => {
    const { stand } = scene
    await scene.during({ kind: 'receiver', mood: 'fails' }, async () => {
      await scene.startOrders(4)
      await scene.tasks({ kind: 'exception', many: 4, stepId: 'reserve' })
    })
    // Each pause lies between half of what is meant and all of it, and twice as much is meant each time.
    expectPauses(scene, stand.receiverCalls(), [100, 200])

    const refused: Fault = { kind: 'link', link: 'ai→receiver', trouble: { does: 'refuse' } }
    await scene.during(refused, async () => {
      await scene.startOrders(2)
      await scene.start(4)
      for (const task of await scene.tasks({ kind: 'manual', many: 4, stepId: 'sort' })) {
        await scene.decide(task, { person: sam, action: 'complete' })
      }
      await scene.tasks({ kind: 'review', many: 4, stepId: 'read' })
      await scene.tasks({ kind: 'exception', many: 6, stepId: 'reserve' })
    })
    scene.measure('4 letters came to their review while 6 orders waited for a person')

    for (const task of await scene.tasks({ kind: 'exception', many: 6, stepId: 'reserve' })) {
      const outcome = await scene.decide(task, { person: owner, action: 'retry' })
      scene.expect(outcome.end === 'ok', { invariant: 'I1', what: `trying again ended ${outcome.end}` })
    }
    await expectReserved(scene, 6)

    const before = stand.receiverCalls().length
    await scene.during({ kind: 'receiver', mood: 'limits' }, async () => {
      await scene.startOrders(2)
      await until(async () => stand.receiverCalls().length >= before + 2, enoughMs)
    })
    await expectReserved(scene, 8)
    // As long as the other system asked for, however short the map's own pause is.
    expectPauses(scene, stand.receiverCalls().slice(before), [1_000])
  },
}

/** The calls of each key are at least so far apart. */
function expectPauses(scene: Scene, calls: ReceiverCall[], leastMs: number[]): void {
  for (const [key, heard] of groupBy(calls, (call) => call.key)) {
    const pauses = heard.slice(1).map(({ at }, index) => at - (heard[index]?.at ?? at))
    const isGrowing = leastMs.every((least, index) => (pauses[index] ?? 0) >= least)
    scene.expect(isGrowing, { invariant: 'I5', what: `${key} was asked for again after ${pauses.join()} ms` })
  }
}

async function expectReserved(scene: Scene, many: number): Promise<void> {
  const isThere = await until(async () => (await timesOf(scene, 'call-answered')) >= many, enoughMs)
  scene.expect(isThere, { invariant: 'I10', what: `not all of ${many} orders were reserved` })
}

async function timesOf(scene: Scene, type: 'call-answered' | 'step-undone'): Promise<number> {
  return (await scene.facts()).events.filter((event) => event.type === type).length
}

const undoneUnderFire: Scenario = {
  name: 'undone-under-fire',
  rows: [1, 2, 4],
  promise:
    'What a stopped case has done is undone once, the last first, whoever dies and whatever is cut off meanwhile.',
  run: async (scene) => {
    const faults: Fault[] = [
      { kind: 'kill', part: 'core' },
      { kind: 'kill', part: 'ai' },
      { kind: 'die', part: 'ai', point: 'after-commit', nth: 1 },
      { kind: 'die', part: 'core', point: 'after-commit', nth: 1 },
      { kind: 'receiver', mood: 'cuts' },
      { kind: 'kill', part: 'temporal' },
    ]
    const many = faults.length
    const started = await scene.startOrders(many)
    const ids = started.flatMap((outcome) =>
      outcome.end === 'ok' && outcome.caseId !== null ? [outcome.caseId] : [],
    )
    scene.expect(ids.length === many, { invariant: 'I3', what: 'a start was not accepted' })
    // Nobody pays, so that each case leaves its wait by the branch for that.
    for (const stepId of ['chase', 'ship']) {
      for (const task of await scene.tasks({ kind: 'manual', many, stepId })) {
        await scene.decide(task, { person: sam, action: 'complete' })
      }
    }
    const isShipped = await until(async () => (await finishedOf(scene)) === many * undoneBy.size, enoughMs)
    scene.expect(isShipped, { invariant: 'I10', what: 'not every order was reserved and shipped' })

    for (const [index, caseId] of ids.entries()) {
      const fault = faults[index]
      if (fault === undefined) throw new Error(`there is no fault for case ${index}`)
      const stopped = await stopCase(scene.client, caseId)
      scene.expect(stopped.end === 'ok', { invariant: 'I1', what: `stopping ended ${stopped.end}` })
      const [task] = await scene.tasks({ kind: 'manual', many: 1, stepId: 'fetch-back' })
      if (task === undefined) throw new Error('nobody is asked to fetch anything back')
      // The call that undoes the other step follows at once.
      const end = await scene.begin(fault)
      const deciding = scene.decide(task, { person: sam, action: 'complete' })
      await sleep(1_500)
      await end()
      scene.expect((await deciding).end === 'ok', { invariant: 'I1', what: 'a decision was not taken' })
    }
    // What the other system did not take stands at the exception desk, and is left there by somebody who says so.
    scene.people().calm()
    const isUndone = await until(
      async () => (await timesOf(scene, 'step-undone')) >= many * undoneBy.size,
      enoughMs,
    )
    const times = await timesOf(scene, 'step-undone')
    scene.expect(isUndone, { invariant: 'I10', what: `${times} steps were undone` })
    scene.measure(`${times} steps of ${many} cases were undone`)
  },
}

/** How many steps are done that can be undone. */
async function finishedOf(scene: Scene): Promise<number> {
  const { events } = await scene.facts()
  return events.filter((event) => event.type === 'step-finished' && undoneBy.has(event.stepId)).length
}

export const orders: Scenario[] = [receiverAway, undoneUnderFire]
