import {
  ActivityCancellationType,
  ActivityFailure,
  TimeoutFailure,
  isCancellation,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow'
import {
  aiQueueOf,
  type CaseActivities,
  type Fact,
  type RunStepRequest,
  type RunStepResult,
  type StepFailure,
} from '#domain/case-messages.ts'
import type { CasePlan, PlanStepOf, SubPlan } from '#domain/plan.ts'
import { execIdOf, pathOf, pick, sendBackFor, type CaseRun, type Token, type Visit } from './case-run.ts'

type Label = { activityId: string; summary: string }

/** The activities of one case: each call names its activity after the visit it belongs to. */
export type Calls = {
  [Name in Exclude<keyof CaseActivities, 'runStep'>]: (
    label: Label,
    request: Parameters<CaseActivities[Name]>[0],
  ) => ReturnType<CaseActivities[Name]>
} & {
  /** Work outside: a model, another system. */
  runStep: (
    label: Label,
    step: PlanStepOf<'ai'> | PlanStepOf<'call'>,
    request: RunStepRequest,
  ) => Promise<RunStepResult>
  /** Work that only needs the database: a list, a wait. */
  prepareStep: (label: Label, request: RunStepRequest) => Promise<RunStepResult>
}

/**
 * Waiting for a turn with a busy model, and for a database that restarts, comes on top of the draft and its
 * repair. A worker that died is noticed by its missing heartbeat, long before.
 */
const aroundTheModelMs = 3_600_000

export function callsOf(): Calls {
  // Storing what happened is never given up: a database that is away comes back, and the case waits for it.
  const core = proxyActivities<CaseActivities>({
    startToCloseTimeout: 10_000,
    retry: { initialInterval: 250, backoffCoefficient: 2, maximumInterval: 10_000 },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  })
  const ai = proxyActivities<Pick<CaseActivities, 'runStep'>>({
    taskQueue: aiQueueOf(workflowInfo().taskQueue),
    startToCloseTimeout: aroundTheModelMs,
    heartbeatTimeout: 10_000,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  })
  return {
    // Two tries more than the map allows: a worker that dies has not used up the model's.
    runStep: (label, step, request) =>
      ai.runStep.executeWithOptions(
        {
          ...label,
          startToCloseTimeout: 2 * step.timeoutMs + aroundTheModelMs,
          retry: {
            initialInterval: Math.max(1, step.firstPauseMs),
            backoffCoefficient: 2,
            maximumInterval: 60_000,
            maximumAttempts: step.attempts + 2,
          },
        },
        [request],
      ),
    prepareStep: (label, request) => core.runStep.executeWithOptions(label, [request]),
    openTask: (label, request) => core.openTask.executeWithOptions(label, [request]),
    escalateTask: (label, request) => core.escalateTask.executeWithOptions(label, [request]),
    flushFacts: (label, request) => core.flushFacts.executeWithOptions(label, [request]),
    closeCase: (label, request) => core.closeCase.executeWithOptions(label, [request]),
    loadPlan: (label, request) => core.loadPlan.executeWithOptions(label, [request]),
  }
}

type VisitRequest = {
  caseId: string
  pilotId: string
  mapId: string
  version: number
  planHash: string
  stepId: string
  path?: string
  visit: number
  enabledAt: string
}

/** What every request about a visit says. */
export function visitRequest(run: CaseRun, { scope }: Token, visit: Visit): VisitRequest {
  return {
    caseId: run.input.caseId,
    pilotId: run.input.pilotId,
    ...planRequest(scope.plan),
    stepId: visit.stepId,
    ...(scope.prefix === '' ? {} : { path: pathOf(scope, visit.stepId) }),
    visit: visit.visit,
    enabledAt: new Date(visit.enabledAt).toISOString(),
  }
}

/** The request to do a step's work, with the inputs that the step declares and no others. */
export function workRequest(
  run: CaseRun,
  token: Token,
  visit: Visit,
  {
    suffix,
    inputs,
    outputs,
    attempts,
  }: { suffix: string; inputs: string[]; outputs: string[]; attempts: number },
): RunStepRequest {
  return {
    ...visitRequest(run, token, visit),
    execId: `${execIdOf(token.scope, visit)}${suffix}`,
    inputs: pick(token.scope.fields, inputs),
    sendBack: sendBackFor(token, visit.stepId),
    attempts,
    conditionFields: outputs.filter((name) => name in token.scope.plan.vars),
    facts: untold(run),
  }
}

function planRequest({ mapId, version, hash }: CasePlan | SubPlan): {
  mapId: string
  version: number
  planHash: string
} {
  return { mapId, version, planHash: hash }
}

/** The facts that nobody was told yet, for the next activity. They stay ours until it has succeeded: see `told`. */
export function untold(run: CaseRun): Fact[] {
  return [...run.facts]
}

export function told(run: CaseRun, facts: Fact[]): void {
  const last = facts.at(-1)?.seq ?? 0
  run.facts = run.facts.filter((fact) => fact.seq > last)
}

/** Tells what no activity carries. What is on its way already is not told again. */
export async function flush(run: CaseRun, calls: Calls): Promise<void> {
  if (run.flushedSeq === run.seq) return
  run.flushedSeq = run.seq
  try {
    const facts = untold(run)
    const { caseId } = run.input
    await calls.flushFacts(
      { activityId: `facts@${run.seq}`, summary: 'Tell what happened' },
      { caseId, facts },
    )
    told(run, facts)
  } catch (error) {
    if (failureOf(error) === null) throw error
    // They stay, and go with the next activity.
  }
}

/** Why an activity failed for good, as a reason to ask a person; null for a cancellation and for a bug of ours. */
export function failureOf(error: unknown): StepFailure | null {
  if (isCancellation(error) || !(error instanceof ActivityFailure)) return null
  return error.cause instanceof TimeoutFailure
    ? { cause: 'timed-out', message: 'The work did not answer in time.', raw: null }
    : { cause: 'data', message: error.cause?.message ?? error.message, raw: null }
}
