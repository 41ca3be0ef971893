import { setTimeout as sleep } from 'node:timers/promises'
import { agreementOf, checkAll, progressOf, type Progress } from './check/check.ts'
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

/** Longer than any pause before a retry. However slow the machine is, something happens to some case within it. */
const stuckAfterMs = 90_000

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
  const settled = await whileItMoves(
    () => agreementOf(looking),
    ({ differing }) => differing.length === 0,
  )
  const settledMs = settled.isThere ? Date.now() - began : null

  load.calm()
  const drained = await whileItMoves(
    () => progressOf(looking),
    ({ open }) => open === 0,
  )
  const drainedMs = drained.isThere ? Date.now() - began : null
  await load.stop()

  const lines = history.read()
  const checked = await checkAll({ ...looking, lines, errorBodies: client.errorBodies() })
  const notDrained: Violation[] = drained.isThere
    ? []
    : [{ invariant: 'I10', what: `${drained.last.open} cases, commands or messages stand still` }]
  return {
    ...countsOf(lines),
    cases: checked.cases,
    events: checked.events,
    settledMs,
    drainedMs,
    violations: [...(settled.isThere ? [] : settled.last.differing), ...notDrained, ...checked.violations],
  }
}

/** Waits as long as anything happens to the cases. A question that fails is asked again. */
async function whileItMoves(
  ask: () => Promise<Progress>,
  isThere: (progress: Progress) => boolean,
): Promise<{ isThere: boolean; last: Progress }> {
  let last: Progress = { differing: [], open: Number.NaN, events: -1 }
  let movedAt = Date.now()
  while (Date.now() - movedAt < stuckAfterMs) {
    const progress = await ask().catch(() => null)
    if (progress !== null) {
      if (isThere(progress)) return { isThere: true, last: progress }
      if (progress.events !== last.events || progress.differing.length !== last.differing.length)
        movedAt = Date.now()
      last = progress
    }
    await sleep(1_000)
  }
  return { isThere: false, last }
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
