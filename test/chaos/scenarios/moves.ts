import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '../faults/fault.ts'
import { until } from '../finish.ts'
import { sam } from '../load/office.ts'
import { addedStepOf } from '../stand/orders.ts'
import { dryRun, lookAtBatch, moveOrders, publishOrders } from '../load/moves.ts'
import type { CommandBatch } from '#domain/views/control.ts'
import type { Scenario, Scene } from './scenario.ts'

const enoughMs = 120_000
/** Cases that wait at a place where they can go on in another version, and as many inside a fork, where they cannot. */
const each = 5
const renamedWhereTheyStand = 2

const faults: Fault[] = [
  { kind: 'kill', part: 'core' },
  { kind: 'die', part: 'api-1', point: 'after-commit', nth: 4 },
  { kind: 'link', link: 'api-1→temporal', trouble: { does: 'half-open' } },
  { kind: 'link', link: 'api-2→temporal', trouble: { does: 'cut', afterBytes: 300 } },
  { kind: 'link', link: 'core→postgres', trouble: { does: 'hang' } },
  { kind: 'kill', part: 'temporal' },
]

const movedUnderFire: Scenario = {
  name: 'moved-under-fire',
  rows: [2, 5, 9, 20],
  promise:
    'Cases that are told to go on in a newer version come to it once, or wait, or are told why not, also at a step that is called otherwise there, whoever dies meanwhile; the last order holds.',
  run: async (scene) => {
    const { office, client, history } = scene
    const moving = { client, office, history }
    await scene.startOrders(2 * each)
    // Nobody pays, so that each case leaves its wait by the branch for that. Half of them stay there for now.
    const [ahead, behind] = halvesOf(await scene.tasks({ kind: 'manual', many: 2 * each, stepId: 'chase' }))
    for (const task of ahead) await scene.decide(task, { person: sam, action: 'complete' })
    await scene.tasks({ kind: 'manual', many: each, stepId: 'ship' })

    const batches: string[] = []
    for (const fault of faults) {
      await scene.stand.untilHealthy(enoughMs)
      const version = await publishOrders(moving)
      if (version === null) throw new Error('the next version could not be published')
      let stepIds: Record<string, string> = {}
      const isSaid = await until(async () => {
        const check = await dryRun(moving)
        const isSo = check?.canMove === each && check.notNow === each && check.total === 2 * each
        if (!isSo || check.toVersion !== version) return false
        stepIds = check.stepIds
        return true
      }, enoughMs)
      scene.expect(isSaid, {
        invariant: 'I4',
        what: `no dry run says of ${2 * each} cases that ${each} can move and ${each} have to wait`,
      })
      const end = await scene.begin(fault)
      const ordering = moveOrders(moving, { toVersion: version, stepIds })
      await sleep(2_500)
      await end()
      const ordered = await ordering
      const batchId = ordered.end === 'ok' ? ordered.batchId : null
      if (batchId === null) throw new Error(`the order to move to version ${version} ended ${ordered.end}`)
      batches.push(batchId)
      const isHalfDone = await until(async () => {
        const batch = await lookAtBatch(moving, batchId)
        return batch?.succeeded === each && batch.waiting === each
      }, enoughMs)
      scene.expect(isHalfDone, {
        invariant: 'I10',
        what: `of ${2 * each} cases not ${each} moved and ${each} wait`,
      })
      if (batches.length === 1) await standAtAdded(scene, version)
    }

    for (const task of behind) await scene.decide(task, { person: sam, action: 'complete' })
    const isOver = await until(
      async () => (await looksAt(scene, batches)).every(({ pending }) => pending === 0),
      enoughMs,
    )
    const looks = await looksAt(scene, batches)
    scene.expect(isOver, { invariant: 'I10', what: 'a move neither came about nor was refused' })
    for (const [index, { total, succeeded, skipped }] of looks.entries()) {
      const isLast = index === looks.length - 1
      scene.expect(
        total === 2 * each && succeeded === (isLast ? 2 * each : each) && succeeded + skipped === total,
        {
          invariant: 'I1',
          what: `move ${index + 1} of ${looks.length}: of ${total} cases ${succeeded} moved and ${skipped} gave way`,
        },
      )
    }
    const versions = new Set((await scene.facts()).cases.map((found) => found.map_version))
    scene.expect(versions.size === 1, {
      invariant: 'I4',
      what: `cases are in versions ${[...versions].join()}`,
    })
    scene.measure(`${looks.length} orders, ${looks.reduce((sum, { succeeded }) => sum + succeeded, 0)} moves`)
  },
}

/** Some cases come to the step that every version calls otherwise: they are moved while they stand there. */
async function standAtAdded(scene: Scene, version: number): Promise<void> {
  const shipping = await scene.tasks({ kind: 'manual', many: each, stepId: 'ship' })
  const some = shipping.slice(0, renamedWhereTheyStand)
  for (const task of some) await scene.decide(task, { person: sam, action: 'complete' })
  await scene.tasks({ kind: 'manual', many: some.length, stepId: addedStepOf(version) })
}

async function looksAt({ client, office, history }: Scene, batches: string[]): Promise<CommandBatch[]> {
  const looks = await Promise.all(batches.map((id) => lookAtBatch({ client, office, history }, id)))
  const found = looks.filter((look) => look !== null)
  if (found.length < batches.length) throw new Error('a batch did not say how far it is')
  return found
}

function halvesOf<Item>(items: Item[]): [Item[], Item[]] {
  const half = Math.ceil(items.length / 2)
  return [items.slice(0, half), items.slice(half)]
}

export const moves: Scenario[] = [movedUnderFire]
