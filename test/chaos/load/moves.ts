import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { CommandBatch, MoveCheck } from '#domain/views/control.ts'
import { MapVersion, ProcessDetail } from '#domain/views/processes.ts'
import { addedStepOf, editionOf } from '../stand/orders.ts'
import type { Outcome } from './history.ts'
import type { LoadOptions } from './load.ts'
import { owner } from './office.ts'
import { patientMs } from './patience.ts'

type Moving = Pick<LoadOptions, 'client' | 'office' | 'history'>

const looks = 4

/**
 * Publishes the next version of the map of orders, looks what a move there would do, orders it for all open cases and
 * for new ones, and looks how far it is. Whatever is not answered is left for the next time.
 */
export async function moveOn(moving: Moving): Promise<void> {
  // One whose answer was lost is published all the same: the newest is asked for below.
  await publishOrders(moving)
  const move = await dryRun(moving)
  if (move === null) return
  const ordered = await moveOrders(moving, move)
  if (ordered.end !== 'ok' || ordered.batchId === null) return
  for (let times = 0; times < looks; times += 1) {
    await sleep(500)
    await lookAtBatch(moving, ordered.batchId)
  }
}

/** The number of the new version; null when it is not known whether there is one. */
export async function publishOrders({ client, office }: Moving): Promise<number | null> {
  const path = `/api/processes/${office.ordersProcess}`
  const found = await client.ask(owner, { method: 'GET', path })
  if (found?.status !== 200) return null
  const { draft, revision, versions } = ProcessDetail.parse(found.json)
  if (draft === null) throw new Error('the map of orders has no draft')
  const map = editionOf(draft, versions.length + 1)
  const stored = await client.ask(owner, { method: 'PUT', path: `${path}/map`, body: { revision, map } })
  if (stored?.status !== 200) return null
  const body = { revision: ProcessDetail.parse(stored.json).revision }
  const published = await client.ask(owner, { method: 'POST', path: `${path}/versions`, body })
  return published?.status === 201 ? MapVersion.parse(published.json).version : null
}

type Move = { toVersion: number; stepIds: Record<string, string> }

/** What a move to the newest version would do; noted in the history, as everything that is counted. */
export async function dryRun(moving: Moving): Promise<(MoveCheck & Move) | null> {
  const check = await look(moving, {})
  if (check === null) return null
  const stepIds = namesIn(check)
  if (Object.keys(stepIds).length === 0) return { ...check, stepIds }
  const renamed = await look(moving, stepIds)
  return renamed === null ? null : { ...renamed, stepIds }
}

async function look(
  { client, office, history }: Moving,
  stepIds: Move['stepIds'],
): Promise<MoveCheck | null> {
  const steps = Object.entries(stepIds).map(([from, to]) => `${from}:${to}`)
  const path = `/api/pilots/${office.orders}/moves${steps.length === 0 ? '' : `?steps=${steps.join()}`}`
  const answer = await client.ask(owner, { method: 'GET', path })
  if (answer?.status !== 200) return null
  const check = MoveCheck.parse(answer.json)
  const { pilotId, total, canMove, notNow, cannotMove, thereAlready, unknown, cases } = check
  const counts = { total, canMove, notNow, cannotMove, thereAlready, unknown, listed: cases.length }
  history.add({ line: 'dry-run', pilotId, counts })
  return check
}

/** What the added step is called in the versions that the cases are in, and what in the new one. */
function namesIn({ toVersion, cases }: MoveCheck): Move['stepIds'] {
  const to = addedStepOf(toVersion)
  const named = cases.filter(({ fromVersion }) => fromVersion > 1)
  const before = named.map(({ fromVersion }) => addedStepOf(fromVersion))
  return Object.fromEntries(before.filter((from) => from !== to).map((from) => [from, to]))
}

export async function moveOrders({ client, office }: Moving, { toVersion, stepIds }: Move): Promise<Outcome> {
  const key = `move-${randomUUID()}`
  return client.carryOut(
    { does: 'move', by: owner.id, key, pilotId: office.orders, toVersion },
    {
      person: owner,
      request: {
        method: 'POST',
        path: `/api/pilots/${office.orders}/moves`,
        body: { toVersion, stepIds, newCases: true, reason: key },
        key,
      },
      patienceMs: patientMs,
    },
  )
}

/** How far a command for many cases is; null when nobody says. */
export async function lookAtBatch(
  { client, history }: Moving,
  batchId: string,
): Promise<CommandBatch | null> {
  const answer = await client.ask(owner, { method: 'GET', path: `/api/command-batches/${batchId}` })
  if (answer?.status !== 200) return null
  const batch = CommandBatch.parse(answer.json)
  const { total, succeeded, failed, skipped, pending, trying, waiting } = batch
  history.add({
    line: 'batch',
    batchId,
    counts: { total, succeeded, failed, skipped, pending, trying, waiting },
  })
  return batch
}
