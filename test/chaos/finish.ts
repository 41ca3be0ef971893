import { setTimeout as sleep } from 'node:timers/promises'
import { checkAll, openCases, whatDiffers } from './check/check.ts'
import type { Violation } from './check/violation.ts'
import type { Client } from './load/client.ts'
import type { History, Line } from './load/history.ts'
import type { Load } from './load/load.ts'
import type { Stand } from './stand/stand.ts'

export type RunResult = {
  scenario: string
  /** Rows of the table of scenarios that it stands for. */
  rows: number[]
  seed: number
  cases: number
  events: number
  operations: number
  /** Tries that got no answer, or a 5xx. */
  unknownTries: number
  faults: number
  /** From the end of the last fault until the read model equals Temporal. */
  settledMs: number | null
  /** From the end of the last fault until the last case has ended, with people deciding. */
  drainedMs: number | null
  /** What a scenario measured, in words. */
  measured: string[]
  violations: Violation[]
}

/** The stated times of I10, for a machine that others use too. */
const settleWithinMs = 90_000
const drainWithinMs = 180_000

export type Finishing = { stand: Stand; client: Client; history: History; load: Load; mark: string }

/** The last fault is over: everything must agree, drain by itself, and be whole. */
export async function finish({
  stand,
  client,
  history,
  load,
  mark,
}: Finishing): Promise<
  Pick<
    RunResult,
    'cases' | 'events' | 'operations' | 'unknownTries' | 'faults' | 'settledMs' | 'drainedMs' | 'violations'
  >
> {
  const began = Date.now()
  const looking = { stand, mark }
  load.pause()
  const isSettled = await until(async () => (await whatDiffers(looking)).length === 0, settleWithinMs)
  const settledMs = isSettled ? Date.now() - began : null
  const differing = isSettled ? [] : await whatDiffers(looking)

  load.calm()
  const isDrained = await until(async () => (await openCases(looking)) === 0, drainWithinMs)
  const drainedMs = isDrained ? Date.now() - began : null
  const left = isDrained ? 0 : await openCases(looking)
  await load.stop()

  const lines = history.read()
  const checked = await checkAll({ ...looking, lines, errorBodies: client.errorBodies() })
  const notDrained: Violation[] = isDrained ? [] : [{ invariant: 'I10', what: `${left} cases did not end` }]
  return {
    ...countsOf(lines),
    cases: checked.cases,
    events: checked.events,
    settledMs,
    drainedMs,
    violations: [...differing, ...notDrained, ...checked.violations],
  }
}

/** Asks again and again; an error counts as no. */
export async function until(
  holds: () => Promise<boolean>,
  withinMs: number,
  everyMs = 300,
): Promise<boolean> {
  for (const last = Date.now() + withinMs; ; await sleep(everyMs)) {
    if (await holds().catch(() => false)) return true
    if (Date.now() > last) return false
  }
}

function countsOf(lines: Line[]): Pick<RunResult, 'operations' | 'unknownTries' | 'faults'> {
  return {
    operations: lines.filter(({ line }) => line === 'invoke').length,
    unknownTries: lines.filter((line) => line.line === 'try' && (line.status === null || line.status >= 500))
      .length,
    faults: lines.filter((line) => line.line === 'fault' && line.phase === 'begins').length,
  }
}
