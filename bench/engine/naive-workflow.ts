import { condition, defineUpdate, proxyActivities, setHandler } from '@temporalio/workflow'
import type { CaseInput, CaseResult } from '#domain/case-messages.ts'
import { referenceSteps } from './reference.ts'

/** The reference process with three activities for every step: tell that it begins, do it, tell that it is done. */

type Work = {
  tellBegun: (request: { caseId: string; step: string }) => Promise<void>
  runStep: (request: { caseId: string; step: string }) => Promise<{ output: unknown }>
  openTask: (request: { caseId: string; task: unknown }) => Promise<{ dueAt: string | null }>
  tellDone: (request: { caseId: string; step: string; output: unknown }) => Promise<void>
  closeCase: (request: { caseId: string; outcome: string }) => Promise<void>
}

const decide = defineUpdate<{ status: 'applied' }, [{ taskId: string }]>('decide')

export async function naiveWorkflow({ caseId }: CaseInput): Promise<CaseResult> {
  const work = proxyActivities<Work>({ startToCloseTimeout: '60 seconds', retry: { maximumAttempts: 5 } })
  const decided = new Set<string>()
  setHandler(decide, ({ taskId }) => {
    decided.add(taskId)
    return { status: 'applied' }
  })
  for (const { id, gate } of referenceSteps) {
    await work.tellBegun({ caseId, step: id })
    if (gate) {
      const taskId = `${caseId}.${id}.1`
      const { dueAt } = await work.openTask({ caseId, task: { taskId, stepId: id, shownHash: '' } })
      if (dueAt !== null) await condition(() => decided.has(taskId), Date.parse(dueAt) - Date.now())
      await condition(() => decided.has(taskId))
      await work.tellDone({ caseId, step: id, output: null })
    } else {
      const { output } = await work.runStep({ caseId, step: id })
      await work.tellDone({ caseId, step: id, output })
    }
  }
  await work.closeCase({ caseId, outcome: 'Done' })
  return { status: 'done', outcome: 'Done' }
}
