import type { Played } from '../play.ts'
import type { Run } from '../../support/runs.ts'
import { planNamed } from '../versions.ts'

/** Each history of a case keeps to its budget, and all of them together to theirs. */
export function overBudget(played: Played): string[] {
  const { runs } = played
  const each = runs.map((run, nth) => ({ some: [run], name: `history ${nth + 1}` }))
  const all = runs.length > 1 ? [{ some: runs, name: 'all histories' }] : []
  return [...each, ...all].flatMap(({ some, name }) => {
    const budget = budgetOf(played, some)
    const total = sumOf(some, (run) => sumOf(Object.values(run.events), (count) => count))
    const counts = JSON.stringify(some.map(({ events }) => events))
    return total <= budget ? [] : [`${name}: ${total} events, ${budget} allowed: ${counts}`]
  })
}

/**
 * The most events of history that a case may need: 5 for a history itself, 6 for each activity, 5 for each update that
 * was taken, and the timers: of gates and message waits (2), of breaches and holding times (5), once more for each
 * standing still.
 */
function budgetOf({ calls, seen, asked, versions }: Played, runs: readonly Run[]): number {
  const own = calls.filter((call) => runs.some(({ runId }) => runId === call.runId))
  const count = (name: string): number => own.filter((call) => call.name === name).length
  const events = (type: string): number => sumOf(runs, (run) => run.events[`EVENT_TYPE_${type}`] ?? 0)
  const waits = own.filter(
    ({ name, request }) =>
      name === 'runStep' && planNamed(versions, request)?.steps[request.stepId]?.kind === 'wait',
  ).length
  const gates = count('openTask')
  // A gate that the draft opens is no activity of its own.
  const drafted = new Set(
    seen.noted.flatMap(({ name, execId, result }) =>
      name === 'runStep' && result === 'done' ? [execId] : [],
    ),
  )
  const withDraft = new Set(
    own.flatMap((call) =>
      call.name === 'runStep' && drafted.has(call.request.execId) ? [call.request.opens?.execId] : [],
    ),
  )
  const activities = own.filter(
    ({ name, request }) => !(name === 'openTask' && 'execId' in request && withDraft.has(request.execId)),
  ).length
  const updates = 5 * events('WORKFLOW_EXECUTION_UPDATE_ACCEPTED')
  const timers = 2 * gates + 5 * (count('escalateTask') + waits + asked.windows)
  const standing = asked.pauses * 2 * (gates + waits)
  const cancelled = asked.stopped === 'cancelled' ? 4 : 0
  // What is refused leaves no event of its own, but its workflow task stays when something else came with it.
  const refused = 3 * (asked.refused + asked.looks)
  // A worker too busy to answer in time is asked again, and so is one whose answer was overtaken.
  const asking = 3 * (events('WORKFLOW_TASK_TIMED_OUT') + sumOf(runs, ({ overtaken }) => overtaken))
  // What a person calls off costs one event more than it would have.
  const calledOff = events('ACTIVITY_TASK_CANCEL_REQUESTED')
  return (
    5 * runs.length + 6 * activities + updates + timers + standing + cancelled + refused + asking + calledOff
  )
}

function sumOf<T>(items: readonly T[], numberOf: (item: T) => number): number {
  return items.reduce((sum, item) => sum + numberOf(item), 0)
}
