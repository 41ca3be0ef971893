import { ApplicationFailure } from '@temporalio/workflow'
import type {
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
import { checkDecision, type DecisionRefusal } from '#domain/decide.ts'
import { applyEdit, countTouch, tell, type CaseRun } from './case-run.ts'
import { refreshShown } from './task-shown.ts'

type Refusal = DecisionRefusal | { code: 'UndoClosed' }

function refuse(refusal: Refusal): never {
  throw ApplicationFailure.nonRetryable(`refused: ${refusal.code}`, refusal.code, refusal)
}

export function validateDecision(run: CaseRun, decision: DecideArgs): void {
  const check = checkDecision(run, decision)
  if (check.kind === 'refused') refuse(check.refusal)
}

/**
 * Takes a decision. The check comes again, since an interceptor may have let another decision in after the
 * validator; nothing is awaited between the check and the change.
 */
export function decide(run: CaseRun, sent: DecideArgs): DecideResult {
  const check = checkDecision(run, sent)
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
      if (task === undefined) throw new Error(`task ${sent.taskId} was checked and is gone`)
      run.updates += 1
      // An edit that changes nothing is an approval.
      const decision: DecideArgs =
        sent.action === 'edit' && sent.editedFields.length === 0 ? { ...sent, action: 'approve' } : sent
      return isVote(task, decision) ? countVote(run, task, decision) : settle(run, task, decision)
    }
  }
}

function isVote(task: OpenTask, { action }: DecideArgs): boolean {
  if (task.need < 2) return false
  return action === 'edit' || (action === 'approve' && task.votes.length + 1 < task.need)
}

/** One approval of several. An edit makes the earlier ones void: they were for another text. */
function countVote(run: CaseRun, task: OpenTask, decision: DecideArgs): DecideResult {
  if (decision.action === 'edit') {
    editDraft(run, task, decision)
    const step = run.plan.steps[task.stepId]
    const ownEdit = step?.kind === 'review' && step.fourEyes
    task.votes = ownEdit ? [] : [decision.by.id]
    if (ownEdit) task.excluded = [...new Set([...task.excluded, decision.by.id])]
    task.version += 1
    refreshShown(run, task)
  } else {
    task.votes = [...task.votes, decision.by.id]
  }
  if (run.visit !== null) countTouch(run.visit, decision.touchMs)
  remember(run, decision, 'counted')
  const fact = tell(run, {
    type: 'vote-counted',
    stepId: task.stepId,
    execId: task.execId,
    taskId: task.taskId,
    by: decision.by,
    votes: task.votes.length,
  })
  return { status: 'counted', taskId: task.taskId, undoUntil: null, facts: [fact] }
}

/** A reviewer's words take the place of the draft's; who drafted it stays known. */
export function editDraft(run: CaseRun, task: OpenTask, decision: DecideArgs): void {
  applyEdit(run, decision, task.outputs)
  const step = run.plan.steps[task.stepId]
  if (step?.kind !== 'review' || decision.editRef === null) return
  run.drafts[step.reviews] = { ref: decision.editRef, by: run.drafts[step.reviews]?.by ?? 'person' }
}

function settle(run: CaseRun, task: OpenTask, decision: DecideArgs): DecideResult {
  const now = Date.now()
  delete run.openTasks[task.taskId]
  run.decided[task.taskId] = {
    taskVersion: task.version,
    by: decision.by.name,
    at: now,
    action: decision.action,
  }
  run.answers[task.taskId] = decision
  if (run.input.undoMs > 0) {
    run.held = { decision, task, until: now + run.input.undoMs, undone: false }
  }
  remember(run, decision, 'applied')
  const fact = tell(run, {
    type: 'task-decided',
    stepId: task.stepId,
    execId: task.execId,
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
    ...draftOutcome(run, task, decision),
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
  run: CaseRun,
  task: OpenTask,
  { action }: DecideArgs,
): { draft: DraftOutcome; draftStepId: string | null } {
  const step = run.plan.steps[task.stepId]
  const draft = draftOutcomes[action]
  if (step?.kind !== 'review' || task.kind !== 'review' || draft === undefined) {
    return { draft: null, draftStepId: null }
  }
  return run.drafts[step.reviews]?.by === 'ai'
    ? { draft, draftStepId: step.reviews }
    : { draft: null, draftStepId: null }
}

function undoUntil(run: CaseRun, decisionId: string): string | null {
  return run.held?.decision.decisionId === decisionId && !run.held.undone
    ? new Date(run.held.until).toISOString()
    : null
}

export function validateUndo(run: CaseRun, args: UndoArgs): void {
  const { held } = run
  if (run.closing) refuse({ code: 'CaseClosing', outcome: run.outcome })
  if (held === null || held.undone || held.decision.decisionId !== args.decisionId) {
    refuse({ code: 'UndoClosed' })
  }
  if (held.decision.by.id !== args.by.id) refuse({ code: 'UndoClosed' })
}

/** Takes a decision back while it is held: the task is open again, under a higher version. */
export function undo(run: CaseRun, args: UndoArgs): UndoResult {
  validateUndo(run, args)
  const { held } = run
  if (held === null) throw new Error(`decision ${args.decisionId} was checked and is gone`)
  held.undone = true
  run.updates += 1
  const { task, decision } = held
  delete run.decided[task.taskId]
  delete run.answers[task.taskId]
  task.version += 1
  run.openTasks[task.taskId] = task
  const fact = tell(run, {
    type: 'task-undone',
    stepId: task.stepId,
    execId: task.execId,
    taskId: task.taskId,
    version: task.version,
    decisionId: decision.decisionId,
    by: args.by,
    touchMs: decision.touchMs,
    ...draftOutcome(run, task, decision),
  })
  return { taskId: task.taskId, taskVersion: task.version, facts: [fact] }
}

export function validateStop(run: CaseRun, args: StopArgs): void {
  if (run.closing && !run.stopIds.includes(args.stopId)) {
    refuse({ code: 'CaseClosing', outcome: run.outcome })
  }
}

/** Marks the case as closing; the caller cancels what is under way. */
export function stop(run: CaseRun, args: StopArgs): StopResult {
  validateStop(run, args)
  if (run.stopIds.includes(args.stopId)) return { status: 'duplicate' }
  run.stopIds.push(args.stopId)
  run.updates += 1
  run.closing = true
  run.outcome = `Stopped by ${args.by.name}: ${args.reason}`
  return { status: 'stopping' }
}
