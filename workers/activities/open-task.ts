import { ApplicationFailure } from '@temporalio/common'
import type { GateToOpen, OpenTaskRequest, OpenTaskResult } from '#domain/case-messages.ts'
import { visitOf } from '#domain/exec-ids.ts'
import { stepById } from '#domain/graph.ts'
import { workingClock } from '#domain/measure/working-time.ts'
import type { DocRef } from '#domain/plan.ts'
import type { ProcessMap, Sla } from '#domain/process-map.ts'
import { shownHashOf, withDraft } from '#domain/shown-hash.ts'
import { slaOf, tiersOf } from '#domain/task-sla.ts'
import type { CasePort, MapVersionForWork, TaskToOpen } from '../ports.ts'
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
  const { task, result } = taskToOpen(await mapWithTerms(versionOf, request), request)
  await port.openTask(task)
  return result
}

/** The gate that reads a draft, opened in the draft's own transaction: what is stored, and what the case is told. */
export function gateToOpen(
  map: ProcessMap,
  opens: GateToOpen,
  { output, fields, at }: { output: DocRef; fields: string[]; at: Date },
): { task: TaskToOpen; opened: OpenTaskResult & { openedAt: string } } {
  const { reads, ...asked } = opens
  const drafted = Object.fromEntries(fields.map((name) => [name, output]))
  const shown = withDraft(opens, { reads, writes: opens.task.outputs }, drafted)
  const openedAt = at.toISOString()
  const { task, result } = taskToOpen(map, {
    ...asked,
    ...shown,
    enabledAt: openedAt,
    task: { ...opens.task, openedAt: at.getTime(), shownHash: shownHashOf(opens.task, shown) },
    draft: output,
    facts: [],
  })
  return { task, opened: { ...result, openedAt } }
}

function taskToOpen(
  map: ProcessMap | null,
  request: OpenTaskRequest,
): { task: TaskToOpen; result: OpenTaskResult } {
  const { task, caseId, visit, enabledAt } = request
  const { sla, fourEyes, dueAt, tiers } = map === null ? unknownTerms : terms(map, request)
  const of = visitOf(request)
  const { execId } = of
  const row: TaskToOpen = {
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
        ...of,
        visit,
      },
      {
        type: 'task-opened',
        caseId,
        key: `opened:${task.taskId}:v${task.version}`,
        at: new Date(task.openedAt).toISOString(),
        ...of,
        taskId: task.taskId,
        version: task.version,
        kind: task.kind,
        dueAt,
      },
    ],
  }
  return { task: row, result: { dueAt, tiers } }
}

type Terms = OpenTaskResult & { sla: Sla | null; fourEyes: boolean }

/** A task is opened even when the map itself is what is wrong: then nobody knows when it is due. */
const unknownTerms: Terms = { sla: null, fourEyes: false, dueAt: null, tiers: [] }

/** The map that says when a task is due; null where none does. The desk stays open to whoever has lost the map. */
async function mapWithTerms(
  versionOf: OpenTaskDeps['versionOf'],
  request: OpenTaskRequest,
): Promise<ProcessMap | null> {
  switch (request.task.kind) {
    case 'by-hand':
      return null
    case 'review':
    case 'manual':
      return (await versionOf(request)).map
    case 'exception':
      try {
        return (await versionOf(request)).map
      } catch (error) {
        if (error instanceof ApplicationFailure && error.nonRetryable === true) return null
        throw error
      }
  }
}

function terms(map: ProcessMap, { stepId, task }: OpenTaskRequest): Terms {
  const sla = slaOf(map, { stepId, kind: task.kind })
  const step = stepById(map, stepId)
  const fourEyes = task.kind === 'review' && step?.kind === 'review' && step.fourEyes
  return { sla, fourEyes, ...deadlines(map, sla, task) }
}

/** A task that is opened anew keeps the deadline it had. */
function deadlines(map: ProcessMap, sla: Sla | null, task: OpenTaskRequest['task']): OpenTaskResult {
  if (sla === null) return { dueAt: null, tiers: [] }
  const clock = workingClock(map.calendar)
  const due = task.dueAt ?? clock.addWorkingMs(task.openedAt, sla.workingMinutes * 60_000)
  const tiers = tiersOf(sla).map(({ afterWorkingMinutes }) =>
    new Date(clock.addWorkingMs(due, afterWorkingMinutes * 60_000)).toISOString(),
  )
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
