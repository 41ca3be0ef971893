import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  defineUpdate,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow'
import type { CaseInput, CaseResult } from '#domain/case-messages.ts'
import { referenceSteps } from './reference.ts'

/**
 * The reference process as somebody would write it by hand for Temporal: what the interpreter is measured
 * against. The same work, one activity for each step, decisions as updates, deadlines as timers.
 */

type Work = {
  runStep: (request: { caseId: string; step: string; inputs: Record<string, unknown> }) => Promise<{
    output: { id: string; sha256: string; bytes: number }
  }>
  openTask: (request: { caseId: string; task: Task; draft: unknown }) => Promise<{ dueAt: string | null }>
  closeCase: (request: { caseId: string; outcome: string; decisions: Decision[] }) => Promise<void>
}
type Task = { taskId: string; step: string; version: number; shownHash: string }
type Decision = {
  decisionId: string
  taskId: string
  action: 'approve'
  by: { id: string }
  shownHash: string
}

const decide = defineUpdate<{ status: 'applied' | 'duplicate' }, [Decision]>('decide')

export async function twinWorkflow({ caseId, startedBy }: CaseInput): Promise<CaseResult> {
  const { runStep, openTask, closeCase } = proxyActivities<Work>({
    startToCloseTimeout: '60 seconds',
    heartbeatTimeout: '10 seconds',
    retry: { maximumAttempts: 5 },
  })
  const decisions = new Map<string, Decision>()
  const decided = new Set<string>()
  let open: Task | null = null

  const check = (decision: Decision): void => {
    if (decisions.has(decision.decisionId)) return
    if (open === null) throw ApplicationFailure.nonRetryable('no such task', 'TaskNotFound')
    if (decided.has(decision.taskId)) throw ApplicationFailure.nonRetryable('too late', 'TaskAlreadyDecided')
    if (open.taskId !== decision.taskId || open.shownHash !== decision.shownHash) {
      throw ApplicationFailure.nonRetryable('stale', 'TaskStale')
    }
    if (decision.by.id === startedBy.id) throw ApplicationFailure.nonRetryable('own work', 'SelfApproval')
  }
  setHandler(
    decide,
    (decision) => {
      check(decision)
      if (decisions.has(decision.decisionId)) return { status: 'duplicate' }
      decisions.set(decision.decisionId, decision)
      decided.add(decision.taskId)
      return { status: 'applied' }
    },
    { validator: check },
  )

  let draft: { id: string; sha256: string; bytes: number } | null = null
  for (const { id, gate } of referenceSteps) {
    if (!gate) {
      const result = await runStep.executeWithOptions({ activityId: `${id}#1` }, [
        { caseId, step: id, inputs: { request: draft } },
      ])
      draft = result.output
      continue
    }
    const task = { taskId: `${caseId}.${id}.1`, step: id, version: 1, shownHash: draft?.sha256 ?? '' }
    open = task
    const { dueAt } = await openTask.executeWithOptions({ activityId: `${id}#1` }, [{ caseId, task, draft }])
    const isDecided = (): boolean => decided.has(task.taskId)
    if (dueAt !== null) await condition(isDecided, Date.parse(dueAt) - Date.now())
    await condition(isDecided)
    open = null
  }
  await closeCase.executeWithOptions({ activityId: 'close' }, [
    { caseId, outcome: 'Done', decisions: [...decisions.values()] },
  ])
  await condition(allHandlersFinished)
  return { status: 'done', outcome: 'Done' }
}
