import { intakeProblems, titleOf } from '#domain/case-values.ts'
import { isProblem, type Problem, type RowProblem } from '#domain/problems.ts'
import type { CaseBatch } from '#domain/views/cases.ts'
import { batchView, orderBatch } from '#store/batches.ts'
import { beginAgain } from '#store/begin-again.ts'
import { createCase } from '#store/cases.ts'
import type { Db } from '#store/db.ts'
import { pilotTerms } from '#store/pilots.ts'
import { sampleCasesStarted } from '#store/sample-process.ts'
import { loadSampleTemplate } from '#store/samples.ts'
import { caseDetail } from '#store/views/case.ts'
import { caseSummary, casesOf } from '#store/views/cases.ts'
import type { Handlers } from '../call.ts'
import { readCaseRows } from '../case-rows.ts'
import { badCursor, limitOf } from '../list-page.ts'
import { idOfKey } from '../stable-id.ts'
import { stopCase } from '../stop-case.ts'

const mostFaultsListed = 200

export const caseRoutes: Pick<
  Handlers,
  | 'cases'
  | 'startCase'
  | 'startCases'
  | 'startSampleCases'
  | 'caseBatch'
  | 'case'
  | 'stopCase'
  | 'beginCaseAgain'
> = {
  cases: async ({ params, query }, { db }) => {
    const page = await casesOf(db, {
      pilotId: params.pilotId,
      status: query.status ?? 'all',
      stepId: query.stepId ?? null,
      search: query.search?.trim() || null,
      cursor: query.cursor ?? null,
      limit: limitOf(query.limit),
    })
    return page ?? badCursor
  },
  startCase: async ({ actor, params, body, idempotencyKey }, deps) => {
    const { db, admission, kickStarts, versionOf } = deps
    const terms = await pilotTerms(db, params.pilotId, versionOf)
    if (terms === null) return { code: 'NotFound', what: 'pilot' }
    const errors = intakeProblems(terms.map, body.values)
    if (errors.length > 0) {
      return {
        code: 'ValuesInvalid',
        errors: errors.map((error) => ({ ...error, field: `values.${error.field}` })),
      }
    }
    const full = await admission.ofStart(params.pilotId)
    if (full !== null) return full
    const created = await createCase(db, {
      pilotId: params.pilotId,
      title: titleOf(terms.map, body.values),
      values: body.values,
      externalKey: idOfKey(actor.id, idempotencyKey),
      by: { id: actor.id, name: actor.name, sample: actor.sample },
      channel: 'form',
    })
    if (isProblem(created)) return created
    if (!created.existed) admission.accepted(params.pilotId)
    kickStarts()
    return { caseId: created.caseId, number: created.number, title: created.title }
  },
  startCases: async ({ actor, params, query, file, processId }, deps) => {
    const { db, admission, kickJobs, versionOf } = deps
    const terms = await pilotTerms(db, params.pilotId, versionOf)
    if (terms === null) return { code: 'NotFound', what: 'pilot' }
    if (terms.status !== 'running') return { code: 'PilotNotRunning', status: terms.status }
    const read = await readCaseRows(terms.map, file)
    if (isProblem(read)) return read
    const isSkipping = query.skipFaulty === 'true' && read.good.length > 0
    if (read.faults.length > 0 && !isSkipping) return rejected(read.faults)
    const full = await admission.ofFile(params.pilotId, read.good.length)
    if (full !== null) return full
    const batchId = await orderBatch(db, {
      pilotId: params.pilotId,
      processId,
      rows: read.good,
      refused: read.faultyRows,
      channel: 'csv',
      by: actor.id,
    })
    kickJobs()
    return batchOf(db, batchId)
  },
  startSampleCases: async ({ actor, params, body, processId }, deps) => {
    const { db, demo, admission, kickJobs, versionOf } = deps
    const terms = await pilotTerms(db, params.pilotId, versionOf)
    if (terms === null) return { code: 'NotFound', what: 'pilot' }
    const template = terms.sampleKey === null ? null : await loadSampleTemplate(db, terms.sampleKey)
    if (!demo || template === null) return { code: 'DemoOnly' }
    if (terms.status !== 'running') return { code: 'PilotNotRunning', status: terms.status }
    const full = await admission.ofFile(params.pilotId, body.count)
    if (full !== null) return full
    const from = await sampleCasesStarted(db, params.pilotId)
    const batchId = await orderBatch(db, {
      pilotId: params.pilotId,
      processId,
      rows: Array.from({ length: body.count }, (_, index) => ({
        row: index + 1,
        values: template.intake[(from + index) % template.intake.length] ?? {},
      })),
      refused: 0,
      channel: 'sample',
      by: actor.id,
    })
    kickJobs()
    return batchOf(db, batchId)
  },
  caseBatch: ({ params }, { db }) => batchOf(db, params.batchId),
  case: async ({ actor, params, now }, { db }) =>
    (await caseDetail(db, params.caseId, { actor, now })) ?? { code: 'NotFound', what: 'case' },
  stopCase: async ({ actor, params, body, idempotencyKey, processId }, deps) => {
    const problem = await stopCase(deps, actor, {
      caseId: params.caseId,
      processId,
      reason: body.reason,
      compensate: body.compensate ?? true,
      stopId: idOfKey(actor.id, idempotencyKey),
    })
    return problem ?? (await caseSummary(deps.db, params.caseId)) ?? { code: 'NotFound', what: 'case' }
  },
  beginCaseAgain: async ({ actor, params }, { db, kickStarts }) => {
    const by = { id: actor.id, name: actor.name, sample: actor.sample }
    const made = await beginAgain(db, { caseId: params.caseId, by })
    if (isProblem(made)) return made
    kickStarts()
    return { caseId: made.caseId, number: made.number, title: made.title }
  },
}

function rejected(rows: RowProblem[]): Problem {
  const total = new Set(rows.map((row) => row.row)).size
  return { code: 'RowsRejected', rows: rows.slice(0, mostFaultsListed), total }
}

async function batchOf(db: Db, batchId: string): Promise<CaseBatch | Problem> {
  return (await batchView(db, batchId)) ?? { code: 'NotFound', what: 'batch' }
}
