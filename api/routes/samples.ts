import { can, type Actor } from '#domain/can.ts'
import { isProblem, type Problem } from '#domain/problems.ts'
import { deleteProcess, openCasesOf, processOfSample } from '#store/sample-process.ts'
import { loadSampleTemplate } from '#store/samples.ts'
import { pilotSummary } from '#store/views/pilots.ts'
import type { Handlers } from '../call.ts'
import type { Deps } from '../deps.ts'
import { makeSampleProcess } from '../sample-process.ts'

export const sampleRoutes: Pick<Handlers, 'makeSample' | 'deleteSample'> = {
  makeSample: async ({ actor, params, now }, deps) => {
    if (!deps.demo) return { code: 'DemoOnly' }
    const template = await loadSampleTemplate(deps.db, params.sampleKey)
    if (template === null) return { code: 'NotFound', what: 'sample' }
    const removed = await removeSample(deps, actor, params.sampleKey)
    if (isProblem(removed)) return removed
    const made = await makeSampleProcess(deps, template)
    if (isProblem(made)) return made
    return (await pilotSummary(deps.db, made.pilotId, now)) ?? { code: 'NotFound', what: 'pilot' }
  },
  deleteSample: async ({ actor, params }, deps) => {
    if (!deps.demo) return { code: 'DemoOnly' }
    if ((await loadSampleTemplate(deps.db, params.sampleKey)) === null)
      return { code: 'NotFound', what: 'sample' }
    return removeSample(deps, actor, params.sampleKey)
  },
}

/** Ends what runs, then deletes the process with everything in it. */
async function removeSample(deps: Deps, actor: Actor, key: string): Promise<{ deleted: boolean } | Problem> {
  const processId = await processOfSample(deps.db, key)
  if (processId === null) {
    const isOwner = deps.personas.some(({ person, role }) => person.id === actor.id && role === 'owner')
    return isOwner ? { deleted: false } : { code: 'NotAllowed', action: 'manage-samples' }
  }
  if (!can(actor, 'manage-samples', processId)) return { code: 'NotAllowed', action: 'manage-samples' }
  const open = await openCasesOf(deps.db, processId)
  try {
    for (let at = 0; at < open.length; at += 20) {
      await Promise.all(
        open.slice(at, at + 20).map((address) => deps.engine.terminate(address, 'the sample was deleted')),
      )
    }
  } catch {
    return { code: 'EngineUnavailable' }
  }
  await deleteProcess(deps.db, processId, actor.id)
  return { deleted: true }
}
