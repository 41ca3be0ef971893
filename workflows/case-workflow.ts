import {
  CancellationScope,
  allHandlersFinished,
  condition,
  defineQuery,
  defineUpdate,
  isCancellation,
  setHandler,
  sleep,
} from '@temporalio/workflow'
import {
  decideUpdate,
  snapshotQuery,
  stopUpdate,
  undoUpdate,
  type CaseInput,
  type CaseResult,
  type CaseSnapshot,
  type DecideArgs,
  type DecideResult,
  type StopArgs,
  type StopResult,
  type UndoArgs,
  type UndoResult,
} from '#domain/case-messages.ts'
import { currentSemantics, type CasePlan } from '#domain/plan.ts'
import { callsOf, failureOf, told, untold, type Calls } from './calls.ts'
import { startRun, type CaseRun } from './case-run.ts'
import { decide, stop, undo, validateDecision, validateStop, validateUndo } from './decisions.ts'
import { openingAgain } from './opening.ts'
import { walk } from './walk.ts'

const decideDefinition = defineUpdate<DecideResult, [DecideArgs]>(decideUpdate)
const undoDefinition = defineUpdate<UndoResult, [UndoArgs]>(undoUpdate)
const stopDefinition = defineUpdate<StopResult, [StopArgs]>(stopUpdate)
const snapshotDefinition = defineQuery<CaseSnapshot>(snapshotQuery)

/** Runs one case through the plan it was started with. It ends done or cancelled, and never fails by itself. */
export async function caseWorkflow(input: CaseInput): Promise<CaseResult> {
  // A plain error keeps the case where it is until a worker comes that knows these semantics.
  if (input.semantics > currentSemantics) {
    throw new Error(
      `case ${input.caseId} needs semantics ${input.semantics}, this worker has ${currentSemantics}`,
    )
  }
  const calls = callsOf()
  const plan = await planOf(input, calls)
  const run = startRun(input, plan)
  const work = new CancellationScope()
  receive(run, work)

  try {
    const outcome = await work.run(() => walk(run, calls))
    await close(run, calls, { status: 'done', outcome })
    return { status: 'done', outcome }
  } catch (error) {
    if (!isCancellation(error)) throw error
    const outcome = run.outcome ?? 'Cancelled'
    await close(run, calls, { status: 'cancelled', outcome })
    // Stopped by a person, the case ends in order; cancelled from outside, the server is told so.
    if (run.stopIds.length > 0) return { status: 'cancelled', outcome }
    throw error
  }
}

async function planOf({ plan }: CaseInput, calls: Calls): Promise<CasePlan> {
  if ('steps' in plan) return plan
  return calls.loadPlan({ activityId: 'plan', summary: 'Load the plan' }, plan)
}

function receive(run: CaseRun, work: CancellationScope): void {
  setHandler(decideDefinition, (args) => decide(run, args), {
    validator: (args) => validateDecision(run, args),
  })
  setHandler(undoDefinition, (args) => undo(run, args), { validator: (args) => validateUndo(run, args) })
  setHandler(
    stopDefinition,
    (args) => {
      const result = stop(run, args)
      if (result.status === 'stopping') work.cancel()
      return result
    },
    { validator: (args) => validateStop(run, args) },
  )
  setHandler(snapshotDefinition, () => snapshotOf(run))
}

function snapshotOf(run: CaseRun): CaseSnapshot {
  const openTasks = Object.values(run.openTasks)
  return {
    at: [run.at],
    visits: run.visits,
    openTasks,
    seq: run.seq,
    status: run.closing ? 'closing' : openTasks.length > 0 ? 'waiting' : 'running',
    facts: untold(run),
    opening: openTasks.flatMap((task) => openingAgain(run, task)),
  }
}

/** Tells the database how the case ended, whatever was cancelled. */
async function close(run: CaseRun, calls: Calls, result: CaseResult): Promise<void> {
  run.closing = true
  run.outcome = result.outcome
  run.openTasks = {}
  const at = new Date().toISOString()
  const { caseId, pilotId } = run.input
  const stepId = result.status === 'done' ? run.at : null
  await CancellationScope.nonCancellable(async () => {
    for (;;) {
      try {
        const facts = untold(run)
        await calls.closeCase(
          { activityId: 'close', summary: result.outcome },
          { caseId, pilotId, ...result, stepId, at, facts },
        )
        told(run, facts)
        break
      } catch (error) {
        if (failureOf(error) === null) throw error
        await sleep(60_000)
      }
    }
    await condition(allHandlersFinished)
  })
}
