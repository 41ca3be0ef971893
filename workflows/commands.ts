import { condition } from '@temporalio/workflow'
import type {
  CommandArgs,
  CommandResult,
  DeliverArgs,
  DeliverResult,
  Fact,
  MoveArgs,
  MoveResult,
} from '#domain/case-messages.ts'
import { stepsAhead, waysOn } from '#domain/plan-ahead.ts'
import type { CasePlan, PlanStep } from '#domain/plan.ts'
import {
  isKnown,
  pathOf,
  tell,
  tellEntered,
  ofVisit,
  type CaseRun,
  type Token,
  type Visit,
} from './case-run.ts'
import { refuse } from './decisions.ts'
import { canMoveNow, countUpdate, isSafePoint, whyNotHere } from './history.ts'

function refuseWhenClosing(run: CaseRun): void {
  if (run.closing || run.stopping) refuse({ code: 'CaseClosing', outcome: run.outcome })
}

export function validateCommand(run: CaseRun, args: CommandArgs): void {
  checkCommand(run, args)
  // A case that is about to move is at no step for this moment.
  if (run.moving !== null && args.kind === 'raise-exception' && !isKnown(run, args)) {
    refuse({ code: 'StepNotLive', stepId: args.stepId })
  }
}

function checkCommand(run: CaseRun, args: CommandArgs): void {
  if (isKnown(run, args)) return
  refuseWhenClosing(run)
  switch (args.kind) {
    case 'pause':
    case 'resume':
    case 'come-back':
      return
    case 'go-by-hand':
      if (args.stepId !== null && !canGoByHand(run, args.stepId)) {
        refuse({ code: 'StepNotLive', stepId: args.stepId })
      }
      return
    case 'raise-exception':
      if (liveAt(run, args.stepId).length > 0 || isComing(run, args.stepId)) return
      refuse({ code: 'StepNotLive', stepId: args.stepId })
  }
}

/** A gate is there for all to see a moment before its case hears that the draft has opened it. */
export async function commandWhenOpen(run: CaseRun, args: CommandArgs): Promise<CommandResult> {
  if (args.kind === 'raise-exception') {
    await condition(() => liveAt(run, args.stepId).length > 0 || !isComing(run, args.stepId))
  }
  return command(run, args)
}

export function mustWait(run: CaseRun, args: CommandArgs): boolean {
  return args.kind === 'raise-exception' && liveAt(run, args.stepId).length === 0
}

function isComing(run: CaseRun, path: string): boolean {
  return Object.keys(run.opening).some((taskId) => {
    const asker = run.asking[taskId]
    return asker !== undefined && pathOf(asker.token.scope, asker.visit.stepId) === path
  })
}

/** Does what an owner says, at once; what follows from it, the walk does. */
export function command(run: CaseRun, args: CommandArgs): CommandResult {
  if (isKnown(run, args)) return { status: 'duplicate', facts: [...run.facts] }
  checkCommand(run, args)
  const facts = carryOut(run, args)
  run.commands.push(args.commandId)
  countUpdate(run)
  return { status: facts.length === 0 ? 'unchanged' : 'applied', facts }
}

function carryOut(run: CaseRun, args: CommandArgs): Fact[] {
  const { reason } = args
  const told = toldBy(run, args)
  const { control } = run
  switch (args.kind) {
    case 'pause':
      if (run.pausedAt !== null) return []
      run.pausedAt = Date.now()
      control.paused = true
      return [tell(run, { type: 'case-paused', ...told, reason })]
    case 'resume':
      return run.pausedAt === null ? [] : [resume(run, args, run.pausedAt)]
    case 'go-by-hand': {
      const { stepId } = args
      if (stepId === null ? control.byHand : control.byHandSteps.includes(stepId)) return []
      if (stepId === null) control.byHand = true
      else control.byHandSteps.push(stepId)
      for (const token of run.tokens) {
        if (!isAtWork(token) || (stepId !== null && pathAt(token) !== stepId)) continue
        token.interrupt = { kind: 'by-hand' }
        token.cancelWork?.()
      }
      return [tell(run, { type: 'went-by-hand', ...told, reason, onlyStep: stepId })]
    }
    case 'come-back': {
      const { stepId } = args
      if (stepId === null ? !control.byHand : !control.byHandSteps.includes(stepId)) return []
      if (stepId === null) control.byHand = false
      else control.byHandSteps = control.byHandSteps.filter((step) => step !== stepId)
      for (const token of run.tokens) {
        if (stepId !== null && pathAt(token) !== stepId) continue
        if (isDoneInstead(run, token)) token.interrupt = { kind: 'again' }
      }
      return [tell(run, { type: 'came-back', ...told, onlyStep: stepId })]
    }
    case 'raise-exception':
      return liveAt(run, args.stepId).flatMap((live) => raise(run, live, args))
  }
}

/** Who says so, and from semantics 3 on by which command. */
function toldBy(
  run: CaseRun,
  { by, commandId }: CommandArgs,
): Pick<CommandArgs, 'by'> & { commandId?: string } {
  return run.semantics >= 3 ? { by, commandId } : { by }
}

function resume(run: CaseRun, args: CommandArgs, pausedAt: number): Fact {
  const pausedMs = Math.max(0, Date.now() - pausedAt)
  run.pausedAt = null
  run.control.paused = false
  run.stoodStillMs += pausedMs
  const dues: { taskId: string; dueAt: string }[] = []
  for (const task of Object.values(run.openTasks)) {
    if (task.dueAt === null) continue
    task.dueAt += pausedMs
    dues.push({ taskId: task.taskId, dueAt: new Date(task.dueAt).toISOString() })
  }
  return tell(run, { type: 'case-resumed', ...toldBy(run, args), pausedMs, dues })
}

function raise(
  run: CaseRun,
  { token, visit }: Live,
  args: Extract<CommandArgs, { kind: 'raise-exception' }>,
): Fact[] {
  const { by, code, note } = args
  const message = note === '' ? `${by.name} says that the case does not fit here.` : note
  token.interrupt = { kind: 'problem', failure: { cause: `business:${code}`, message, raw: null } }
  token.cancelWork?.()
  const entered = run.facts.length
  tellEntered(run, token, visit)
  tell(run, { type: 'exception-raised', ...ofVisit(token, visit), ...toldBy(run, args), code, note })
  return run.facts.slice(entered)
}

function pathAt({ scope, at }: Token): string {
  return pathOf(scope, at)
}

function stepOf({ scope, at }: Token): PlanStep | undefined {
  return scope.plan.steps[at]
}

/** Work that is done without people, under way or about to begin. */
function isAtWork(token: Token): boolean {
  const kind = stepOf(token)?.kind
  return token.cancelWork !== null && (kind === 'ai' || kind === 'call')
}

/** A person does what the map gives to AI or to another system, and has not yet decided. */
function isDoneInstead(run: CaseRun, token: Token): boolean {
  const kind = stepOf(token)?.kind
  if (kind !== 'ai' && kind !== 'call') return false
  return Object.values(run.openTasks).some(
    (task) => task.kind === 'by-hand' && run.asking[task.taskId]?.token === token,
  )
}

type Live = { token: Token; visit: Visit }

/** Where somebody, or something, is waited for at this step right now. */
function liveAt(run: CaseRun, path: string): Live[] {
  return run.tokens.flatMap((token) => {
    // A gate that its draft has opened waits for people, also while the case stands still before it.
    const visit = token.opened?.visit ?? token.visit
    const isHere = visit !== null && pathOf(token.scope, visit.stepId) === path
    return isHere && isWaiting(run, { token, visit }) ? [{ token, visit }] : []
  })
}

function isWaiting(run: CaseRun, { token, visit }: Live): boolean {
  if (token.interrupt !== null) return false
  if (visit === token.visit && (token.cancelWork !== null || stepOf(token)?.kind === 'wait')) return true
  return Object.values(run.openTasks).some(
    ({ taskId, kind }) =>
      kind !== 'exception' && run.asking[taskId]?.visit === visit && !(taskId in run.opening),
  )
}

/** Only what AI or another system does can be done by hand instead. */
function canGoByHand(run: CaseRun, path: string): boolean {
  return [run.plan, ...Object.values(run.plan.subs ?? {})].some((plan) => {
    const kind = plan.steps[path.slice(path.lastIndexOf('/') + 1)]?.kind
    return kind === 'ai' || kind === 'call'
  })
}

/**
 * One message may come before the case waits for it; each further one is taken only while the case waits again, and
 * not beside one that nobody has taken up yet.
 */
export function validateMessage(run: CaseRun, args: DeliverArgs): void {
  checkMessage(run, args)
  const { ids = [] } = run.mail[args.message] ?? {}
  if (ids.includes(args.messageId)) return
  if (ids.length > 0 && !comesTo(run, args.message)) refuseRepeated(run, args.message)
  if (!canStillCome(run, args.message)) refuse({ code: 'MessageTooLate', message: args.message })
}

/** Whether any way on leads to a step that waits for such a message. */
function canStillCome(run: CaseRun, message: string): boolean {
  const awaits = (steps: Iterable<PlanStep>): boolean =>
    [...steps].some(
      (step) =>
        (step.kind === 'wait' && step.message === message) ||
        (step.kind === 'sub-process' && awaits(Object.values(run.plan.subs?.[step.sub]?.steps ?? {}))),
    )
  // Entries of a list may all come there yet.
  if (run.tokens.some(({ scope }) => scope.item !== '' || scope.prefix.includes('['))) return true
  return run.tokens.some(({ scope, at }) => {
    if (awaits(stepsAhead(scope.plan, [at]).values())) return true
    let plan: Pick<CasePlan, 'steps'> | undefined = run.plan
    return scope.prefix
      .split('/')
      .slice(0, -1)
      .some((around) => {
        const step: PlanStep | undefined = plan?.steps[around]
        if (plan === undefined || step?.kind !== 'sub-process') return true
        const isAhead = awaits(stepsAhead(plan, waysOn(step)).values())
        plan = run.plan.subs?.[step.sub]
        return isAhead
      })
  })
}

function checkMessage(run: CaseRun, args: DeliverArgs): void {
  const waits = waitsFor(run, args.message)
  if (waits.length === 0) refuse({ code: 'UnknownMessage', messages: messagesOf(run) })
  const mail = run.mail[args.message]
  if (mail?.ids.includes(args.messageId) === true) return
  refuseWhenClosing(run)
  if (mail?.early != null || !canCome(run, args.message)) refuseRepeated(run, args.message)
}

function refuseRepeated(run: CaseRun, message: string): never {
  const mail = run.mail[message]
  const first = mail?.early?.messageId ?? mail?.ids.at(-1)
  refuse({ code: 'MessageRepeated', message, ...(first === undefined ? {} : { first }) })
}

/** Whether the case is at a step that waits for such a message. */
function comesTo(run: CaseRun, message: string): boolean {
  return run.tokens.some((token) => {
    const step = stepOf(token)
    return step?.kind === 'wait' && step.message === message
  })
}

/** Takes a message for the step that waits for it, or will: one at a time. */
export function deliver(run: CaseRun, args: DeliverArgs): DeliverResult {
  // Not the whole of `validateMessage`: what an earlier build has accepted is taken in every replay.
  checkMessage(run, args)
  const before = run.mail[args.message]
  if (before?.ids.includes(args.messageId) === true) return { status: 'duplicate', facts: [...run.facts] }
  const isAwaited = run.tokens.some((token) => {
    const step = stepOf(token)
    return step?.kind === 'wait' && step.message === args.message && token.visit?.entered === true
  })
  run.mail[args.message] = { ids: [...(before?.ids ?? []), args.messageId], early: args }
  countUpdate(run)
  return { status: isAwaited ? 'delivered' : 'kept', facts: [] }
}

type Wait = { key: string; maxVisits: number }

/** Every step of the case's maps that waits for a message, by the end of its path. */
function waitsFor(run: CaseRun, message: string): Wait[] {
  return [run.plan, ...Object.values(run.plan.subs ?? {})].flatMap((plan) =>
    Object.entries(plan.steps).flatMap(([key, step]) =>
      step.kind === 'wait' && step.message === message ? [{ key, maxVisits: step.maxVisits }] : [],
    ),
  )
}

function messagesOf(run: CaseRun): string[] {
  const all = [run.plan, ...Object.values(run.plan.subs ?? {})].flatMap((plan) =>
    Object.values(plan.steps).flatMap((step) =>
      step.kind === 'wait' && step.message !== null ? [step.message] : [],
    ),
  )
  return [...new Set(all)].toSorted()
}

/** A wait takes one message for each time that the case may come there; each entry of a list comes by itself. */
function canCome(run: CaseRun, message: string): boolean {
  if (comesTo(run, message)) return true
  const taken = run.mail[message]?.ids.length ?? 0
  return taken < waitsFor(run, message).reduce((sum, { maxVisits }) => sum + maxVisits, 0)
}

export function validateMove(run: CaseRun, args: MoveArgs): void {
  if (isKnownMove(run, args)) return
  refuseWhenClosing(run)
  const why = whyNotHere(run, args)
  if (why !== null) refuse({ code: 'CannotMove', why })
  if (!canMoveNow(run)) refuseNow(run)
}

function refuseNow(run: CaseRun): never {
  refuse({ code: 'NotAtSafePoint', at: run.tokens.map(pathAt) })
}

/** It was told so before, or is there already by another move. */
function isKnownMove(run: CaseRun, { moveId, plan }: MoveArgs): boolean {
  const isThere = run.semantics >= 3 && run.moving === null && plan.version === run.plan.version
  return isThere || run.moving?.moveId === moveId || isKnown(run, { commandId: moveId })
}

/** From the next moment on the case goes on in another version, in a history of its own. */
export function move(run: CaseRun, args: MoveArgs): MoveResult {
  if (isKnownMove(run, args)) return { status: 'duplicate' }
  if (run.semantics >= 3) validateMove(run, args)
  // What an earlier build has accepted is taken in every replay.
  else if (run.moving !== null || !isSafePoint(run)) refuseNow(run)
  run.moving = args
  run.commands.push(args.moveId)
  return { status: 'moving' }
}
