import type { OpenTask, OpenTaskResult, RunStepRequest, RunStepResult } from '#domain/case-messages.ts'
import type { PlanStep } from '#domain/plan.ts'
import { aDocument, type Script } from '../support/scripted-work.ts'
import { chance, hashOf, type Chance } from './chance.ts'
import { planNamed, type Version } from './versions.ts'

/** One activity as the worker saw it; `began` and `over` count everything that happened in the case. */
export type Noted = {
  name: 'runStep' | 'openTask' | 'escalateTask'
  execId: string
  began: number
  over: number | null
  result: RunStepResult['status'] | null
}

/** What the workers of one case have seen. */
export type Seen = {
  clock: number
  noted: Noted[]
  /** The newest version of each task that was opened. */
  tasks: Map<string, OpenTask>
  /** Gates whose draft is on its way. */
  early: Map<string, OpenTask>
  /** How many entries each list was cut into. */
  items: Map<string, number>
  /** When each task was said to be due, by what opened it. */
  dues: Map<string, number | null>
}

export function nothingSeen(): Seen {
  return {
    clock: 0,
    noted: [],
    tasks: new Map(),
    early: new Map(),
    items: new Map(),
    dues: new Map(),
  }
}

const failures: Partial<Record<PlanStep['kind'], string[]>> = {
  ai: ['ai-unavailable', 'ai-invalid', 'ai-declined', 'timed-out'],
  call: ['call-failed', 'call-unknown', 'call-refused', 'timed-out'],
  wait: ['data'],
  'for-each': ['data'],
}
const failingShare: Partial<Record<PlanStep['kind'], number>> = {
  ai: 0.25,
  call: 0.25,
  wait: 0.06,
  'for-each': 0.06,
}

/** Workers that draft, fail, dawdle and give deadlines as chance has it. */
export function scriptFor({
  versions,
  seed,
  seen,
}: {
  versions: Version[]
  seed: number
  seen: Seen
}): Partial<Script> {
  const diceOf = (execId: string): Chance => chance(seed ^ hashOf(execId))
  return {
    runStep: async (request) => {
      const dice = diceOf(request.execId)
      const noted = note(seen, 'runStep', request.execId)
      const step = stepOf(versions, request)
      const opens = request.opens ?? null
      if (opens !== null) seen.early.set(opens.task.taskId, opens.task)
      const result = answerTo(request, step, dice)
      await pause(dice)
      if (result.status === 'split') seen.items.set(visitOf(request.execId), result.items)
      noted.result = result.status
      over(seen, noted)
      return result
    },
    openTask: async ({ execId, task }) => {
      const dice = diceOf(execId)
      const noted = note(seen, 'openTask', execId)
      await pause(dice)
      seen.tasks.set(task.taskId, task)
      over(seen, noted)
      const result = task.dueAt === null ? deadlines(dice, task.openedAt) : keptDeadlines(task.dueAt)
      seen.dues.set(execId, result.dueAt === null ? null : Date.parse(result.dueAt))
      return result
    },
    escalateTask: ({ execId, closes }) => {
      over(seen, note(seen, 'escalateTask', execId))
      return { status: closes ? 'escalated' : diceOf(`${execId}!`).oneOf(['escalated', 'closed'] as const) }
    },
  }
}

function note(seen: Seen, name: Noted['name'], execId: string): Noted {
  seen.clock += 1
  const noted: Noted = { name, execId, began: seen.clock, over: null, result: null }
  seen.noted.push(noted)
  return noted
}

function over(seen: Seen, noted: Noted): void {
  seen.clock += 1
  noted.over = seen.clock
}

async function pause(dice: Chance): Promise<void> {
  if (dice.under(0.5)) return
  await new Promise((resolve) => setTimeout(resolve, dice.below(25)))
}

/** The step that a request is about, in whichever map it stands. */
function stepOf(versions: readonly Version[], request: RunStepRequest): PlanStep {
  const { mapId, version, stepId } = request
  const step = planNamed(versions, request)?.steps[stepId]
  if (step === undefined) throw new Error(`no step ${stepId} in ${mapId} version ${version}`)
  return step
}

/** The visit that an activity belongs to: its id without what tells tries and tasks apart. */
export function visitOf(execId: string): string {
  return /^.*#\d+/.exec(execId)?.[0] ?? execId
}

function answerTo(request: RunStepRequest, step: PlanStep, dice: Chance): RunStepResult {
  const causes = failures[step.kind]
  if (causes !== undefined && dice.under(failingShare[step.kind] ?? 0)) {
    return { status: 'failed', failure: { cause: dice.oneOf(causes), message: 'no', raw: null } }
  }
  if (step.kind === 'for-each' && request.gathers === undefined) {
    return { status: 'split', list: aDocument('list'), items: dice.below(step.maxItems + 1) }
  }
  if (step.kind === 'wait') {
    const ms = step.message === null ? dice.below(60) : 40 + dice.below(200)
    return { status: 'waits', until: new Date(Date.now() + ms).toISOString() }
  }
  const values = Object.fromEntries(
    request.conditionFields.map((name) => [
      name,
      name.startsWith('urgent') ? dice.oneOf([true, false, null]) : 5,
    ]),
  )
  return { status: 'done', output: aDocument('draft'), fields: step.outputs, values }
}

function deadlines(dice: Chance, openedAt: number): OpenTaskResult {
  if (dice.under(0.8)) return { dueAt: null, tiers: [] }
  return keptDeadlines(openedAt + 20 + dice.below(60))
}

function keptDeadlines(at: number): OpenTaskResult {
  return { dueAt: new Date(at).toISOString(), tiers: [new Date(at + 30).toISOString()] }
}
