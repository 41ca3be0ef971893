import { condition, sleep } from '@temporalio/workflow'
import {
  taskActions,
  type DecideArgs,
  type OpenTask,
  type StepFailure,
  type TaskAction,
  type TaskKind,
} from '#domain/case-messages.ts'
import { failureOf, told, untold, visitRequest, type Calls } from './calls.ts'
import {
  countTouch,
  execIdOf,
  numberOf,
  ofVisit,
  pathOf,
  tell,
  type CaseRun,
  type Interrupt,
  type Token,
  type Visit,
} from './case-run.ts'
import { continueElsewhere, noteHistory, shouldCut } from './history.ts'
import { openingOf } from './opening.ts'
import { waitFor } from './pause.ts'
import { refreshShown } from './task-shown.ts'

/** One case at one step. */
export type Scene = { run: CaseRun; calls: Calls; token: Token; visit: Visit }

/** A question to a person. */
export type Question = {
  kind: TaskKind
  outputs: string[]
  options: TaskAction[]
  excluded: string[]
  need: number
  reasons: string[]
  /** Whether the case leaves, when it is late, on the step's own branch for that. */
  leavesWhenLate: boolean
}

export type Answer =
  | { kind: 'decided'; decision: DecideArgs; task: OpenTask }
  | { kind: 'problem'; failure: StepFailure }
  /** The task is not asked any more: the step is tried as mapped. */
  | { kind: 'again' }

/** A question without anything special. */
export function plainQuestion(kind: TaskKind, outputs: string[]): Question {
  return {
    kind,
    outputs,
    options: taskActions[kind],
    excluded: [],
    need: 1,
    reasons: [],
    leavesWhenLate: false,
  }
}

/**
 * Opens a task and waits until a person has decided and the time to undo is over. Silence never decides.
 * The task exists here before the database hears of it, so that no decision can come too early.
 */
export async function ask(scene: Scene, question: Question): Promise<Answer> {
  const { run, token, visit } = scene
  const before = token.opened?.visit === visit ? token.opened : null
  token.opened = null
  const { task, suffix } =
    before === null ? taskFor(scene, question) : { task: before.task, suffix: suffixOf(visit, question.kind) }
  if (before === null) {
    run.openTasks[task.taskId] = task
    run.asking[task.taskId] = { token, visit }
  }
  try {
    // A gate that was opened before may have been decided, and even taken back, by now.
    const asOpened = before !== null && task.version === 1 ? before : null
    for (let opened = asOpened, reopened = task.version > 1; ; opened = null, reopened = true) {
      const version = task.version
      const id = `${execIdOf(token.scope, visit)}${suffix}${version === 1 ? '' : `.v${version}`}`
      const found = opened ?? (await open(scene, { task, id, reopened }))
      const answer =
        'cause' in found
          ? problem(found)
          : await answerTo(scene, { task, id, version, deadlines: found.deadlines, question })
      if (answer === 'reopen') continue
      if (answer.kind === 'decided') countTouch(visit, answer.decision.touchMs)
      return answer
    }
  } finally {
    delete run.openTasks[task.taskId]
    delete run.answers[task.taskId]
    delete run.held[task.taskId]
    delete run.asking[task.taskId]
  }
}

function problem(failure: StepFailure): Answer {
  return { kind: 'problem', failure }
}

const letters: Record<TaskKind, string | null> = {
  review: null,
  manual: null,
  'by-hand': 'h',
  exception: 'd',
}

function suffixOf(visit: Visit, kind: TaskKind): string {
  const letter = letters[kind]
  const retried = visit.retries > 0 ? `.r${visit.retries}` : ''
  return letter === null ? retried : `.${letter}${visit.tasks}`
}

/** A new task, or the one that was open when the history was cut. */
function taskFor(scene: Scene, question: Question): { task: OpenTask; suffix: string } {
  const { token, visit } = scene
  const { resumed } = token
  token.resumed = null
  if (letters[question.kind] !== null && resumed === null) visit.tasks += 1
  const suffix = suffixOf(visit, question.kind)
  const task = resumed === null ? freshTask(scene, question, suffix) : reopenedTask(resumed, question)
  refreshShown(token, visit, task)
  return { task, suffix }
}

export function freshTask({ run, token, visit }: Scene, question: Question, suffix: string): OpenTask {
  const { scope } = token
  // Part of an address: paths are written with letters that need no escape there.
  const where = `${pathOf(scope, visit.stepId)}${scope.item}`.replaceAll(/[[/]/g, '~').replaceAll(']', '')
  return {
    taskId: `${run.input.caseId}.${where}.${numberOf(scope, visit)}${suffix}`,
    stepId: visit.stepId,
    execId: execIdOf(scope, visit),
    visit: visit.visit,
    version: 1,
    shownHash: '',
    votes: [],
    openedAt: Date.now(),
    dueAt: null,
    breaches: 0,
    kind: question.kind,
    options: question.options,
    outputs: question.outputs,
    excluded: question.excluded,
    need: question.need,
    reasons: question.reasons,
  }
}

/** The map may be another one by now: what can be decided is asked anew, who may decide stays. */
function reopenedTask(task: OpenTask, { options, outputs, need, reasons }: Question): OpenTask {
  return { ...task, version: task.version + 1, options, outputs, need, reasons }
}

type Opening = { task: OpenTask; id: string; reopened: boolean }

/** Instants at which somebody more is asked; empty without a deadline. */
type Opened = { deadlines: number[] }

async function open(scene: Scene, { task, id, reopened }: Opening): Promise<Opened | StepFailure> {
  const { run, calls, token, visit } = scene
  const step = token.scope.plan.steps[task.stepId]
  for (;;) {
    try {
      const facts = untold(run)
      const { stoodStillMs } = run
      const wasDue = task.dueAt !== null
      const { dueAt, tiers } = await calls.openTask(
        { activityId: id, summary: step?.title ?? task.stepId },
        { ...openingOf(run, { token, visit }, task), execId: id, reopened, facts },
      )
      told(run, facts)
      visit.entered = true
      // What the worker was told is due may have moved on since.
      const laterMs = wasDue && run.semantics >= 3 ? run.stoodStillMs - stoodStillMs : 0
      return { deadlines: deadlinesOf(task, { dueAt, tiers }, laterMs) }
    } catch (error) {
      const failure = failureOf(error)
      if (failure === null) throw error
      if (task.kind !== 'exception') return failure
      // There is nobody further to turn to: wait until the desk can be opened.
      await sleep(60_000)
    }
  }
}

/** Notes when the task is due, and gives every instant at which somebody more is asked. */
export function deadlinesOf(
  task: OpenTask,
  { dueAt, tiers }: { dueAt: string | null; tiers: string[] },
  laterMs = 0,
): number[] {
  if (dueAt === null) return []
  task.dueAt = Date.parse(dueAt) + laterMs
  return [task.dueAt, ...tiers.map((tier) => Date.parse(tier) + laterMs)]
}

type Waiting = { task: OpenTask; id: string; version: number; deadlines: number[]; question: Question }

async function answerTo(scene: Scene, waiting: Waiting): Promise<Answer | 'reopen'> {
  const { run, token } = scene
  const { task, version, deadlines } = waiting
  const before = run.stoodStillMs
  const moved = (): boolean => run.answers[task.taskId] !== undefined || task.version !== version
  noteHistory(run)
  for (let escalations = 1; ;) {
    const due = deadlines[task.breaches]
    token.isIdle = true
    const called = await waitFor(
      run,
      () => moved() || token.interrupt !== null || shouldCut(run),
      due === undefined ? null : due + (run.stoodStillMs - before),
    )
    token.isIdle = false
    noteHistory(run)
    if (moved()) return decided(run, task, version)
    if (token.interrupt !== null) return withdraw(scene, task, token.interrupt)
    if (shouldCut(run)) {
      await continueElsewhere(run, task)
      continue
    }
    if (called === 'ready') continue
    const late = await escalate(scene, waiting, { nth: escalations, stoodStillMs: run.stoodStillMs - before })
    escalations += 1
    if (late && !moved()) {
      return problem({ cause: 'sla-breached', message: 'It was not decided in time.', raw: null })
    }
  }
}

/** Holds the decision while it can be undone. */
async function decided(run: CaseRun, task: OpenTask, version: number): Promise<Answer | 'reopen'> {
  const decision = run.answers[task.taskId]
  if (decision === undefined || task.version !== version) return 'reopen'
  const held = run.held[task.taskId]
  if (held !== undefined) {
    const leftMs = held.until - Date.now()
    if (leftMs > 0) await condition(() => held.undone, leftMs)
    // A new decision may have come in the very moment of the undo, and is held itself.
    if (run.held[task.taskId] === held) delete run.held[task.taskId]
    if (held.undone) return 'reopen'
  }
  return { kind: 'decided', decision, task }
}

function withdraw({ run, token, visit }: Scene, task: OpenTask, interrupt: Interrupt): Answer {
  token.interrupt = null
  tell(run, { type: 'task-withdrawn', ...ofVisit(token, visit), taskId: task.taskId })
  return interrupt.kind === 'problem' ? problem(interrupt.failure) : { kind: 'again' }
}

/** Asks one person more; tells whether the case leaves because of it. */
async function escalate(
  { run, calls, token, visit }: Scene,
  { task, id, version, deadlines, question }: Waiting,
  { nth, stoodStillMs }: { nth: number; stoodStillMs: number },
): Promise<boolean> {
  const tier = task.breaches
  const closes = tier === 0 && question.leavesWhenLate
  try {
    const facts = untold(run)
    const { caseId, pilotId, mapId, version: mapVersion, planHash, stepId } = visitRequest(run, token, visit)
    const title = token.scope.plan.steps[task.stepId]?.title ?? task.stepId
    const result = await calls.escalateTask(
      { activityId: `${id}!${nth}`, summary: `late: ${title}` },
      {
        caseId,
        pilotId,
        mapId,
        version: mapVersion,
        planHash,
        stepId,
        execId: task.execId,
        taskId: task.taskId,
        taskVersion: version,
        kind: task.kind,
        tier,
        closes,
        facts,
      },
    )
    told(run, facts)
    if (result.status === 'not-due') {
      deadlines[tier] = Date.parse(result.dueAt) - stoodStillMs
      if (tier === 0) task.dueAt = Date.parse(result.dueAt)
      return false
    }
    task.breaches += 1
    return closes && result.status === 'escalated'
  } catch (error) {
    if (failureOf(error) === null) throw error
    // A notice that cannot be given does not stop the case; the next one is tried in its time.
    task.breaches += 1
    return false
  }
}
