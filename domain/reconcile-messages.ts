/** What crosses between the schedule, its workflow and its activity. Zod-free for the sandbox. */

export const reconcileType = 'reconcileWorkflow'
export const reconcileSchedule = 'reconcile'

/** `due`: what does not move, and a part of what waits. `all`: every open case, once. */
export type ReconcileRequest = { scope: 'due' | 'all' }

export type ReconcileReport = {
  checked: number
  /** Cases whose rows were brought to what the engine knows. */
  repaired: number
  /** Cases that were found to stand still, and those that go on again. */
  stalled: number
  wentOn: number
  /** Cases that differ in a way that nothing here can mend. */
  unmended: number
  /** Decisions whose answer was lost, and what became of them is now known. */
  settled: number
  /** Cases that could not be asked about; they come again. */
  skipped: number
}

/** Its name is known to every recorded history. */
export type ReconcileActivities = {
  reconcile: (request: ReconcileRequest) => Promise<ReconcileReport>
}
