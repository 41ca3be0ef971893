import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { z } from 'zod'
import { CaseDetail, StartedCase } from '#domain/views/cases.ts'
import { PilotDetail, PilotSummary } from '#domain/views/pilots.ts'
import { MapVersion, ProcessDetail } from '#domain/views/processes.ts'
import { Inbox, TaskDetail, type TaskAction, type TaskKind } from '#domain/views/tasks.ts'
import { onboardingCases } from '#samples/client-onboarding/intake.ts'
import { onboardingMap } from '#samples/client-onboarding/map.ts'
import type { FieldValues, ProcessMap } from '#domain/process-map.ts'
import { asPersona } from './browser.ts'
import { anOrder, everyKind } from './every-kind.ts'

/** What scripts do around a journey: the office that goes on while one person is watched. */

export async function samplePilot(): Promise<PilotDetail> {
  const { json } = await asPersona('priya', '/api/pilots')
  const pilot = z
    .array(PilotSummary)
    .parse(json)
    .find(({ processName }) => processName === onboardingMap.name)
  if (pilot === undefined) throw new Error('there is no sample pilot')
  const detail = await asPersona('priya', `/api/pilots/${pilot.id}`)
  return PilotDetail.parse(detail.json)
}

/** A pilot of a process with every kind of step, in which the sample runs. */
export async function everyKindPilot(): Promise<PilotDetail> {
  const { processId, mapVersion } = await samplePilot()
  return pilotOf('Order fulfilment', everyKind({ processId, version: mapVersion }), async (id) => {
    // A name that leads nowhere: what asks this system ends at the exception desk.
    await asPersona('priya', `/api/processes/${id}/connections/courier`, {
      method: 'PUT',
      body: { baseUrl: 'https://courier.invalid', privateAddress: false, headers: [] },
    })
  })
}

/** A pilot of a new process that works as the map says. */
export async function pilotOf(
  name: string,
  map: ProcessMap,
  prepare: (processId: string) => Promise<void> = async () => undefined,
): Promise<PilotDetail> {
  const created = await asPersona('priya', '/api/processes', { method: 'POST', body: { name } })
  const { id } = ProcessDetail.parse(created.json)
  await prepare(id)
  const version = await publish(id, map)
  const started = await asPersona('priya', `/api/processes/${id}/pilots`, {
    method: 'POST',
    body: { version, baselineId: null, days: 30, undoSeconds: 0 },
  })
  return PilotDetail.parse(started.json)
}

/** The next version of a process's map; gives its number. */
export async function publish(processId: string, map: ProcessMap): Promise<number> {
  const found = await asPersona('priya', `/api/processes/${processId}`)
  const stored = await asPersona('priya', `/api/processes/${processId}/map`, {
    method: 'PUT',
    body: { revision: ProcessDetail.parse(found.json).revision, map },
  })
  const draft = ProcessDetail.parse(stored.json)
  expect(draft.problems).toEqual([])
  const published = await asPersona('priya', `/api/processes/${processId}/versions`, {
    method: 'POST',
    body: { revision: draft.revision },
  })
  return MapVersion.parse(published.json).version
}

export async function startOrder(pilotId: string, client: string): Promise<string> {
  return startWith(pilotId, anOrder(client), `order ${client}`)
}

export async function startWith(pilotId: string, values: FieldValues, key: string): Promise<string> {
  const { json } = await asPersona('priya', `/api/pilots/${pilotId}/cases`, {
    method: 'POST',
    body: { values },
    headers: { 'idempotency-key': key },
  })
  return StartedCase.parse(json).caseId
}

export async function setPilot(pilotId: string, change: Record<string, unknown>): Promise<void> {
  const { status } = await asPersona('priya', `/api/pilots/${pilotId}`, { method: 'PATCH', body: change })
  expect(status).toBe(200)
}

export async function startCase(pilotId: string, client: string): Promise<string> {
  const first = onboardingCases[0]
  if (first === undefined) throw new Error('the sample has no cases')
  const { status, json } = await asPersona('priya', `/api/pilots/${pilotId}/cases`, {
    method: 'POST',
    body: { values: { ...first.values, [onboardingMap.titleField]: client } },
    headers: { 'idempotency-key': `journey ${client}` },
  })
  expect(status).toBe(202)
  return StartedCase.parse(json).caseId
}

export async function caseOf(caseId: string): Promise<CaseDetail> {
  const { json } = await asPersona('priya', `/api/cases/${caseId}`)
  return CaseDetail.parse(json)
}

/** Waits until a case has a task of a kind, and gives it. */
export async function taskOf(caseId: string, kind: TaskKind): Promise<TaskDetail> {
  for (let tries = 0; tries < 300; tries += 1) {
    const { json } = await asPersona('priya', `/api/tasks?view=all&limit=100&kind=${kind}`)
    const found = Inbox.parse(json).items.find((task) => task.caseId === caseId)
    if (found !== undefined) {
      const detail = await asPersona('priya', `/api/tasks/${encodeURIComponent(found.id)}`)
      return TaskDetail.parse(detail.json)
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`case ${caseId} got no ${kind} task`)
}

export async function decide(
  persona: string,
  task: TaskDetail,
  action: TaskAction,
  more: { values?: FieldValues; reason?: string } = {},
): Promise<{ status: number; json: unknown }> {
  return asPersona(persona, `/api/tasks/${encodeURIComponent(task.id)}/decisions`, {
    method: 'POST',
    body: {
      decisionId: randomUUID(),
      taskVersion: task.version,
      shownHash: task.shownHash,
      action,
      values: more.values ?? null,
      reason: more.reason ?? null,
      note: null,
      touchMs: 1_000,
    },
  })
}

/** A case whose contract is checked and whose welcome pack waits for a reviewer. */
export async function caseAtReview(
  pilotId: string,
  client: string,
): Promise<{ caseId: string; task: TaskDetail }> {
  const caseId = await startCase(pilotId, client)
  const check = await taskOf(caseId, 'manual')
  const form = Object.fromEntries(
    check.draft.map(({ field }) => [
      field.name,
      field.type === 'yes-no' ? true : field.type === 'choice' ? (field.choices[0] ?? null) : null,
    ]),
  )
  const { status } = await decide('sam', check, 'complete', { values: form })
  expect(status).toBe(200)
  return { caseId, task: await taskOf(caseId, 'review') }
}
