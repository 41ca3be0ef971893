import { condition } from '@temporalio/workflow'
import type { CaseRun } from './case-run.ts'

/** Waits while the case stands still. */
export async function whileStandingStill(run: CaseRun): Promise<void> {
  if (run.pausedAt !== null) await condition(() => run.pausedAt === null)
}

/**
 * Waits until something is the case, or an instant has come. The instant moves on by as long as the case stands
 * still; what is waited for counts all the same.
 */
export async function waitFor(
  run: CaseRun,
  isReady: () => boolean,
  due: number | null,
): Promise<'ready' | 'due'> {
  const before = run.stoodStillMs
  for (;;) {
    if (isReady()) return 'ready'
    if (run.pausedAt !== null) {
      await condition(() => isReady() || run.pausedAt === null)
      continue
    }
    const isCalled = (): boolean => isReady() || run.pausedAt !== null
    if (due === null) {
      await condition(isCalled)
      continue
    }
    const leftMs = due + (run.stoodStillMs - before) - Date.now()
    if (leftMs <= 0) return 'due'
    if (!(await condition(isCalled, leftMs))) return 'due'
  }
}
