import { condition, sleep } from '@temporalio/workflow'
import {
  taskActions,
  type DecideArgs,
  type OpenTask,
  type StepFailure,
  type TaskAction,
  type TaskKind,
} from '#domain/case-messages.ts'
import { failureOf, told, untold, type Calls } from './calls.ts'
import { countTouch, execIdOf, type CaseRun, type Visit } from './case-run.ts'
import { continueElsewhere, historyIsLong } from './history.ts'
import { openingOf } from './opening.ts'
import { refreshShown } from './task-shown.ts'

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
export async function ask(run: CaseRun, calls: Calls, visit: Visit, question: Question): Promise<Answer> {
  const { task, suffix } = taskFor(run, visit, question)
  run.openTasks[task.taskId] = task
  for (let reopened = task.version > 1; ; reopened = true) {
    const version = task.version
    const id = `${execIdOf(visit)}${suffix}${version === 1 ? '' : `.v${version}`}`
    const opened = await open(run, calls, visit, { task, id, reopened })
    const answer =
      'cause' in opened
        ? problem(opened)
        : await waitFor(run, calls, { task, id, version, deadlines: opened.deadlines, question })
    if (answer === 'reopen') continue
    delete run.openTasks[task.taskId]
    delete run.answers[task.taskId]
    if (answer.kind === 'decided') countTouch(visit, answer.decision.touchMs)
    return answer
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

/** A new task, or the one that was open when the history was cut. */
function taskFor(run: CaseRun, visit: Visit, question: Question): { task: OpenTask; suffix: string } {
  const resumed = run.resumed
  run.resumed = null
  const letter = letters[question.kind]
  if (letter !== null && resumed === null) visit.tasks += 1
  const retried = visit.retries > 0 ? `.r${visit.retries}` : ''
  const suffix = letter === null ? retried : `.${letter}${visit.tasks}`
  const fresh: OpenTask = {
    taskId: `${run.input.caseId}.${visit.stepId}.${visit.visit}${suffix}`,
    stepId: visit.stepId,
    execId: execIdOf(visit),
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
  const task = resumed === null ? fresh : { ...resumed, version: resumed.version + 1 }
  refreshShown(run, task)
  return { task, suffix }
}

type Opening = { task: OpenTask; id: string; reopened: boolean }

/** Instants at which somebody more is asked; empty without a deadline. */
type Opened = { deadlines: number[] }

async function open(
  run: CaseRun,
  calls: Calls,
  visit: Visit,
  { task, id, reopened }: Opening,
): Promise<Opened | StepFailure> {
  const step = run.plan.steps[task.stepId]
  for (;;) {
    try {
      const facts = untold(run)
      const { dueAt, tiers } = await calls.openTask(
        { activityId: id, summary: step?.title ?? task.stepId },
        { ...openingOf(run, visit, task), execId: id, reopened, facts },
      )
      told(run, facts)
      visit.entered = true
      if (dueAt === null) return { deadlines: [] }
      task.dueAt = Date.parse(dueAt)
      return { deadlines: [task.dueAt, ...tiers.map((tier) => Date.parse(tier))] }
    } catch (error) {
      const failure = failureOf(error)
      if (failure === null) throw error
      if (task.kind !== 'exception') return failure
      // There is nobody further to turn to: wait until the desk can be opened.
      await sleep(60_000)
    }
  }
}

type Waiting = { task: OpenTask; id: string; version: number; deadlines: number[]; question: Question }

async function waitFor(run: CaseRun, calls: Calls, waiting: Waiting): Promise<Answer | 'reopen'> {
  const { task, version, deadlines } = waiting
  const moved = (): boolean => run.answers[task.taskId] !== undefined || task.version !== version
  for (let escalations = 1; ;) {
    const due = deadlines[task.breaches]
    const leftMs = due === undefined ? null : due - Date.now()
    if (!moved() && leftMs === null) await condition(() => moved() || historyIsLong(run))
    if (!moved() && leftMs !== null && leftMs > 0) {
      await condition(() => moved() || historyIsLong(run), leftMs)
    }
    if (moved()) return answerOf(run, task, version)
    if (historyIsLong(run)) {
      await continueElsewhere(run, task)
      continue
    }
    const late = await escalate(run, calls, waiting, escalations)
    escalations += 1
    if (late && !moved()) {
      return problem({ cause: 'sla-breached', message: 'It was not decided in time.', raw: null })
    }
  }
}

/** Holds the decision while it can be undone. */
async function answerOf(run: CaseRun, task: OpenTask, version: number): Promise<Answer | 'reopen'> {
  const decision = run.answers[task.taskId]
  if (decision === undefined || task.version !== version) return 'reopen'
  const { held } = run
  if (held !== null) {
    const leftMs = held.until - Date.now()
    if (leftMs > 0) await condition(() => held.undone, leftMs)
    // A new decision may have come in the very moment of the undo, and is held itself.
    if (run.held === held) run.held = null
    if (held.undone) return 'reopen'
  }
  return { kind: 'decided', decision, task }
}

/** Asks one person more; tells whether the case leaves because of it. */
async function escalate(
  run: CaseRun,
  calls: Calls,
  { task, id, version, deadlines, question }: Waiting,
  nth: number,
): Promise<boolean> {
  const tier = task.breaches
  const { caseId, pilotId } = run.input
  const { mapId, version: mapVersion, hash } = run.plan
  const closes = tier === 0 && question.leavesWhenLate
  try {
    const facts = untold(run)
    const result = await calls.escalateTask(
      { activityId: `${id}!${nth}`, summary: `late: ${run.plan.steps[task.stepId]?.title ?? task.stepId}` },
      {
        caseId,
        pilotId,
        mapId,
        version: mapVersion,
        planHash: hash,
        stepId: task.stepId,
        execId: task.execId,
        taskId: task.taskId,
        taskVersion: version,
        tier,
        closes,
        facts,
      },
    )
    told(run, facts)
    if (result.status === 'not-due') {
      deadlines[tier] = Date.parse(result.dueAt)
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
