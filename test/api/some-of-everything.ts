import { randomUUID } from 'node:crypto'
import type { CaseBatch } from '#domain/views/cases.ts'
import { SampleTemplate } from '#domain/sample-template.ts'
import { putSampleTemplate } from '#store/samples.ts'
import { draftAndReview } from '../support/maps.ts'
import { appliedBy, aWaitingCase, withPilot, type TestApi } from './test-api.ts'

/** An id for every parameter of a path, each of a thing that is there. */
export type Ids = Record<
  | 'processId'
  | 'pilotId'
  | 'caseId'
  | 'taskId'
  | 'decisionId'
  | 'uploadId'
  | 'importId'
  | 'baselineId'
  | 'batchId'
  | 'commandBatchId'
  | 'stepId'
  | 'version'
  | 'sampleKey'
  | 'connection',
  string
>

export const logCsv = [
  'case,activity,start,end',
  ...Array.from({ length: 40 }, (_, index) => {
    const day = String(1 + (index % 28)).padStart(2, '0')
    const month = index < 28 ? '03' : '04'
    const minutes = String(10 + ((index * 7) % 45))
    return [
      `c${index},Draft draft,2026-${month}-${day}T09:00:00Z,2026-${month}-${day}T09:${minutes}:00Z`,
      `c${index},Review read,2026-${month}-${day}T11:00:00Z,2026-${month}-${day}T11:${minutes}:00Z`,
    ].join('\n')
  }),
].join('\n')

/** One of everything that can be addressed, so that a request can be about something real. */
export async function someOfEverything(api: TestApi): Promise<Ids> {
  const pilot = await withPilot(api, draftAndReview())
  const waiting = {
    ...pilot,
    values: { sender: 'Brightwell', letter: 'Please pay 4,200.', amount: 4200 },
    draft: { stepId: 'draft', values: { summary: 'They ask for 4200.' } },
    stepId: 'read',
  }
  const open = await aWaitingCase(api, waiting)
  const decided = await aWaitingCase(api, waiting)
  api.engine.onDecide = appliedBy('read')
  const decisionId = randomUUID()
  await api.call('decide', {
    as: 'sam',
    params: { taskId: decided.taskId },
    body: {
      decisionId,
      taskVersion: 1,
      shownHash: decided.shownHash,
      action: 'edit',
      values: { summary: 'They ask for 4200 euros.' },
      reason: null,
      note: null,
      touchMs: 1_000,
    },
  })
  const csv = { 'content-type': 'text/csv' }
  const { processId, pilotId } = pilot
  const upload = await api.call('uploadLog', {
    params: { processId },
    query: { fileName: 'log.csv' },
    raw: logCsv,
    headers: csv,
  })
  const ordered = await api.call('importBaseline', {
    params: { uploadId: upload.id },
    body: {
      mapping: upload.mapping,
      stepNames: { 'Draft draft': 'draft', 'Review read': 'read' },
      calendar: null,
      skipRejected: false,
      sampleData: false,
    },
  })
  const baselineId = await imported(api, ordered.id)
  await api.call('putConnection', {
    params: { processId, connection: 'register' },
    body: {
      baseUrl: 'https://register.example/v1',
      privateAddress: false,
      headers: [{ name: 'authorization', value: 'Bearer of-everything' }],
    },
  })
  const batch = await api.call('startCases', {
    params: { pilotId },
    raw: 'sender,letter\nOne,Hello\n',
    headers: csv,
  })
  await batchEnds(api, batch.id)
  const command = await api.call('commandPilot', { params: { pilotId }, body: { kind: 'resume' } })
  await putSampleTemplate(
    api.db,
    SampleTemplate.parse({
      key: 'letters',
      name: 'Sample letters',
      map: draftAndReview(),
      intake: [{ sender: 'A sample', letter: 'Please pay 12.' }],
      statement: 'Sample data: three letters written by hand.',
      baselineCsv: `# a synthetic log\n${logCsv}`,
      stepNames: { 'Draft draft': 'draft', 'Review read': 'read' },
      staff: [{ id: 'staff-1', name: 'Mo (sample colleague)', role: 'Reader' }],
    }),
  )
  return {
    processId,
    pilotId,
    caseId: open.caseId,
    taskId: open.taskId,
    decisionId,
    uploadId: upload.id,
    importId: ordered.id,
    baselineId,
    batchId: batch.id,
    commandBatchId: command.id,
    stepId: 'draft',
    version: '1',
    sampleKey: 'letters',
    connection: 'register',
  }
}

export async function batchEnds(api: TestApi, batchId: string): Promise<CaseBatch> {
  for (let tries = 0; tries < 200; tries += 1) {
    const batch = await api.call('caseBatch', { params: { batchId } })
    if (batch.status === 'done') return batch
    await new Promise((done) => setTimeout(done, 50))
  }
  throw new Error('the batch did not end')
}

/** Waits for an import to end; gives its baseline. */
export async function imported(api: TestApi, importId: string): Promise<string> {
  for (let tries = 0; tries < 200; tries += 1) {
    const state = await api.call('baselineImport', { params: { importId } })
    if (state.status === 'failed') throw new Error(state.problem ?? 'the import failed')
    if (state.baselineId !== null) return state.baselineId
    await new Promise((done) => setTimeout(done, 100))
  }
  throw new Error('the import did not end')
}
