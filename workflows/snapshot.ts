import { ApplicationFailure } from '@temporalio/workflow'
import { lookRefusal, type CaseSnapshot } from '#domain/case-messages.ts'
import { untold } from './calls.ts'
import { pathOf, type CaseRun } from './case-run.ts'
import { canMoveNow } from './history.ts'
import { openingAgain } from './opening.ts'

/** Refuses a look, with what the looker wants to see. */
export function showWhole(run: CaseRun): never {
  throw ApplicationFailure.nonRetryable('this is what the case is at', lookRefusal, snapshotOf(run))
}

/** What others may know of a running case. */
function snapshotOf(run: CaseRun): CaseSnapshot {
  // What a draft is about to open is not open yet.
  const openTasks = Object.values(run.openTasks).filter(({ taskId }) => !(taskId in run.opening))
  return {
    at: run.tokens.map(({ scope, at }) => pathOf(scope, at)),
    visits: run.visits,
    openTasks,
    seq: run.seq,
    status: run.closing || run.stopping ? 'closing' : openTasks.length > 0 ? 'waiting' : 'running',
    semantics: run.semantics,
    version: run.plan.version,
    control: run.control,
    isSafePoint: canMoveNow(run),
    inRegion: run.tokens.length !== 1 || run.tokens[0] !== run.root,
    undoing: run.undoing,
    fields: Object.keys(run.root.scope.fields),
    facts: untold(run),
    opening: openTasks.flatMap((task) => openingAgain(run, task)),
  }
}
