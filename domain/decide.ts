import type { DecideArgs, DecisionRecord, OpenTask, TaskAction } from './case-messages.ts'

/** The parts of a case that a decision is checked against. */
export type DecidableCase = {
  closing: boolean
  outcome: string | null
  openTasks: Record<string, OpenTask>
  /** Decided tasks, so that the loser learns who was first. */
  decided: Record<string, { taskVersion: number; by: string; at: number; action: TaskAction }>
  decisions: Record<string, DecisionRecord>
  valueTypes: Record<string, 'string' | 'double' | 'bool'>
}

export const maxEditBytes = 200_000

export type DecisionRefusal =
  | { code: 'DecisionIdReused' }
  | { code: 'CaseClosing'; outcome: string | null }
  | { code: 'TaskNotFound' }
  | { code: 'TaskAlreadyDecided'; by: string; at: string; action: string }
  | { code: 'TaskStale'; version: number }
  | { code: 'ActionNotAllowed'; options: string[] }
  | { code: 'SelfApproval' }
  | { code: 'AlreadyVoted' }
  | { code: 'ReasonRequired'; reasons: string[] }
  | { code: 'EditTooLarge'; limitBytes: number }
  | { code: 'ValuesInvalid'; errors: { field: string; message: string; mend: string }[] }

export type DecisionCheck =
  | { kind: 'new' }
  | { kind: 'repeat'; record: DecisionRecord }
  | { kind: 'refused'; refusal: DecisionRefusal }

const needsReason: ReadonlySet<TaskAction> = new Set([
  'send-back',
  'reject',
  'by-hand',
  'cannot-complete',
  'stop',
])
const needsValues: ReadonlySet<TaskAction> = new Set(['complete', 'skip'])
const approves: ReadonlySet<TaskAction> = new Set(['approve', 'edit'])

/**
 * Whether a decision counts. The validator and the handler of the Update both call it, since other decisions
 * may have come in between. The first rule that fails wins.
 */
export function checkDecision(state: DecidableCase, decision: DecideArgs): DecisionCheck {
  const known = state.decisions[decision.decisionId]
  if (known !== undefined) {
    return known.digest === decision.digest
      ? { kind: 'repeat', record: known }
      : { kind: 'refused', refusal: { code: 'DecisionIdReused' } }
  }
  const refusal = refusalOf(state, decision)
  return refusal === null ? { kind: 'new' } : { kind: 'refused', refusal }
}

function refusalOf(state: DecidableCase, decision: DecideArgs): DecisionRefusal | null {
  if (state.closing) return { code: 'CaseClosing', outcome: state.outcome }

  const task = state.openTasks[decision.taskId]
  const decided = state.decided[decision.taskId]
  if (task === undefined) {
    if (decided === undefined) return { code: 'TaskNotFound' }
    return {
      code: 'TaskAlreadyDecided',
      by: decided.by,
      at: new Date(decided.at).toISOString(),
      action: decided.action,
    }
  }
  if (decision.taskVersion !== task.version || decision.shownHash !== task.shownHash) {
    return { code: 'TaskStale', version: task.version }
  }
  if (!task.options.includes(decision.action)) return { code: 'ActionNotAllowed', options: task.options }
  if (approves.has(decision.action)) {
    if (task.excluded.includes(decision.by.id)) return { code: 'SelfApproval' }
    if (task.votes.includes(decision.by.id)) return { code: 'AlreadyVoted' }
  }
  if (needsReason.has(decision.action) && (decision.reason === null || decision.reason.trim() === '')) {
    return { code: 'ReasonRequired', reasons: task.reasons }
  }
  if ((decision.editRef?.bytes ?? 0) > maxEditBytes) return { code: 'EditTooLarge', limitBytes: maxEditBytes }
  const errors = valueErrors(state, task, decision)
  return errors.length > 0 ? { code: 'ValuesInvalid', errors } : null
}

function valueErrors(
  state: DecidableCase,
  task: OpenTask,
  decision: DecideArgs,
): { field: string; message: string; mend: string }[] {
  const errors: { field: string; message: string; mend: string }[] = []
  if (decision.action === 'edit' && decision.editRef === null) {
    errors.push({
      field: 'values',
      message: 'no edited values came',
      mend: 'send the edited fields, or approve',
    })
  }
  if (needsValues.has(decision.action) && task.outputs.length > 0 && decision.editRef === null) {
    errors.push({
      field: 'values',
      message: 'the fields of this step are missing',
      mend: `fill in ${task.outputs.join(', ')}`,
    })
  }
  for (const [name, value] of Object.entries(decision.values)) {
    const type = state.valueTypes[name]
    if (type === undefined || value === null) continue
    const fits = { string: 'string', double: 'number', bool: 'boolean' }[type]
    if (typeof value !== fits) {
      errors.push({ field: name, message: `is a ${typeof value}`, mend: `give a ${fits}` })
    }
  }
  return errors
}
