import { isProblem, type Problem } from '#domain/problems.ts'
import type { BaselineImport, Upload } from '#domain/views/baselines.ts'
import { matchStepNames } from '#domain/measure/match-step-names.ts'
import { loadContent, orderImport, storeUpload } from '#store/baselines.ts'
import type { Db } from '#store/db.ts'
import { baselinesOf, baselineView, importView, uploadView } from '#store/views/baselines.ts'
import { mapForBaseline } from '#store/views/processes.ts'
import type { Handlers } from '../call.ts'

const mostListed = 200

export const baselineRoutes: Pick<
  Handlers,
  'uploadLog' | 'upload' | 'checkUpload' | 'importBaseline' | 'baselineImport' | 'baselines' | 'baseline'
> = {
  uploadLog: async ({ actor, params, query, file }, { db, logs }) => {
    if (file.byteLength === 0) return { code: 'FileUnreadable', why: 'The file is empty.' }
    const facts = await logs.facts(file)
    if (isProblem(facts)) return facts
    const id = await storeUpload(db, {
      processId: params.processId,
      fileName: query.fileName,
      content: file,
      facts,
      by: actor.id,
    })
    return uploadOf(db, id)
  },
  upload: ({ params }, { db }) => uploadOf(db, params.uploadId),
  checkUpload: async ({ params, body, processId }, { db, logs }) => {
    const content = await loadContent(db, params.uploadId)
    if (content === null) return { code: 'NotFound', what: 'upload' }
    const checked = await logs.check(content, body.mapping)
    if (isProblem(checked)) return checked
    const map = await mapForBaseline(db, processId)
    const steps = (map?.steps ?? []).filter((step) => step.kind !== 'end' && step.kind !== 'decision')
    const matches = matchStepNames(
      checked.activities.map((activity) => activity.activity),
      steps.map((step) => ({ id: step.id, name: step.title })),
    )
    return {
      ...checked,
      rejected: checked.rejected.slice(0, mostListed),
      activities: checked.activities.map(({ activity, rows }, index) => ({
        activity,
        rows,
        stepId: matches[index]?.stepId ?? null,
        score: matches[index]?.score ?? 0,
      })),
    }
  },
  importBaseline: async ({ actor, params, body, processId }, { db, logs, kickJobs }) => {
    const content = await loadContent(db, params.uploadId)
    if (content === null) return { code: 'NotFound', what: 'upload' }
    const map = await mapForBaseline(db, processId)
    const known = new Set(map?.steps.map((step) => step.id))
    const errors = Object.entries(body.stepNames).flatMap(([activity, stepId]) =>
      stepId === null || known.has(stepId)
        ? []
        : [
            {
              field: `stepNames.${activity.slice(0, 80)}`,
              message: 'names no step of the map',
              mend: `use ${[...known].slice(0, 20).join(', ') || 'null'} or null`,
            },
          ],
    )
    if (errors.length > 0) return { code: 'InvalidInput', errors }
    const checked = await logs.check(content, body.mapping)
    if (isProblem(checked)) return checked
    if (checked.rejectedTotal > 0 && !body.skipRejected) {
      return {
        code: 'RowsRejected',
        rows: checked.rejected
          .slice(0, mostListed)
          .map(({ row, reason, value }) => ({ row, field: value, message: reason })),
        total: checked.rejectedTotal,
      }
    }
    const id = await orderImport(db, {
      processId,
      uploadId: params.uploadId,
      request: {
        mapping: body.mapping,
        stepNames: body.stepNames,
        calendar: body.calendar,
        exceptionSteps: (map?.steps ?? []).filter((step) => step.lane !== null).map((step) => step.id),
        sampleData: body.sampleData,
      },
      total: checked.rows,
      by: actor.id,
    })
    kickJobs()
    return importOf(db, id)
  },
  baselineImport: ({ params }, { db }) => importOf(db, params.importId),
  baselines: ({ params }, { db }) => baselinesOf(db, params.processId),
  baseline: async ({ params }, { db }) =>
    (await baselineView(db, params.baselineId)) ?? { code: 'NotFound', what: 'baseline' },
}

async function uploadOf(db: Db, uploadId: string): Promise<Upload | Problem> {
  return (await uploadView(db, uploadId)) ?? { code: 'NotFound', what: 'upload' }
}

async function importOf(db: Db, importId: string): Promise<BaselineImport | Problem> {
  return (await importView(db, importId)) ?? { code: 'NotFound', what: 'import' }
}
