import type { WorkflowHandle } from '@temporalio/client'
import { defaultPayloadConverter } from '@temporalio/common'
import { historyToJSON } from '@temporalio/common/lib/proto-utils'
import { z } from 'zod'
import type { CaseInput } from '#domain/case-messages.ts'

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>

/** One history of a case, from its start or from a cut to the next cut or its end. */
export type Run = {
  runId: string
  history: History
  input: CaseInput
  /** How many events of each type. */
  events: Record<string, number>
  /** Workflow tasks that the server asked for again, since something had come that they did not know of. */
  overtaken: number
  /** Activities in the order in which the case heard of their end. */
  finished: string[]
  /** What the last failed workflow task says, if one failed. */
  failed: string | null
}

/** Every run of a case, the first one first. */
export async function runsOf(handle: WorkflowHandle): Promise<Run[]> {
  const { workflowId, client } = handle
  const runs: Run[] = []
  for (let runId = (await handle.describe()).runId; runId !== '';) {
    const history = await client.getHandle(workflowId, runId).fetchHistory()
    const started = history.events?.[0]?.workflowExecutionStartedEventAttributes
    const payload = started?.input?.payloads?.[0]
    if (payload == null) throw new Error(`run ${runId} of ${workflowId} has no input`)
    const input = defaultPayloadConverter.fromPayload<CaseInput>(payload)
    runs.unshift({ runId, history, input, ...readEvents(history) })
    runId = started?.continuedExecutionRunId ?? ''
  }
  return runs
}

const Events = z.object({
  events: z.array(
    z.object({
      eventId: z.string(),
      eventType: z.string(),
      activityTaskScheduledEventAttributes: z.object({ activityId: z.string() }).optional(),
      activityTaskCompletedEventAttributes: z.object({ scheduledEventId: z.string() }).optional(),
      workflowTaskFailedEventAttributes: z
        .object({ cause: z.string(), failure: z.object({ message: z.string().optional() }).optional() })
        .optional(),
    }),
  ),
})

function readEvents(history: History): Pick<Run, 'events' | 'overtaken' | 'finished' | 'failed'> {
  const { events } = Events.parse(JSON.parse(historyToJSON(history)))
  const counts: Record<string, number> = {}
  const scheduled = new Map<string, string>()
  const finished: string[] = []
  let overtaken = 0
  let failed: string | null = null
  for (const event of events) {
    counts[event.eventType] = (counts[event.eventType] ?? 0) + 1
    const began = event.activityTaskScheduledEventAttributes
    if (began !== undefined) scheduled.set(event.eventId, began.activityId)
    const ended = event.activityTaskCompletedEventAttributes
    if (ended !== undefined) finished.push(scheduled.get(ended.scheduledEventId) ?? '')
    const failure = event.workflowTaskFailedEventAttributes
    if (failure === undefined) continue
    if (failure.cause.endsWith('_UNHANDLED_COMMAND')) overtaken += 1
    else failed = failure.failure?.message ?? failure.cause
  }
  return { events: counts, overtaken, finished, failed }
}
