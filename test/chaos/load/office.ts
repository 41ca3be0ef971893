import { z } from 'zod'
import type { ProcessMap } from '#domain/process-map.ts'
import { Connection } from '#domain/views/connections.ts'
import { MapVersion, ProcessDetail } from '#domain/views/processes.ts'
import { PilotDetail } from '#domain/views/pilots.ts'
import { openDb } from '#store/db.ts'
import { addMember } from '#store/sample-process.ts'
import { putPeople } from '#store/samples.ts'
import { lettersMap } from '../stand/letters.ts'
import { ordersMap, register, slipMap } from '../stand/orders.ts'
import type { Stand } from '../stand/stand.ts'
import type { Client, Person } from './client.ts'

export const owner: Person = { id: 'priya', isColleague: false }
/** Watches only: whatever this person decides is refused. */
export const leader: Person = { id: 'dana', isColleague: false }
export const sam: Person = { id: 'sam', isColleague: false }
export const kim: Person = { id: 'kim', isColleague: true }
export const reviewers: Person[] = [
  sam,
  kim,
  { id: 'lee', isColleague: true },
  { id: 'noor', isColleague: true },
]

/**
 * Two pilots of the map of letters: in one a decision acts at once, in the other it can be taken back for a moment.
 * And one of the map of orders, which is changed and published anew while cases run.
 */
export type Office = { atOnce: string; withUndo: string; orders: string; ordersProcess: string }

export function pilotsOf({ atOnce, withUndo, orders }: Office): string[] {
  return [atOnce, withUndo, orders]
}

const undoSeconds = { letters: 2, orders: 1 }

/** Sets the process up as an owner does; only colleagues, for whom there is no route, are added in the database. */
export async function openOffice(stand: Stand, client: Client): Promise<Office> {
  const call = async <T>(
    shape: z.ZodType<T>,
    request: { method: 'POST' | 'PUT'; path: string; body: unknown },
  ): Promise<T> => {
    const answer = await client.ask(owner, request)
    if (answer === null || answer.status >= 300) {
      throw new Error(`${request.path} answered ${answer?.status}: ${JSON.stringify(answer?.json)}`)
    }
    return shape.parse(answer.json)
  }
  const base = '/api/processes'
  const published = async (
    name: string,
    map: ProcessMap,
    prepare: (processId: string) => Promise<unknown> = async () => undefined,
  ): Promise<{ processId: string; version: number }> => {
    const { id } = await call(ProcessDetail, { method: 'POST', path: base, body: { name } })
    await prepare(id)
    const put = { method: 'PUT' as const, path: `${base}/${id}/map`, body: { revision: 0, map } }
    const { revision } = await call(ProcessDetail, put)
    const versions = { method: 'POST' as const, path: `${base}/${id}/versions`, body: { revision } }
    const { version } = await call(MapVersion, versions)
    await addColleagues(stand, id)
    return { processId: id, version }
  }
  const pilotOf = async (
    { processId, version }: { processId: string; version: number },
    undo: number,
  ): Promise<string> => {
    const body = { version, baselineId: null, days: 90, undoSeconds: undo }
    const path = `${base}/${processId}/pilots`
    const { id } = await call(PilotDetail, { method: 'POST', path, body })
    return id
  }
  const connect = (processId: string): Promise<unknown> =>
    call(z.array(Connection), {
      method: 'PUT',
      path: `${base}/${processId}/connections/${register}`,
      body: {
        baseUrl: stand.receiverUrl,
        privateAddress: true,
        headers: [{ name: 'authorization', value: stand.canaries.connectionSecret }],
      },
    })
  const letters = (undo: number): Promise<{ processId: string; version: number }> =>
    published(`Letters under fire, ${undo} s to undo`, lettersMap())
  const slip = await published('Packing slip', slipMap())
  const orders = await published('Orders under fire', ordersMap(slip), connect)
  return {
    atOnce: await pilotOf(await letters(0), 0),
    withUndo: await pilotOf(await letters(undoSeconds.letters), undoSeconds.letters),
    orders: await pilotOf(orders, undoSeconds.orders),
    ordersProcess: orders.processId,
  }
}

async function addColleagues(stand: Stand, processId: string): Promise<void> {
  const colleagues = reviewers.filter((person) => person.isColleague)
  const db = openDb(stand.servers.postgres.address(), { max: 1, name: 'chaos office' })
  try {
    await putPeople(
      db,
      colleagues.map(({ id }) => ({ id, name: `Colleague ${id}`, sample: true })),
    )
    for (const { id } of colleagues) await addMember(db, { processId, personId: id, role: 'reviewer' })
  } finally {
    await db.destroy()
  }
}
