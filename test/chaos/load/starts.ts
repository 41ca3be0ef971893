import { setTimeout as sleep } from 'node:timers/promises'
import { pick, type Chance } from '#samples/chance.ts'
import { intakeOf, markerOf } from '../stand/letters.ts'
import { orderIntakeOf } from '../stand/orders.ts'
import type { Client, Person } from './client.ts'
import type { Outcome } from './history.ts'
import type { LoadOptions } from './load.ts'
import { tellPaid } from './messages.ts'
import { owner, reviewers } from './office.ts'
import { impatientMs, patientMs } from './patience.ts'
import type { Running } from './running.ts'

const mostStartsInFlight = 4

/** What a case is about: a letter, or an order with so many lines. */
export type Matter = { of: 'letter'; amount: number | null } | { of: 'order'; lines: number }

/** Starts cases one after the other; now and then the same one at both APIs at once. */
export async function intake(options: LoadOptions, running: Running): Promise<void> {
  const { state, next } = running
  const begun: Promise<unknown>[] = []
  let inFlight = 0
  for (let n = 1; n <= options.most && !state.isStopped && state.mood === 'busy';) {
    await sleep(100 + next() * 300)
    if (state.isPaused || state.waiting > options.waiting || inFlight >= mostStartsInFlight) continue
    const person = next() < 0.7 ? owner : pick(reviewers, next)
    const matter = chooseMatter(next)
    const times = next() < 0.15 ? 2 : 1
    for (let i = 0; i < times; i += 1) {
      inFlight += 1
      const starting = startCase(options, { person, n, matter, isPatient: next() > 0.05 }).finally(
        () => (inFlight -= 1),
      )
      // Some are sent by mistake, and taken back before or just when they begin.
      begun.push(next() < 0.06 ? starting.then((outcome) => stopAtOnce(options.client, outcome)) : starting)
      if (matter.of === 'order' && i === 0) {
        begun.push(starting.then((outcome) => tellPaid(options, { n, outcome, running })))
      }
    }
    n += 1
  }
  await Promise.all(begun)
}

function chooseMatter(next: Chance): Matter {
  if (next() < 0.4) return { of: 'order', lines: 1 + Math.floor(next() * 4) }
  return { of: 'letter', amount: next() < 0.12 ? null : next() < 0.3 ? 5_000 : 100 }
}

async function stopAtOnce(client: Client, outcome: Outcome): Promise<void> {
  if (outcome.end === 'ok' && outcome.caseId !== null) await stopCase(client, outcome.caseId)
}

/** Starts the n-th case; the same again is the same start. */
export async function startCase(
  { client, office, seed, personal }: Pick<LoadOptions, 'client' | 'office' | 'seed' | 'personal'>,
  {
    person,
    n,
    matter,
    isPatient,
    withinMs,
  }: { person: Person; n: number; matter: Matter; isPatient: boolean; withinMs?: number | undefined },
): Promise<Outcome> {
  const marker = markerOf(seed, n)
  const letter = `Dear all, ${personal}.`
  const letters = n % 3 === 0 ? office.withUndo : office.atOnce
  const pilotId = matter.of === 'order' ? office.orders : letters
  const values =
    matter.of === 'order'
      ? orderIntakeOf(marker, { letter, lines: matter.lines })
      : intakeOf(marker, { letter, amount: matter.amount })
  const key = `start-${marker}`
  return client.carryOut(
    { does: 'start', by: person.id, key, pilotId, marker },
    {
      person,
      request: { method: 'POST', path: `/api/pilots/${pilotId}/cases`, body: { values }, key, withinMs },
      patienceMs: isPatient ? patientMs : impatientMs,
    },
  )
}

export async function stopCase(client: Client, caseId: string): Promise<Outcome> {
  const key = `stop-${caseId}`
  return client.carryOut(
    { does: 'stop', by: owner.id, key, caseId },
    {
      person: owner,
      request: {
        method: 'POST',
        path: `/api/cases/${caseId}/stop`,
        body: { reason: 'Because of the test' },
        key,
      },
      patienceMs: patientMs,
    },
  )
}
