import type { EngineState, EngineView } from './engine.ts'
import type { Facts } from './facts.ts'
import type { Violation } from './violation.ts'

const atATime = 8

/** I4: what is shown of each case is where it is in Temporal. While people work, the two may differ for a moment. */
export async function checkReadModel(facts: Facts, engine: EngineView): Promise<Violation[]> {
  const violations: Violation[] = []
  const waiting = [...facts.cases]
  const look = async (): Promise<void> => {
    for (let found = waiting.pop(); found !== undefined; found = waiting.pop()) {
      const state = await engine.stateOf(found)
      const tasks = facts.tasks.filter((task) => task.case_id === found.id && task.status === 'open')
      const waits = facts.waits.filter((wait) => wait.case_id === found.id)
      const what = difference(found, { tasks, waits }, state)
      if (what !== null) violations.push({ invariant: 'I4', what: `case ${found.id} ${what}` })
    }
  }
  await Promise.all(Array.from({ length: atATime }, look))
  return violations
}

function difference(
  found: Facts['cases'][number],
  { tasks, waits }: Pick<Facts, 'tasks' | 'waits'>,
  state: EngineState,
): string | null {
  const shown = found.ended_at === null ? found.status : 'ended'
  switch (state.is) {
    case 'unknown':
      // A case that was stopped before its start was never told to the engine.
      return found.waits_for_start || found.status === 'cancelled'
        ? null
        : `is shown as ${shown} and is not known`
    case 'silent':
      return `does not say where it is: ${state.why}`
    case 'broken':
      // One that was stopped in the moment of its start never took a step.
      return found.status === 'cancelled' && state.as === 'TERMINATED'
        ? null
        : `is shown as ${shown} and is ${state.as}`
    case 'completed':
      return found.status === state.status && found.outcome === state.outcome
        ? null
        : `is shown as ${found.status} (${found.outcome}) and ended ${state.status} (${state.outcome})`
    case 'running': {
      if (found.ended_at !== null) return `is shown as ended and runs`
      const here = tasks.map((task) => `${task.id} v${task.version} ${task.shown_hash}`).toSorted()
      const there = state.openTasks
        .map((task) => `${task.taskId} v${task.version} ${task.shownHash}`)
        .toSorted()
      if (here.join() !== there.join()) return `shows tasks [${here.join()}] and waits for [${there.join()}]`
      const elsewhere = waits.filter(({ step_id: stepId }) => !state.at.includes(stepId))
      if (elsewhere.length > 0) {
        return `waits at ${elsewhere.map((wait) => wait.step_id).join()} and is at ${state.at.join()}`
      }
      const { paused, byHand, byHandSteps } = state.control
      const control = [paused, byHand, ...byHandSteps.toSorted()].join()
      const shownControl = [found.paused, found.by_hand, ...found.by_hand_steps.toSorted()].join()
      if (control !== shownControl) return `shows as control ${shownControl} and has ${control}`
      if (state.version !== found.map_version) {
        return `is shown in version ${found.map_version} and runs in ${state.version}`
      }
      const isWaiting = there.length > 0 || waits.length > 0
      return isWaiting === (found.status === 'waiting')
        ? null
        : `is shown as ${shown}, with ${there.length} tasks and ${waits.length} waits open`
    }
  }
}
