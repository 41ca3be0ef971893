import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { pageOf } from '#domain/views/common.ts'
import { CaseSummary } from '#domain/views/cases.ts'
import { pick, type Chance } from '#samples/chance.ts'
import type { Client } from './client.ts'
import type { CommandKind, Outcome } from './history.ts'
import type { LoadOptions } from './load.ts'
import { moveOn } from './moves.ts'
import { owner, pilotsOf, type Office } from './office.ts'
import { doneByHand } from './by-hand.ts'
import { impatientMs, patientMs } from './patience.ts'
import type { Running } from './running.ts'

/** What is taken back after a while, and by what. */
const turns: readonly [CommandKind, CommandKind][] = [
  ['pause', 'resume'],
  ['go-by-hand', 'come-back'],
]

/**
 * An owner who now and then lets a case or a whole pilot stand still, or go on by hand, or one step of it, and takes
 * it back; or brings the open orders to a new version of their map. When people are calm, everything is let go on.
 */
export async function manage(options: LoadOptions, { state, next }: Running): Promise<void> {
  const { client, office } = options
  while (!state.isStopped) {
    await sleep(700 + next() * 1_500)
    if (state.isPaused) continue
    if (state.mood === 'calm') {
      await letGoOn(client, office)
    } else if (options.commands) {
      if (next() < 0.12) await moveOn(options)
      else await takeTurn(options, next)
    }
  }
}

async function takeTurn({ client, office }: LoadOptions, next: Chance): Promise<void> {
  const pilotId = pick(pilotsOf(office), next)
  const [first, second] = pick(turns, next)
  const steps = pilotId === office.orders ? doneByHand.orders : doneByHand.letters
  const [share, step] = [next(), pick(steps, next)]
  const stepId = first === 'go-by-hand' && share < 0.6 ? step : null
  const isForAll = next() < 0.25
  const [forMs, patience, choice] = [300 + next() * 2_000, next(), next()]
  const isPatient = patience > 0.1
  if (isForAll) {
    await commandPilot(client, { pilotId, kind: first, stepId, isPatient })
    await sleep(forMs)
    await commandPilot(client, { pilotId, kind: second, stepId, isPatient: true })
    return
  }
  const open = await openCases(client, pilotId)
  const found = open[Math.floor(choice * open.length)]
  if (found === undefined) return
  await commandCase(client, { caseId: found.id, kind: first, stepId, isPatient })
  await sleep(forMs)
  await commandCase(client, { caseId: found.id, kind: second, stepId, isPatient: true })
}

/** Whatever stands still is let go on; what goes on by hand may stay so. */
async function letGoOn(client: Client, office: Office): Promise<void> {
  const resume = { kind: 'resume', stepId: null, isPatient: true } as const
  for (const pilotId of pilotsOf(office)) {
    const paused = (await openCases(client, pilotId)).filter((found) => found.paused)
    if (paused.length > 0) await commandPilot(client, { pilotId, ...resume })
    for (const { id } of paused) await commandCase(client, { caseId: id, ...resume })
  }
}

async function openCases(client: Client, pilotId: string): Promise<CaseSummary[]> {
  const path = `/api/pilots/${pilotId}/cases?status=open&limit=50`
  const answer = await client.ask(owner, { method: 'GET', path })
  return answer?.status === 200 ? pageOf(CaseSummary).parse(answer.json).items : []
}

type Wanted = { kind: CommandKind; stepId: string | null; isPatient: boolean }

export async function commandCase(
  client: Client,
  { caseId, kind, stepId, isPatient }: Wanted & { caseId: string },
): Promise<Outcome> {
  const key = `${kind}-${randomUUID()}`
  return client.carryOut(
    { does: 'command', by: owner.id, key, caseId, kind, stepId },
    {
      person: owner,
      request: {
        method: 'POST',
        path: `/api/cases/${caseId}/commands`,
        body: bodyOf(kind, { stepId, key }),
        key,
      },
      patienceMs: isPatient ? patientMs : impatientMs,
    },
  )
}

export async function commandPilot(
  client: Client,
  { pilotId, kind, stepId, isPatient }: Wanted & { pilotId: string },
): Promise<Outcome> {
  const key = `${kind}-${randomUUID()}`
  return client.carryOut(
    { does: 'command-pilot', by: owner.id, key, pilotId, kind, stepId },
    {
      person: owner,
      request: {
        method: 'POST',
        path: `/api/pilots/${pilotId}/commands`,
        body: bodyOf(kind, { stepId, key }),
        key,
      },
      patienceMs: isPatient ? patientMs : impatientMs,
    },
  )
}

function bodyOf(kind: CommandKind, { stepId, key }: { stepId: string | null; key: string }): object {
  switch (kind) {
    case 'pause':
      return { kind, reason: key }
    case 'resume':
      return { kind }
    case 'go-by-hand':
      return { kind, stepId, reason: key }
    case 'come-back':
      return { kind, stepId }
  }
}
