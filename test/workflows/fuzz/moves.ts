import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import {
  moveUpdate,
  type CaseSnapshot,
  type MoveArgs,
  type MoveRefusal,
  type MoveResult,
} from '#domain/case-messages.ts'
import { whyNotMove } from '#domain/map-upgrades.ts'
import type { CasePlan } from '#domain/plan.ts'
import { maya, type RunningCase } from '../support/engine.ts'
import type { Version } from './versions.ts'

/** A move to another version, what a dry run said of it just before, and what the case answered. */
export type TriedMove = {
  args: MoveArgs
  said: string
  /** Null when no answer came. */
  answered: string | null
  /** Where the case was when the dry run looked. */
  before: CaseSnapshot
  /** Whether a look after the refusal showed what the look before had shown. */
  isStill: boolean
}

type Tried = {
  running: RunningCase
  versions: readonly Version[]
  /** How often to look for a moment in which the case can move, before it is told to. */
  looks: number
}

/** Looks, tries to move to the version after the one that it is in, and looks again when that was refused. */
export async function tryMove({ running, versions, looks }: Tried): Promise<TriedMove | null> {
  let before = await running.snapshot()
  const at = versions.findIndex(({ plan }) => plan.version === before.version)
  const [from, to] = [versions[at], versions[at + 1]]
  if (from === undefined || to === undefined) return null
  const between = { from: from.plan, to: to.plan, stepIds: to.stepIds }
  let said = dryRun(before, between)
  for (let look = 1; look < looks && said === 'NotAtSafePoint'; look += 1) {
    await sleep(40)
    before = await running.snapshot()
    said = dryRun(before, between)
  }
  const args: MoveArgs = { moveId: randomUUID(), by: maya, plan: to.plan, stepIds: to.stepIds }
  const answered = await answerOf(sendMove(running, args))
  if (answered === null || answered === 'moving') return { args, said, answered, before, isStill: false }
  const after = await running.snapshot().catch(() => null)
  return { args, said, answered, before, isStill: after !== null && partsOf(before) === partsOf(after) }
}

export async function sendMove(running: RunningCase, args: MoveArgs): Promise<MoveResult> {
  return running.handle.executeUpdate<MoveResult, [MoveArgs]>(moveUpdate, { args: [args] })
}

function dryRun(
  snapshot: CaseSnapshot,
  { from, to, stepIds }: { from: CasePlan; to: CasePlan; stepIds: Record<string, string> },
): string {
  const why = whyNotMove(snapshot, { from, to, stepIds })
  if (why !== null) return refusalWords(why)
  return snapshot.isSafePoint ? 'moving' : 'NotAtSafePoint'
}

/** A case that is ending says so of every command. */
function refusalWords(why: MoveRefusal): string {
  return why.code === 'Compensating' ? 'CaseClosing' : JSON.stringify(why)
}

const Refused = z.object({ cause: z.object({ type: z.string(), details: z.array(z.unknown()) }) })
const Why = z.object({ why: z.unknown() })

async function answerOf(sent: Promise<MoveResult>): Promise<string | null> {
  try {
    return (await sent).status
  } catch (error) {
    const refused = Refused.safeParse(error)
    if (!refused.success) return null
    const { type, details } = refused.data.cause
    return type === 'CannotMove' ? JSON.stringify(Why.parse(details[0]).why) : type
  }
}

/** Everything that a person or a worker could have changed meanwhile. */
function partsOf({ facts: _, opening: __, ...snapshot }: CaseSnapshot): string {
  return JSON.stringify(snapshot)
}
