import type { CaseSnapshot } from './case-messages.ts'

/** What the database holds of an open case, as far as the engine can say the same. */
export type StoredState = {
  status: string
  stepId: string | null
  /** How many of the case's own facts are stored, and the number of the last. */
  facts: number
  lastFact: number
  openTasks: { taskId: string; version: number }[]
}

export type Drift =
  | { kind: 'facts-missing'; stored: number; known: number }
  /** More was acknowledged than the engine remembers: its own state was lost. */
  | { kind: 'engine-behind'; stored: number; known: number }
  | { kind: 'task-missing'; taskId: string }
  | { kind: 'task-left-open'; taskId: string }
  | { kind: 'place'; stored: string; known: string }

type Known = Pick<CaseSnapshot, 'at' | 'seq' | 'status'> & {
  openTasks: { taskId: string; version: number; stepId: string }[]
}

/** In what the stored state differs from what the case itself knows at the same moment. */
export function driftOf(stored: StoredState, known: Known): Drift[] {
  const found: Drift[] = []
  if (stored.lastFact > known.seq) {
    found.push({ kind: 'engine-behind', stored: stored.lastFact, known: known.seq })
  } else if (stored.facts < known.seq) {
    found.push({ kind: 'facts-missing', stored: stored.facts, known: known.seq })
  }
  for (const { taskId, version } of known.openTasks) {
    const isThere = stored.openTasks.some((task) => task.taskId === taskId && task.version === version)
    if (!isThere) found.push({ kind: 'task-missing', taskId })
  }
  for (const { taskId } of stored.openTasks) {
    if (!known.openTasks.some((task) => task.taskId === taskId))
      found.push({ kind: 'task-left-open', taskId })
  }
  return [...found, ...placeDrift(stored, known)]
}

/** A case that waits at one place only is shown waiting there. */
function placeDrift({ status, stepId }: StoredState, known: Known): Drift[] {
  const [task, ...others] = known.openTasks
  if (task === undefined || others.length > 0 || known.at.length !== 1) return []
  if (status === 'waiting' && stepId === task.stepId) return []
  return [
    { kind: 'place', stored: `${status} at ${stepId ?? 'its start'}`, known: `waiting at ${task.stepId}` },
  ]
}

export function driftWords(drifts: Drift[]): string {
  return drifts.map(wordsOf).join('; ')
}

function wordsOf(drift: Drift): string {
  switch (drift.kind) {
    case 'facts-missing':
      return `${drift.known - drift.stored} of ${drift.known} facts are not stored`
    case 'engine-behind':
      return `fact ${drift.stored} is stored, the engine remembers up to ${drift.known}`
    case 'task-missing':
      return `task ${drift.taskId} is open and not shown`
    case 'task-left-open':
      return `task ${drift.taskId} is shown and not open`
    case 'place':
      return `shown as ${drift.stored}, is ${drift.known}`
  }
}
