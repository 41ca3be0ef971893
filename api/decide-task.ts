import { createHash } from 'node:crypto'
import { can, type Actor } from '#domain/can.ts'
import { canonicalJson } from '#domain/canonical-json.ts'
import { subKey } from '#domain/compile-plan.ts'
import type { CasePlan } from '#domain/plan.ts'
import type { ActorRef, DecideArgs, TaskAction, UndoResult } from '#domain/case-messages.ts'
import { absentProblems, fieldProblems } from '#domain/case-values.ts'
import { changedShare, isSameText } from '#domain/changed-share.ts'
import { maxEditBytes } from '#domain/decide.ts'
import { isProblem, type InputProblem, type Problem } from '#domain/problems.ts'
import type { FieldValues, ProcessMap } from '#domain/process-map.ts'
import type { DecisionBody, DecisionReply, UndoReply } from '#domain/views/tasks.ts'
import { appendFacts } from '#store/case-work.ts'
import { conditionValues } from '#store/cases.ts'
import { inTransaction, type Db } from '#store/db.ts'
import { referenceTo, storeDocument } from '#store/documents.ts'
import { loadVersion } from '#store/processes.ts'
import {
  caseStatus,
  decisionOn,
  loadAttempt,
  noteAttempt,
  noteOutcome,
  noteRefusal,
  noteUndo,
  takenBack,
  whatCameOf,
  type StoredAttempt,
} from '#store/tasks.ts'
import { presentValues } from '#store/views/case-values.ts'
import { loadTask } from '#store/views/task.ts'
import { documentsOf, shownTask, writableFields, type TaskRow } from '#store/views/task-rows.ts'
import type { Engine } from './engine.ts'
import { problemOfRefusal } from './refusals.ts'

/** What deciding needs; sample colleagues decide through the very same function. */
export type DecisionDeps = { db: Db; engine: Engine; now: () => Date }
export type Decider = Pick<Actor, 'id' | 'name' | 'sample' | 'roles'>

const withValues: ReadonlySet<TaskAction> = new Set(['edit', 'complete', 'skip', 'fix-and-retry'])
const letsPass: ReadonlySet<TaskAction> = new Set(['approve', 'edit'])
const needsAll: ReadonlySet<TaskAction> = new Set(['complete', 'skip'])
const needsReason: ReadonlySet<TaskAction> = new Set([
  'send-back',
  'reject',
  'by-hand',
  'cannot-complete',
  'stop',
])

/**
 * Decides a task: notes the attempt with its audit row, asks the case, and stores what the case says at once. The
 * same decision id again gives the same decision; the case has the last word on everything.
 */
export async function decideTask(
  deps: DecisionDeps,
  actor: Decider,
  { taskId, body }: { taskId: string; body: DecisionBody },
): Promise<DecisionReply | Problem> {
  const bodyHash = hashOf(taskId, body)
  const known = await loadAttempt(deps.db, body.decisionId)
  if (known !== null) return repeatAttempt(deps, known, { actor, bodyHash })

  const task = await loadTask(deps.db, taskId)
  if (task === null) return { code: 'TaskNotFound' }
  const prepared = await prepare(deps, actor, { task, body, bodyHash })
  if (isProblem(prepared)) {
    // Sent twice at once, the other may have been taken meanwhile: then the task is as it left it.
    const taken = await loadAttempt(deps.db, body.decisionId)
    return taken === null ? prepared : repeatAttempt(deps, taken, { actor, bodyHash })
  }

  const noted = await inTransaction(deps.db, async (tx) => {
    const isNoted = await noteAttempt(tx, {
      args: prepared.args,
      bodyHash,
      processId: task.process_id,
      roles: task.kind === 'exception' ? ['owner'] : ['owner', 'reviewer'],
      approves: letsPass.has(prepared.args.action),
    })
    if (isNoted && prepared.document !== null) {
      await storeDocument(tx, {
        caseId: task.case_id,
        kind: prepared.args.action === 'edit' ? 'edit' : 'form',
        body: prepared.document.body,
        meta: { by: actor.name, byId: actor.id },
        id: prepared.document.id,
      })
    }
    return isNoted
  })
  if (!noted) return whyNotNoted(deps, actor, { task, body, bodyHash })
  return send(deps, { args: prepared.args, pilot_id: task.pilot_id, case_id: task.case_id })
}

/** What became of a decision; one that is not known yet is asked again under the same id. */
export async function decisionState(
  deps: DecisionDeps,
  decisionId: string,
): Promise<DecisionReply | Problem> {
  const attempt = await loadAttempt(deps.db, decisionId)
  if (attempt === null) return { code: 'NotFound', what: 'decision' }
  if (attempt.outcome !== null && attempt.outcome.status !== 'refused') return replyOf(attempt)
  const reply = await send(deps, attempt)
  return isProblem(reply) && reply.code === 'EngineUnavailable'
    ? { ...replyOf(attempt), status: 'checking' }
    : reply
}

/** Takes a decision back while its window is open. */
export async function undoDecision(
  deps: DecisionDeps,
  actor: Decider,
  decisionId: string,
): Promise<UndoReply | Problem> {
  const attempt = await loadAttempt(deps.db, decisionId)
  if (attempt === null) return { code: 'NotFound', what: 'decision' }
  if (attempt.actor !== actor.id) return { code: 'UndoClosed' }
  await noteUndo(deps.db, {
    decisionId,
    actor: actor.id,
    taskId: attempt.task_id,
    processId: attempt.process_id,
  })
  const told = await deps.engine.undo(addressOf(attempt), {
    undoId: `undo:${decisionId}`,
    decisionId,
    by: refOf(actor),
  })
  switch (told.kind) {
    case 'done':
      await storeUndo(deps.db, attempt, told.result)
      return { taskId: told.result.taskId, taskVersion: told.result.taskVersion }
    case 'refused':
    case 'gone': {
      // It may have been taken back in an earlier history of the case, and only the answer got lost.
      const done = await takenBack(deps.db, { decisionId, caseId: attempt.case_id })
      return done ?? (told.kind === 'gone' ? { code: 'UndoClosed' } : problemOfRefusal(told))
    }
    case 'unsent':
    case 'unanswered':
      return { code: 'EngineUnavailable' }
  }
}

async function storeUndo(db: Db, attempt: StoredAttempt, result: UndoResult): Promise<void> {
  await appendFacts(db, attempt.case_id, result.facts)
}

async function repeatAttempt(
  deps: DecisionDeps,
  known: StoredAttempt,
  { actor, bodyHash }: { actor: Decider; bodyHash: string },
): Promise<DecisionReply | Problem> {
  if (known.actor !== actor.id || known.body_hash !== bodyHash) return { code: 'DecisionIdReused' }
  if (known.outcome !== null && known.outcome.status !== 'refused') {
    return { ...replyOf(known), status: 'duplicate' }
  }
  return send(deps, known)
}

type Prepared = { args: DecideArgs; document: { id: string; body: FieldValues } | null }
type Wanted = { task: TaskRow; body: DecisionBody; bodyHash: string }

/** Everything that can be said before the case is asked, so that a person hears of it in the form's own words. */
async function prepare(
  deps: DecisionDeps,
  actor: Decider,
  { task, body, bodyHash }: Wanted,
): Promise<Prepared | Problem> {
  const refusal = await earlyRefusal(deps, actor, { task, body, bodyHash })
  if (refusal !== null) return refusal

  const version = await loadVersion(deps.db, task.map_id, task.map_version)
  if (version === null) throw new Error(`task ${task.id} has no map version ${task.map_version}`)
  const typed = await typedValues(deps.db, { task, body, map: version.map })
  if (isProblem(typed)) return typed

  const ref = typed.document === null ? null : referenceTo(typed.document)
  if (ref !== null && ref.bytes > maxEditBytes) return { code: 'EditTooLarge', limitBytes: maxEditBytes }
  const openFor = deps.now().getTime() - Date.parse(task.opened_at)
  const args: DecideArgs = {
    decisionId: body.decisionId,
    by: refOf(actor),
    taskId: task.id,
    taskVersion: body.taskVersion,
    shownHash: body.shownHash,
    action: typed.action,
    editRef: ref,
    editedFields: typed.editedFields,
    values: conditionValues(
      await conditionsOf(deps.db, task, version.plan),
      Object.fromEntries(typed.editedFields.map((name) => [name, typed.document?.[name] ?? null])),
    ),
    reason: body.reason?.trim() || null,
    note: body.note?.trim() || null,
    // Nobody can have worked longer on a task than it was open.
    touchMs: body.touchMs === null ? null : Math.max(0, Math.min(body.touchMs, openFor)),
    changedShare: typed.changedShare,
    digest: bodyHash,
  }
  return {
    args,
    document: ref === null || typed.document === null ? null : { id: ref.id, body: typed.document },
  }
}

/** What conditions read in the map of the task; of a contained map as the case's own plan has it. */
async function conditionsOf(db: Db, task: TaskRow, own: CasePlan): Promise<CasePlan['vars']> {
  if (task.map_id === task.process_id) return own.vars
  const outer = await loadVersion(db, task.process_id, task.case_version)
  return outer?.plan.subs?.[subKey({ processId: task.map_id, version: task.map_version })]?.vars ?? own.vars
}

async function earlyRefusal(
  deps: DecisionDeps,
  actor: Decider,
  { task, body }: Wanted,
): Promise<Problem | null> {
  const permission = task.kind === 'exception' ? 'decide-exception' : 'decide-task'
  if (!can({ ...actor }, permission, task.process_id)) return { code: 'NotAllowed', action: permission }
  if (task.status !== 'open') return closedProblem(deps.db, task)
  if (task.is_lost) return { code: 'CaseLost' }
  if (task.version !== body.taskVersion || task.shown_hash !== body.shownHash) {
    return { code: 'TaskStale', version: task.version }
  }
  if (!task.detail.options.includes(body.action)) {
    return { code: 'ActionNotAllowed', options: task.detail.options }
  }
  if (letsPass.has(body.action) && task.detail.fourEyes && task.detail.excluded.includes(actor.id)) {
    await noteRefusal(deps.db, {
      actor: actor.id,
      taskId: task.id,
      processId: task.process_id,
      problem: 'SelfApproval',
    })
    return { code: 'SelfApproval' }
  }
  if (needsReason.has(body.action) && (body.reason ?? '').trim() === '') {
    return { code: 'ReasonRequired', reasons: task.detail.reasons }
  }
  return null
}

type Typed = {
  action: TaskAction
  document: FieldValues | null
  editedFields: string[]
  changedShare: number | null
}

async function typedValues(
  db: Db,
  { task, body, map }: { task: TaskRow; body: DecisionBody; map: ProcessMap },
): Promise<Typed | Problem> {
  const nothing: Typed = { action: body.action, document: null, editedFields: [], changedShare: null }
  if (!withValues.has(body.action)) return nothing
  const given = body.values ?? {}
  const allowed = new Set(writableFields(map, task))
  const errors: InputProblem[] = fieldProblems(map, { allowed, values: given })
  if (needsAll.has(body.action)) errors.push(...absentProblems(map, task.detail.outputs, given))
  if (body.action === 'edit' && Object.keys(given).length === 0) {
    errors.push({ field: 'values', message: 'are missing', mend: 'send the edited fields, or approve' })
  }
  if (errors.length > 0) {
    return { code: 'ValuesInvalid', errors: errors.map((error) => ({ ...error, field: under(error.field) })) }
  }

  if (body.action !== 'edit') {
    const names = Object.keys(given)
    return names.length === 0 ? nothing : { ...nothing, document: given, editedFields: names }
  }
  const known = task.kind === 'exception' ? await presentValues(db, task.case_id) : {}
  const { values: draft } = shownTask(map, task, await documentsOf(db, [task]), known)
  const edited = Object.keys(given).filter((name) => !isSameText(draft[name] ?? null, given[name] ?? null))
  // An edit that changes nothing is an approval.
  if (edited.length === 0) return { ...nothing, action: 'approve' }
  const whole = { ...draft, ...Object.fromEntries(edited.map((name) => [name, given[name] ?? null])) }
  return { action: 'edit', document: whole, editedFields: edited, changedShare: changedShare(draft, whole) }
}

function under(field: string): string {
  return field === 'values' ? field : `values.${field}`
}

/** The task is not open any more: who was first, or how the case ended. */
async function closedProblem(db: Db, task: TaskRow): Promise<Problem> {
  const decided = await decisionOn(db, task.id)
  if (decided !== null) return { code: 'TaskAlreadyDecided', ...decided }
  const state = await caseStatus(db, task.case_id)
  if (state?.ended === true) return { code: 'CaseClosing', outcome: state.outcome }
  return { code: 'TaskStale', version: task.version }
}

/** The statement found that it was not to be: something changed since the task was read a moment ago. */
async function whyNotNoted(
  deps: DecisionDeps,
  actor: Decider,
  wanted: Wanted,
): Promise<DecisionReply | Problem> {
  const known = await loadAttempt(deps.db, wanted.body.decisionId)
  if (known !== null) return repeatAttempt(deps, known, { actor, bodyHash: wanted.bodyHash })
  const task = await loadTask(deps.db, wanted.task.id)
  if (task === null) return { code: 'TaskNotFound' }
  if (task.status !== 'open') return closedProblem(deps.db, task)
  if (task.version !== wanted.body.taskVersion) return { code: 'TaskStale', version: task.version }
  return { code: 'NotAllowed', action: 'decide-task' }
}

type Sendable = Pick<StoredAttempt, 'args' | 'pilot_id' | 'case_id'>

async function send(deps: DecisionDeps, attempt: Sendable): Promise<DecisionReply | Problem> {
  const { args } = attempt
  const told = await deps.engine.decide(addressOf(attempt), args)
  switch (told.kind) {
    case 'done': {
      const { status, undoUntil, taskId, facts } = told.result
      await appendFacts(deps.db, attempt.case_id, facts)
      await noteOutcome(deps.db, args.decisionId, { status, undoUntil })
      return { decisionId: args.decisionId, status, taskId, action: args.action, undoUntil }
    }
    case 'refused':
      return problemOfRefusal(told)
    case 'gone': {
      // The decision may be what ended the case, or be of an earlier history, and only the answer got lost.
      const { decisionId } = args
      const status = await whatCameOf(deps.db, { decisionId, caseId: attempt.case_id })
      if (status !== null) {
        await noteOutcome(deps.db, decisionId, { status, undoUntil: null })
        return {
          decisionId,
          status,
          taskId: args.taskId,
          action: args.action,
          undoUntil: null,
        }
      }
      const task = await loadTask(deps.db, args.taskId)
      return task === null ? { code: 'TaskNotFound' } : goneProblem(deps.db, task)
    }
    case 'unsent':
      return { code: 'EngineUnavailable' }
    case 'unanswered':
      return {
        decisionId: args.decisionId,
        status: 'checking',
        taskId: args.taskId,
        action: args.action,
        undoUntil: null,
      }
  }
}

async function goneProblem(db: Db, task: TaskRow): Promise<Problem> {
  const decided = await decisionOn(db, task.id)
  if (decided !== null) return { code: 'TaskAlreadyDecided', ...decided }
  if (task.is_lost) return { code: 'CaseLost' }
  const state = await caseStatus(db, task.case_id)
  return { code: 'CaseClosing', outcome: state?.outcome ?? null }
}

function replyOf(attempt: StoredAttempt): DecisionReply {
  const { args, outcome } = attempt
  return {
    decisionId: args.decisionId,
    status: outcome?.status === 'counted' ? 'counted' : outcome === null ? 'checking' : 'applied',
    taskId: attempt.task_id,
    action: args.action,
    undoUntil: outcome?.undoUntil ?? null,
  }
}

function addressOf({ pilot_id, case_id }: Pick<Sendable, 'pilot_id' | 'case_id'>): {
  pilotId: string
  caseId: string
} {
  return { pilotId: pilot_id, caseId: case_id }
}

function refOf({ id, name, sample }: Decider): ActorRef {
  return { id, name, sample }
}

/** Time spent may differ in a retry; everything else is the decision. */
function hashOf(taskId: string, { touchMs: _, ...body }: DecisionBody): string {
  return createHash('sha256')
    .update(canonicalJson({ taskId, ...body }))
    .digest('hex')
}
