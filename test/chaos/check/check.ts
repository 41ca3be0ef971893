import { z } from 'zod'
import { checkInvariants } from '#store/invariants.ts'
import { openDb, type Db } from '#store/db.ts'
import { operationsOf, type Line } from '../load/history.ts'
import type { Stand } from '../stand/stand.ts'
import { checkCalls } from './calls.ts'
import { checkCanaries } from './canaries.ts'
import { checkDrafts, checkStarts, checkStops, checkTimes } from './cases.ts'
import { checkControl } from './control.ts'
import { checkDecisions } from './decisions.ts'
import { lookAtEngine, type EngineView } from './engine.ts'
import { loadFacts, type Facts } from './facts.ts'
import { checkMessages } from './messages.ts'
import { checkMoves } from './moves.ts'
import { checkReadModel } from './read-model.ts'
import { checkUndoneSteps } from './undone.ts'
import type { InvariantId, Violation } from './violation.ts'

type Looking = { stand: Stand; mark: string }

/** The database can be asked while there is no Temporal. */
async function withFacts<T>(
  { stand, mark }: Looking,
  work: (found: { db: Db; facts: Facts }) => Promise<T>,
): Promise<T> {
  const db = openDb(stand.servers.postgres.address(), { max: 3, name: 'chaos checker' })
  try {
    return await work({ db, facts: await loadFacts(db, mark) })
  } finally {
    await db.destroy()
  }
}

async function withEyes<T>(
  looking: Looking,
  work: (eyes: { db: Db; engine: EngineView; facts: Facts }) => Promise<T>,
): Promise<T> {
  return withFacts(looking, async (found) => {
    const engine = await lookAtEngine(looking.stand.servers.temporal.address())
    try {
      return await work({ ...found, engine })
    } finally {
      await engine.close()
    }
  })
}

/** How far the cases are; `open` counts them, and the commands and messages that none has taken yet. */
export type Progress = { differing: Violation[]; open: number; events: number }

/** With what the read model shows otherwise than Temporal, or does not know to be started. */
export async function agreementOf(looking: Looking): Promise<Progress> {
  return withEyes(looking, async ({ engine, facts }) => ({
    ...countsOf(facts),
    differing: [
      ...facts.cases
        .filter((found) => found.waits_for_start)
        .map(({ id }): Violation => ({
          invariant: 'I4',
          what: `case ${id} was accepted and is not started`,
        })),
      ...(await checkReadModel(facts, engine)),
    ],
  }))
}

/** From the database alone, since it is asked for often. */
export async function progressOf(looking: Looking): Promise<Progress> {
  return withFacts(looking, async ({ facts }) => ({ ...countsOf(facts), differing: [] }))
}

const isPending: ReadonlySet<string> = new Set(['pending', 'trying', 'waiting'])

function countsOf({ cases, events, batches, messages }: Facts): Pick<Progress, 'open' | 'events'> {
  const open =
    cases.filter((found) => found.ended_at === null).length +
    batches.filter(({ status }) => isPending.has(status)).length +
    messages.filter(({ outcome }) => outcome === null).length
  return { open, events: events.length }
}

export async function factsOf(looking: Looking): Promise<Facts> {
  return withFacts(looking, async ({ facts }) => facts)
}

/** Everything that must hold when all cases have ended, against the history of what people were told. */
export async function checkAll(
  looking: Looking & { lines: Line[]; errorBodies: string[] },
): Promise<{ violations: Violation[]; cases: number; events: number }> {
  const { stand, lines, errorBodies } = looking
  return withEyes(looking, async ({ db, engine, facts }) => {
    const done = operationsOf(lines)
    const violations = [
      ...checkDecisions(done, facts),
      ...checkStarts(done, facts),
      ...checkStops(done, facts),
      ...(await checkReadModel(facts, engine)),
      ...checkDrafts(stand.modelCalls(), facts),
      ...checkCalls(stand.receiverCalls(), facts),
      ...checkUndoneSteps(facts),
      ...checkMessages(done, facts),
      ...checkControl(done, facts),
      ...checkMoves({ done, lines, facts }),
      ...checkTimes(facts),
      ...(await checkOwn(db)),
      ...(await checkCanaries({
        canaries: stand.canaries,
        logs: stand.home.logs,
        errorBodies,
        facts,
        engine,
        db,
      })),
    ]
    return { violations, cases: facts.cases.length, events: facts.events.length }
  })
}

const Id = z.enum(['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9', 'I10'] satisfies InvariantId[])

/** The promises that `npm run doctor` checks, on the same data. */
async function checkOwn(db: Db): Promise<Violation[]> {
  const promises = await checkInvariants(db)
  return promises
    .filter(({ holds }) => !holds)
    .map(({ id, promise, found }) => ({ invariant: Id.parse(id), what: `${promise}: ${found} (doctor)` }))
}
