import { setTimeout as sleep } from 'node:timers/promises'
import { pick } from '#samples/chance.ts'
import { markerOf } from '../stand/letters.ts'
import { orderOf, paidMessage } from '../stand/orders.ts'
import type { Person } from './client.ts'
import type { Outcome } from './history.ts'
import type { LoadOptions } from './load.ts'
import { reviewers } from './office.ts'
import { impatientMs, patientMs } from './patience.ts'
import type { Running } from './running.ts'

const longestDelayMs = 5_000

/**
 * Most orders are paid: before they wait for it, while they do, or too late. Some messages are sent twice at once,
 * and after some another one comes that the case has no use for.
 */
export async function tellPaid(
  options: LoadOptions,
  { n, outcome, running: { next } }: { n: number; outcome: Outcome; running: Running },
): Promise<void> {
  const [isPaid, delay, twice, again, isPatient] = [next() < 0.75, next(), next() < 0.2, next() < 0.2, next()]
  const person = pick(reviewers, next)
  if (outcome.end === 'fail' || !isPaid) return
  await sleep(delay * longestDelayMs)
  const marker = markerOf(options.seed, n)
  const send = (messageId: string): Promise<Outcome> =>
    sendPaid(options, { person, marker, messageId, isPatient: isPatient > 0.1 })
  const first = `paid-${marker}`
  await Promise.all(twice ? [send(first), send(first)] : [send(first)])
  if (again) await send(`${first}-again`)
}

export async function sendPaid(
  { client, office }: Pick<LoadOptions, 'client' | 'office'>,
  {
    person,
    marker,
    messageId,
    isPatient,
  }: { person: Person; marker: string; messageId: string; isPatient: boolean },
): Promise<Outcome> {
  return client.carryOut(
    { does: 'message', by: person.id, messageId, pilotId: office.orders, marker },
    {
      person,
      request: {
        method: 'POST',
        path: `/api/pilots/${office.orders}/messages`,
        body: { messageId, message: paidMessage, key: orderOf(marker), values: { paidOn: 'Today' } },
      },
      patienceMs: isPatient ? patientMs : impatientMs,
    },
  )
}
