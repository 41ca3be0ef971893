import type { OpenTaskRequest, OpenTaskResult } from '#domain/case-messages.ts'
import { dispatch, stepById } from '#domain/graph.ts'
import { workingClock } from '#domain/measure/working-time.ts'
import type { ProcessMap, Sla, StepHandlers } from '#domain/process-map.ts'
import type { CasePort, MapVersionForWork } from '../ports.ts'
import type { Wanted } from './map-versions.ts'

export type OpenTaskDeps = {
  port: CasePort
  versionOf: (wanted: Wanted) => Promise<MapVersionForWork>
}

/** Puts a task before people, and says when it is due by the map's working calendar. */
export async function openTask(
  { port, versionOf }: OpenTaskDeps,
  request: OpenTaskRequest,
): Promise<OpenTaskResult> {
  const { task, caseId, stepId, visit, enabledAt } = request
  const { sla, fourEyes, dueAt, tiers } = isPlanned(task)
    ? terms((await versionOf(request)).map, request)
    : unplanned
  const execId = `${stepId}#${visit}`
  await port.openTask({
    request,
    why: whyAsked(request),
    dueAt,
    allowedMs: sla === null ? null : sla.workingMinutes * 60_000,
    fourEyes,
    events: [
      {
        type: 'step-entered',
        caseId,
        key: `entered:${execId}`,
        at: enabledAt,
        stepId,
        execId,
        visit,
      },
      {
        type: 'task-opened',
        caseId,
        key: `opened:${task.taskId}:v${task.version}`,
        at: new Date(task.openedAt).toISOString(),
        stepId,
        execId,
        taskId: task.taskId,
        version: task.version,
        kind: task.kind,
        dueAt,
      },
    ],
  })
  return { dueAt, tiers }
}

const slas: StepHandlers<Sla | null> = {
  ai: () => null,
  manual: (step) => step.sla,
  review: (step) => step.sla,
  decision: () => null,
  fork: () => null,
  join: () => null,
  'for-each': () => null,
  wait: () => null,
  call: () => null,
  'sub-process': () => null,
  end: () => null,
}

type Terms = OpenTaskResult & { sla: Sla | null; fourEyes: boolean }

/** A task that nobody planned has no deadline, and can be opened even when the map itself is what is wrong. */
const unplanned: Terms = { sla: null, fourEyes: false, dueAt: null, tiers: [] }

function isPlanned({ kind }: OpenTaskRequest['task']): boolean {
  return kind === 'review' || kind === 'manual'
}

function terms(map: ProcessMap, { stepId, task }: OpenTaskRequest): Terms {
  const step = stepById(map, stepId)
  const sla = step === null ? null : dispatch(step, slas)
  return { sla, fourEyes: step?.kind === 'review' && step.fourEyes, ...deadlines(map, sla, task) }
}

/** A task that is opened anew keeps the deadline it had. */
function deadlines(map: ProcessMap, sla: Sla | null, task: OpenTaskRequest['task']): OpenTaskResult {
  if (sla === null) return { dueAt: null, tiers: [] }
  const clock = workingClock(map.calendar)
  const due = task.dueAt ?? clock.addWorkingMs(task.openedAt, sla.workingMinutes * 60_000)
  const tiers = sla.escalations
    .map(({ afterWorkingMinutes }) => afterWorkingMinutes)
    .toSorted((a, b) => a - b)
    .map((minutes) => new Date(clock.addWorkingMs(due, minutes * 60_000)).toISOString())
  return { dueAt: new Date(due).toISOString(), tiers }
}

function whyAsked({ task, failure, sendBack, stepId }: OpenTaskRequest): string {
  switch (task.kind) {
    case 'review':
      return sendBack?.from === stepId
        ? `It was drafted anew after ${sendBack.by.name} sent it back`
        : 'Every draft is read at this step'
    case 'manual':
      return sendBack === null
        ? 'This step is done by a person'
        : `${sendBack.by.name} sent it back: ${sendBack.reason}`
    case 'by-hand':
      if (failure !== null) return `AI could not do this: ${failure.message}`
      return sendBack === null
        ? 'This is to be done by hand'
        : `${sendBack.by.name} wants this done by hand: ${sendBack.reason}`
    case 'exception':
      return failure?.message ?? 'This was not planned for'
  }
}
