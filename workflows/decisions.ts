import { ApplicationFailure, condition } from '@temporalio/workflow'
import type {
  CommandRefusal,
  DecideArgs,
  DecideResult,
  OpenTask,
  StopArgs,
  StopResult,
  TaskAction,
  UndoArgs,
  UndoResult,
} from '#domain/case-messages.ts'
import type { CaseEventOf } from '#domain/case-events.ts'
import { checkDecision, type DecisionCheck, type DecisionRefusal } from '#domain/decide.ts'
import {
  applyEdit,
  countTouch,
  tell,
  type CaseRun,
  type HeldDecision,
  type Scope,
  type Token,
  type Visit,
} from './case-run.ts'
import { refreshShown } from './task-shown.ts'

type Asker = { token: Token; visit: Visit }
type Refusal = DecisionRefusal | CommandRefusal | { code: 'UndoClosed' }

/** Answers an update with the reason why it is not taken. */
export function refuse(refusal: Refusal): never {
  throw ApplicationFailure.nonRetryable(`refused: ${refusal.code}`, refusal.code, refusal)
}

export function validateDecision(run: CaseRun, decision: DecideArgs): void {
  // The draft is stored, and its gate open for all to see, a moment before the case hears of it.
  if (decision.taskId in run.opening) return
  const check = checked(run, decision)
  if (check.kind === 'refused') refuse(check.refusal)
}

/** Values are checked against what conditions of the task's own map read. */
function checked(run: CaseRun, decision: DecideArgs): DecisionCheck {
  const scope = run.asking[decision.taskId]?.token.scope
  return checkDecision(scope === undefined ? run : { ...run, valueTypes: scope.plan.vars }, decision)
}

/** Takes a decision as soon as its task is open. */
export async function decideWhenOpen(run: CaseRun, sent: DecideArgs): Promise<DecideResult> {
  await condition(() => !(sent.taskId in run.opening))
  return decide(run, sent)
}

/**
 * Takes a decision. The check comes again, since an interceptor may have let another decision in after the
 * validator; nothing is awaited between the check and the change.
 */
export function decide(run: CaseRun, sent: DecideArgs): DecideResult {
  const check = checked(run, sent)
  switch (check.kind) {
    case 'refused':
      return refuse(check.refusal)
    case 'repeat':
      return {
        status: 'duplicate',
        taskId: check.record.taskId,
        undoUntil: undoUntil(run, sent.decisionId),
        facts: [...run.facts],
      }
    case 'new': {
      const task = run.openTasks[sent.taskId]
      const asker = run.asking[sent.taskId]
      if (task === undefined || asker === undefined)
        throw new Error(`task ${sent.taskId} was checked and is gone`)
      run.updates += 1
      // An edit that changes nothing is an approval.
      const decision: DecideArgs =
        sent.action === 'edit' && sent.editedFields.length === 0 ? { ...sent, action: 'approve' } : sent
      return isVote(task, decision)
        ? countVote(run, asker, task, decision)
        : settle(run, asker, task, decision)
    }
  }
}

function isVote(task: OpenTask, { action }: DecideArgs): boolean {
  if (task.need < 2) return false
  return action === 'edit' || (action === 'approve' && task.votes.length + 1 < task.need)
}

/** One approval of several. An edit makes the earlier ones void: they were for another text. */
function countVote(
  run: CaseRun,
  { token, visit }: Asker,
  task: OpenTask,
  decision: DecideArgs,
): DecideResult {
  if (decision.action === 'edit') {
    editDraft(token.scope, task, decision)
    const step = token.scope.plan.steps[task.stepId]
    const ownEdit = step?.kind === 'review' && step.fourEyes
    task.votes = ownEdit ? [] : [decision.by.id]
    if (ownEdit) task.excluded = [...new Set([...task.excluded, decision.by.id])]
    task.version += 1
    refreshShown(token, visit, task)
  } else {
    task.votes = [...task.votes, decision.by.id]
  }
  countTouch(visit, decision.touchMs)
  remember(run, decision, 'counted')
  const fact = tell(run, {
    type: 'vote-counted',
    ...ofTask(token, task),
    taskId: task.taskId,
    decisionId: decision.decisionId,
    by: decision.by,
    votes: task.votes.length,
  })
  return { status: 'counted', taskId: task.taskId, undoUntil: null, facts: [fact] }
}

/** A reviewer's words take the place of the draft's; who drafted it stays known. */
export function editDraft(scope: Scope, task: OpenTask, decision: DecideArgs): void {
  applyEdit(scope, decision, task.outputs)
  const step = scope.plan.steps[task.stepId]
  if (step?.kind !== 'review' || decision.editRef === null) return
  scope.drafts[step.reviews] = { ref: decision.editRef, by: scope.drafts[step.reviews]?.by ?? 'person' }
}

/** A task that keeps its id over a move has been opened by an earlier visit. */
function ofTask({ scope }: Token, task: OpenTask): { stepId: string; execId: string } {
  return { stepId: `${scope.prefix}${task.stepId}`, execId: task.execId }
}

function settle(run: CaseRun, { token }: Asker, task: OpenTask, decision: DecideArgs): DecideResult {
  const now = Date.now()
  delete run.openTasks[task.taskId]
  run.decided[task.taskId] = {
    taskVersion: task.version,
    by: decision.by.name,
    at: now,
    action: decision.action,
  }
  run.answers[task.taskId] = decision
  if (run.input.undoMs > 0 && !run.stopping) {
    run.held[task.taskId] = { decision, task, until: now + run.input.undoMs, undone: false }
  }
  remember(run, decision, 'applied')
  const fact = tell(run, {
    type: 'task-decided',
    ...ofTask(token, task),
    taskId: task.taskId,
    version: task.version,
    kind: task.kind,
    decisionId: decision.decisionId,
    action: decision.action,
    by: decision.by,
    reason: decision.reason,
    note: decision.note,
    touchMs: decision.touchMs,
    changedShare: decision.changedShare,
    ...draftOutcome(token.scope, task, decision),
  })
  return {
    status: 'applied',
    taskId: task.taskId,
    undoUntil: undoUntil(run, decision.decisionId),
    facts: [fact],
  }
}

function remember(run: CaseRun, decision: DecideArgs, status: 'applied' | 'counted'): void {
  const { decisionId, digest, taskId, action, by } = decision
  run.decisions[decisionId] = { digest, taskId, action, by, at: Date.now(), status }
}

type DraftOutcome = CaseEventOf<'task-decided'>['draft']

const draftOutcomes: Partial<Record<TaskAction, NonNullable<DraftOutcome>>> = {
  approve: 'accepted',
  edit: 'edited',
  'send-back': 'sent-back',
  reject: 'rejected',
  'by-hand': 'by-hand',
}

/** What became of a model's draft; work done by a person is not counted as a draft. */
function draftOutcome(
  scope: Scope,
  task: OpenTask,
  { action }: DecideArgs,
): { draft: DraftOutcome; draftStepId: string | null } {
  const step = scope.plan.steps[task.stepId]
  const draft = draftOutcomes[action]
  if (step?.kind !== 'review' || task.kind !== 'review' || draft === undefined) {
    return { draft: null, draftStepId: null }
  }
  return scope.drafts[step.reviews]?.by === 'ai'
    ? { draft, draftStepId: `${scope.prefix}${step.reviews}` }
    : { draft: null, draftStepId: null }
}

function heldBy(run: CaseRun, decisionId: string): HeldDecision | null {
  return (
    Object.values(run.held).find((held) => held.decision.decisionId === decisionId && !held.undone) ?? null
  )
}

function undoUntil(run: CaseRun, decisionId: string): string | null {
  const held = heldBy(run, decisionId)
  return held === null ? null : new Date(held.until).toISOString()
}

export function validateUndo(run: CaseRun, args: UndoArgs): void {
  if (run.closing || run.stopping) refuse({ code: 'CaseClosing', outcome: run.outcome })
  const held = heldBy(run, args.decisionId)
  if (held === null || held.decision.by.id !== args.by.id) refuse({ code: 'UndoClosed' })
}

/** Takes a decision back while it is held: the task is open again, under a higher version. */
export function undo(run: CaseRun, args: UndoArgs): UndoResult {
  validateUndo(run, args)
  const held = heldBy(run, args.decisionId)
  const asker = held === null ? undefined : run.asking[held.task.taskId]
  if (held === null || asker === undefined) {
    throw new Error(`decision ${args.decisionId} was checked and is gone`)
  }
  held.undone = true
  run.updates += 1
  const { task, decision } = held
  delete run.decided[task.taskId]
  delete run.answers[task.taskId]
  task.version += 1
  run.openTasks[task.taskId] = task
  const fact = tell(run, {
    type: 'task-undone',
    ...ofTask(asker.token, task),
    taskId: task.taskId,
    version: task.version,
    decisionId: decision.decisionId,
    by: args.by,
    touchMs: decision.touchMs,
    ...draftOutcome(asker.token.scope, task, decision),
  })
  return { taskId: task.taskId, taskVersion: task.version, facts: [fact] }
}

export function validateStop(run: CaseRun, args: StopArgs): void {
  if ((run.closing || run.stopping) && !run.stopIds.includes(args.stopId)) {
    refuse({ code: 'CaseClosing', outcome: run.outcome })
  }
}

/** Marks the case as stopping; the caller cancels what is under way. */
export function stop(run: CaseRun, args: StopArgs): StopResult {
  validateStop(run, args)
  if (run.stopIds.includes(args.stopId)) return { status: 'duplicate' }
  run.stopIds.push(args.stopId)
  run.updates += 1
  beginStop(run, {
    outcome: `Stopped by ${args.by.name}: ${args.reason}`,
    compensate: args.compensate ?? false,
  })
  return { status: 'stopping' }
}

/**
 * From here on nothing goes on, and nothing can be decided before something is to be undone: by now, or by what
 * is still under way.
 */
export function beginStop(
  run: CaseRun,
  { outcome, compensate }: { outcome: string; compensate: boolean },
): void {
  run.stopping = true
  run.outcome = outcome
  run.takesBack = compensate
  run.closing = !compensate || run.undoable.length === 0
}
