import {
  CancellationScope,
  allHandlersFinished,
  condition,
  defineUpdate,
  isCancellation,
  setHandler,
  sleep,
} from '@temporalio/workflow'
import {
  commandUpdate,
  decideUpdate,
  deliverUpdate,
  lookUpdate,
  moveUpdate,
  stopUpdate,
  undoUpdate,
  type CaseInput,
  type CaseResult,
  type CommandArgs,
  type CommandResult,
  type DecideArgs,
  type DecideResult,
  type DeliverArgs,
  type DeliverResult,
  type MoveArgs,
  type MoveResult,
  type StopArgs,
  type StopResult,
  type UndoArgs,
  type UndoResult,
} from '#domain/case-messages.ts'
import { currentSemantics, type CasePlan } from '#domain/plan.ts'
import { callsOf, failureOf, flush, told, untold, type Calls } from './calls.ts'
import { startRun, tell, tellAbandoned, type CaseRun } from './case-run.ts'
import {
  command,
  commandWhenOpen,
  deliver,
  move,
  mustWait,
  validateCommand,
  validateMessage,
  validateMove,
} from './commands.ts'
import {
  decide,
  decideWhenOpen,
  stop,
  undo,
  validateDecision,
  validateStop,
  validateUndo,
} from './decisions.ts'
import { noteHistory } from './history.ts'
import { showWhole } from './snapshot.ts'
import { undoSteps } from './undo-steps.ts'
import { walk } from './walk.ts'

const decideDefinition = defineUpdate<DecideResult, [DecideArgs]>(decideUpdate)
const undoDefinition = defineUpdate<UndoResult, [UndoArgs]>(undoUpdate)
const stopDefinition = defineUpdate<StopResult, [StopArgs]>(stopUpdate)
const commandDefinition = defineUpdate<CommandResult, [CommandArgs]>(commandUpdate)
const deliverDefinition = defineUpdate<DeliverResult, [DeliverArgs]>(deliverUpdate)
const moveDefinition = defineUpdate<MoveResult, [MoveArgs]>(moveUpdate)
const lookDefinition = defineUpdate(lookUpdate)

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
  // What people were asked before the history was cut, they are asked by the time that anything comes.
  const isAsked = run.semantics >= 3 && run.root.resumed !== null
  if (!isAsked) receive(run, work)

  try {
    const walking = work.run(() => walk({ run, calls, token: run.root }, null))
    if (isAsked) receive(run, work)
    const walked = await walking
    const outcome = walked.kind === 'end' ? walked.outcome : ''
    await close(run, calls, { status: 'done', outcome })
    return { status: 'done', outcome }
  } catch (error) {
    if (!isCancellation(error)) throw error
    if (run.takesBack && run.undoable.length > 0) await takeBack(run, calls)
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
  setHandler(
    decideDefinition,
    taken(run, (args) => (args.taskId in run.opening ? decideWhenOpen(run, args) : decide(run, args))),
    { validator: (args) => validateDecision(run, args) },
  )
  setHandler(
    undoDefinition,
    taken(run, (args) => undo(run, args)),
    { validator: (args) => validateUndo(run, args) },
  )
  setHandler(
    stopDefinition,
    taken(run, (args) => {
      const result = stop(run, args)
      if (result.status === 'stopping') work.cancel()
      return result
    }),
    { validator: (args) => validateStop(run, args) },
  )
  // Never accepted: the validator's refusal is the answer.
  setHandler(lookDefinition, () => undefined, { validator: () => showWhole(run) })
  setHandler(
    commandDefinition,
    taken(run, (args) => (mustWait(run, args) ? commandWhenOpen(run, args) : command(run, args))),
    { validator: (args) => validateCommand(run, args) },
  )
  setHandler(
    deliverDefinition,
    taken(run, (args) => deliver(run, args)),
    { validator: (args) => validateMessage(run, args) },
  )
  setHandler(
    moveDefinition,
    taken(run, (args) => move(run, args)),
    { validator: (args) => validateMove(run, args) },
  )
}

/** What is taken stands in the history, also when it changes nothing. */
function taken<Args, Result>(run: CaseRun, take: (args: Args) => Result): (args: Args) => Result {
  return (args) => {
    noteHistory(run)
    return take(args)
  }
}

/** Leaves what the case was at, and undoes what it has done; nobody can call this off. */
async function takeBack(run: CaseRun, calls: Calls): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    for (const token of run.tokens) {
      if (token.opened !== null) tellAbandoned(run, token, token.opened.visit)
      if (token.visit !== null) tellAbandoned(run, token, token.visit)
    }
    run.openTasks = {}
    run.opening = {}
    run.pausedAt = null
    run.closing = false
    await flush(run, calls)
    await undoSteps(run, calls)
  })
}

function tellUnread(run: CaseRun): void {
  for (const [message, { early }] of Object.entries(run.mail)) {
    if (early !== null) tell(run, { type: 'message-unread', message, messageId: early.messageId })
  }
}

/** Tells the database how the case ended, whatever was cancelled. */
async function close(run: CaseRun, calls: Calls, result: CaseResult): Promise<void> {
  run.closing = true
  run.outcome = result.outcome
  run.openTasks = {}
  run.opening = {}
  if (run.semantics >= 4) tellUnread(run)
  const at = new Date().toISOString()
  const { caseId, pilotId } = run.input
  const stepId = result.status === 'done' ? run.root.at : null
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
