import { loadCaseInput } from '#store/cases.ts'
import type { Db } from '#store/db.ts'
import { keptVersions, type Versions } from '#store/processes.ts'
import {
  hasWaitingStarts,
  isStartWaiting,
  putOffStart,
  strikeOff,
  takeStarts,
  type StartOrder,
} from '#store/start-queue.ts'
import type { Engine } from './engine.ts'
import { repeat, type Repeated } from './repeat.ts'

const pollMs = 1_000
/** While a flood waits for workers, room is looked for this often. */
const roomMs = 150
/** Taken, and started, at a time. */
const atOnce = 8
/** Of one pilot. A first step takes a sixth of a second where workers keep up: enough for 250 cases a second. */
const mostUnbegun = 40
/** Longer than any start takes: only a relay that died leaves an order alone for so long. */
const leaseSeconds = 30
const longestPauseSeconds = 30

type RelayDeps = {
  db: Db
  engine: Pick<Engine, 'start' | 'terminate'>
  versionOf: Versions
}
type Tell = (message: string, error: unknown) => void

/** Tells the engine of every accepted case, as often as it takes, pilot by pilot in turn. Several may run at once. */
export function startRelay(deps: Omit<RelayDeps, 'versionOf'>, onError: Tell): Repeated {
  const relay = { ...deps, versionOf: keptVersions() }
  return repeat(
    async () => {
      if ((await relayOnce(relay, onError)) > 0) return 'more'
      return (await hasWaitingStarts(deps.db)) ? 'soon' : 'nothing'
    },
    {
      pauseMs: pollMs,
      soonMs: roomMs,
      onError: (error) => onError('starts wait: the database does not answer', error),
    },
  )
}

/** Takes orders that are due, starts their cases, and strikes them off; gives how many were taken. */
export async function relayOnce(deps: RelayDeps, onError: Tell): Promise<number> {
  // Taking an order puts it off, so that the start itself holds no transaction open.
  const orders = await takeStarts(deps.db, { most: atOnce, mostUnbegun, leaseSeconds })
  await Promise.all(
    orders.map(async (order) => {
      try {
        await startOne(deps, order)
      } catch (error) {
        onError(`case ${order.caseId} could not be started yet`, error)
        const pause = Math.min(longestPauseSeconds, 0.5 * 2 ** order.attempts)
        await putOffStart(deps.db, order.caseId, pause)
      }
    }),
  )
  return orders.length
}

/**
 * Starts a case out of its turn, for somebody who has to tell it something. False: it does not wait for its start.
 * Throws when the engine does not answer.
 */
export async function startNow(deps: RelayDeps, caseId: string): Promise<boolean> {
  if (!(await isStartWaiting(deps.db, caseId))) return false
  await startOne(deps, { caseId })
  return true
}

async function startOne(
  { db, engine, versionOf }: RelayDeps,
  { caseId }: Pick<StartOrder, 'caseId'>,
): Promise<void> {
  const input = await loadCaseInput(db, caseId, versionOf)
  await engine.start(input)
  const { wasStopped } = await strikeOff(db, caseId)
  if (wasStopped) await engine.terminate(input, 'it was stopped before it started')
}
