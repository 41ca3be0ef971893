import { randomBytes, randomUUID } from 'node:crypto'
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import { z } from 'zod'
import { CaseEvent } from '#domain/case-events.ts'
import type { RunStepRequest, RunStepResult } from '#domain/case-messages.ts'
import type { FieldValues, ProcessMap } from '#domain/process-map.ts'
import type { ConnectionBody } from '#domain/views/connections.ts'
import { createCase } from '#store/cases.ts'
import { rows, sql } from '#store/db.ts'
import { loadDocument, storeDocument } from '#store/documents.ts'
import { loadVersion } from '#store/processes.ts'
import { keyRing } from '#store/secrets/key-ring.ts'
import { addPilot, priya, type TestStore } from '#test/support/store.ts'
import { mapVersions } from '#workers/activities/map-versions.ts'
import { workOnStep } from '#workers/activities/run-step.ts'
import { noModel } from '#workers/ai/complete.ts'
import { connectCaller, type Caller } from '#workers/call/caller.ts'
import { casePort } from '#workers/case-port.ts'
import type { CasePort } from '#workers/ports.ts'

export const testKeys = keyRing([randomBytes(32).toString('base64')])
export const loopbackCaller = connectCaller({ keys: testKeys, privateCalls: 'any' })

/** One step of one case, before the engine comes to it. */
export type StepToRun = {
  processId: string
  caseId: string
  request: RunStepRequest
  /** One try of the engine. */
  attempt: (more?: {
    tries?: number
    signal?: AbortSignal
    port?: CasePort
    caller?: Caller
    stopping?: boolean
  }) => Promise<RunStepResult>
  /** Tries as often as the step allows; the pauses that were asked for are noted and not waited for. */
  run: (more?: { port?: CasePort; caller?: Caller }) => Promise<{ result: RunStepResult; pauses: number[] }>
  events: () => Promise<CaseEvent[]>
  documentOf: (result: RunStepResult) => Promise<FieldValues>
}

/** A step of a published map in a fresh case whose fields have these values, each with a worker's real store. */
export async function aStepToRun(
  store: TestStore,
  map: ProcessMap,
  {
    stepId,
    values,
    connections = {},
    more = {},
  }: {
    stepId: string
    values: FieldValues
    connections?: Record<string, ConnectionBody>
    more?: Partial<RunStepRequest>
  },
): Promise<StepToRun> {
  const { processId, pilotId } = await addPilot(store.db, map, { connections, keys: testKeys })
  const version = await loadVersion(store.db, processId, 1)
  if (version === null) throw new Error('the map was not published')
  const created = await createCase(store.db, {
    pilotId,
    title: 'Ruth',
    values: { sender: 'Ruth' },
    externalKey: randomUUID(),
    by: priya,
    channel: 'api',
  })
  if ('code' in created) throw new Error(created.code)
  const { caseId } = created
  const given = await storeDocument(store.db, { caseId, kind: 'form', body: values })
  const step = version.plan.steps[stepId]
  const request: RunStepRequest = {
    caseId,
    pilotId,
    execId: `${stepId}#1`,
    mapId: processId,
    version: 1,
    planHash: version.planHash,
    stepId,
    visit: 1,
    enabledAt: new Date().toISOString(),
    inputs: Object.fromEntries(
      (step?.inputs ?? []).filter((name) => name in values).map((name) => [name, given]),
    ),
    facts: [],
    sendBack: null,
    attempts: step?.kind === 'call' ? step.attempts : 1,
    conditionFields: [],
    ...more,
  }
  const attempt: StepToRun['attempt'] = async ({
    tries = 1,
    signal = new AbortController().signal,
    port = casePort(store.db),
    caller = loopbackCaller,
    stopping = false,
  } = {}) =>
    workOnStep({ port, model: noModel('none'), caller, versionOf: mapVersions(port) }, request, {
      tries,
      signal,
      whyAborted: () =>
        stopping ? new Error('This worker is stopping.') : new CancelledFailure('the case was stopped'),
    })
  return {
    processId,
    caseId,
    request,
    attempt,
    run: async (how = {}) => {
      const pauses: number[] = []
      for (let tries = 1; ; tries += 1) {
        try {
          return { result: await attempt({ tries, ...how }), pauses }
        } catch (error) {
          const isFinal = !(error instanceof ApplicationFailure) || error.nonRetryable === true
          if (isFinal || tries > request.attempts + 2) throw error
          pauses.push(Number(error.nextRetryDelay ?? 0))
        }
      }
    },
    events: async () => {
      const found = await rows(
        store.db,
        z.object({ event: CaseEvent }),
        sql`select event from case_event where case_id = ${caseId} order by at, key`,
      )
      return found.map(({ event }) => event)
    },
    documentOf: async (result) => {
      const ref =
        result.status === 'done'
          ? result.output
          : result.status === 'split'
            ? result.list
            : result.status === 'failed'
              ? result.failure.raw
              : null
      const document = ref === null ? null : await loadDocument(store.db, ref.id)
      if (document === null) throw new Error('the result has no document')
      return document.body
    },
  }
}
