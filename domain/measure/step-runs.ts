import type { CaseRuns, LogRow, Pause, StepRun } from './event-log.ts'

/** Runs of a case, the rows they were read from, and how many of these found no partner to pair with. */
export type PairedCase = CaseRuns & { rows: number; unpaired: number }

/** Cases of a log in the order in which they first appear. */
export function pairedCases(rows: Iterable<LogRow>): PairedCase[] {
  const byCase = new Map<string, LogRow[]>()
  for (const row of rows) {
    const known = byCase.get(row.caseId)
    if (known) known.push(row)
    else byCase.set(row.caseId, [row])
  }
  return Array.from(byCase, ([caseId, caseRows]) => pairedCase(caseId, caseRows))
}

/** Joins the start and complete rows of one case; rows without a lifecycle are runs already. */
export function pairedCase(caseId: string, rows: readonly LogRow[]): PairedCase {
  const paired = rows.some((row) => row.lifecycle !== null && row.lifecycle !== 'complete')
    ? pairLifecycle(rows)
    : { runs: rows.map(wholeRun), unpaired: 0 }
  return { caseId, runs: paired.runs.toSorted(byStart), rows: rows.length, unpaired: paired.unpaired }
}

function wholeRun(row: LogRow): StepRun {
  const { activity, enabledMs, startMs, endMs, resource } = row
  return { row: row.row, activity, enabledMs, startMs, endMs, pauses: [], resource }
}

function byStart(a: StepRun, b: StepRun): number {
  return (a.startMs ?? a.endMs) - (b.startMs ?? b.endMs) || a.endMs - b.endMs || a.row - b.row
}

type OpenRun = {
  enabledMs: number | null
  startMs: number | null
  pausedAt: number | null
  pauses: Pause[]
  resource: string | null
}

/** At one instant work is scheduled, started and resumed before anything is suspended or completed. */
const turnAtTies: Record<string, number> = { schedule: 0, assign: 1, start: 2, resume: 3, suspend: 4 }

/** By instance id where there is one, else first in, first out per activity. */
function pairLifecycle(rows: readonly LogRow[]): { runs: StepRun[]; unpaired: number } {
  const turn = (row: LogRow): number => turnAtTies[row.lifecycle ?? ''] ?? 5
  const open = new Map<string, OpenRun[]>()
  const runs: StepRun[] = []
  let unpaired = 0
  for (const row of rows.toSorted((a, b) => a.endMs - b.endMs || turn(a) - turn(b) || a.row - b.row)) {
    const key = row.instanceId === null ? `activity ${row.activity}` : `instance ${row.instanceId}`
    const queue = open.get(key) ?? []
    open.set(key, queue)
    switch (row.lifecycle) {
      case 'schedule':
        queue.push(openRun(row, { enabledMs: row.endMs, startMs: null }))
        break
      case 'start': {
        const scheduled = queue.find((run) => run.startMs === null)
        if (scheduled) Object.assign(scheduled, { startMs: row.endMs, resource: row.resource })
        else queue.push(openRun(row, { enabledMs: null, startMs: row.endMs }))
        break
      }
      case 'suspend':
        for (const run of queue.slice(0, 1)) run.pausedAt ??= row.endMs
        break
      case 'resume':
        for (const run of queue.slice(0, 1)) endPause(run, row.endMs)
        break
      case 'complete':
      case null: {
        const run = queue.shift() ?? openRun(row, { enabledMs: null, startMs: null })
        if (run.startMs === null) unpaired += 1
        endPause(run, row.endMs)
        runs.push(completed(run, row))
        break
      }
      case 'withdraw':
      case 'ate_abort':
      case 'pi_abort':
        queue.shift()
        break
      // Assigning, skipping and the like neither start nor end hands-on work.
      default:
        break
    }
  }
  for (const queue of open.values()) unpaired += queue.filter((run) => run.startMs !== null).length
  return { runs, unpaired }
}

function openRun(row: LogRow, at: { enabledMs: number | null; startMs: number | null }): OpenRun {
  return { ...at, pausedAt: null, pauses: [], resource: row.resource }
}

function endPause(run: OpenRun, at: number): void {
  if (run.pausedAt !== null) run.pauses.push({ from: run.pausedAt, to: at })
  run.pausedAt = null
}

function completed(run: OpenRun, row: LogRow): StepRun {
  return {
    row: row.row,
    activity: row.activity,
    enabledMs: run.enabledMs,
    startMs: run.startMs,
    endMs: row.endMs,
    pauses: run.pauses,
    resource: row.resource ?? run.resource,
  }
}
