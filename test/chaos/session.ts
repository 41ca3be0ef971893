import { join } from 'node:path'
import { chance } from '#samples/chance.ts'
import { createClient } from './load/client.ts'
import { historyIn } from './load/history.ts'
import { openOffice, type Office } from './load/office.ts'
import { openStand, type Stand } from './stand/stand.ts'

/** A stand with its office set up, ready for whatever is to go wrong. */
export type Session = { stand: Stand; office: Office; close: () => Promise<void> }

/** `keep` leaves the folder with logs, histories and data behind. */
export async function openSession({ seed, keep }: { seed: number; keep: boolean }): Promise<Session> {
  const stand = await openStand({ seed, keep })
  try {
    const history = historyIn(join(stand.home.root, 'setting-up.jsonl'))
    const client = createClient({ apis: stand.apis, canaries: stand.canaries, history, next: chance(seed) })
    return { stand, office: await openOffice(stand, client), close: stand.close }
  } catch (error) {
    await stand.close()
    throw error
  }
}
