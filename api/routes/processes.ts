import { isProblem, type Problem } from '#domain/problems.ts'
import type { ProcessDetail } from '#domain/views/processes.ts'
import type { Db } from '#store/db.ts'
import { createProcess, publishDraft, putDraft } from '#store/processes.ts'
import { addMember } from '#store/sample-process.ts'
import { mapVersion, processDetail, processesOf } from '#store/views/processes.ts'
import type { Handlers } from '../call.ts'
import type { Deps } from '../deps.ts'

export const processRoutes: Pick<
  Handlers,
  'processes' | 'createProcess' | 'process' | 'putMap' | 'publishMap' | 'mapVersion'
> = {
  processes: ({ actor }, { db }) => processesOf(db, actor.id),
  createProcess: async ({ actor, body }, deps) => {
    const id = await createProcess(deps.db, { name: body.name, ownerId: actor.id })
    await addDemoMembers(deps, id, actor.id)
    return detailOf(deps.db, id)
  },
  process: ({ params }, { db }) => detailOf(db, params.processId),
  putMap: async ({ actor, params, body }, { db }) => {
    const put = await putDraft(db, { processId: params.processId, ...body, by: actor.id })
    return isProblem(put) ? put : detailOf(db, params.processId)
  },
  publishMap: async ({ actor, params, body }, { db }) => {
    const { processId } = params
    const published = await publishDraft(db, { processId, revision: body.revision, by: actor.id })
    if (isProblem(published)) return published
    return (await mapVersion(db, processId, published.version)) ?? { code: 'NotFound', what: 'version' }
  },
  mapVersion: async ({ params }, { db }) => {
    const version = /^[1-9]\d{0,8}$/.test(params.version) ? Number(params.version) : null
    const found = version === null ? null : await mapVersion(db, params.processId, version)
    return found ?? { code: 'NotFound', what: 'version' }
  },
}

/** In the demo every persona has a part in every process, so that one can play it through. */
async function addDemoMembers(
  { db, demo, personas }: Deps,
  processId: string,
  ownerId: string,
): Promise<void> {
  if (!demo) return
  for (const { person, role } of personas) {
    if (person.id !== ownerId && role !== 'owner')
      await addMember(db, { processId, personId: person.id, role })
  }
}

async function detailOf(db: Db, processId: string): Promise<ProcessDetail | Problem> {
  return (await processDetail(db, processId)) ?? { code: 'NotFound', what: 'process' }
}
