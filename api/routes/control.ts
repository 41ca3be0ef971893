import { placedSteps, stepAt } from '#domain/map-tree.ts'
import { isProblem, type Problem } from '#domain/problems.ts'
import type { Step } from '#domain/process-map.ts'
import type { CommandBatch, PilotCommandBody } from '#domain/views/control.ts'
import { orderMove, orderPilotCommand } from '#store/command-batches.ts'
import type { Db } from '#store/db.ts'
import { loadMapTree } from '#store/map-trees.ts'
import { newestVersion } from '#store/processes.ts'
import { pilotVersion } from '#store/pilots.ts'
import { commandBatch } from '#store/views/command-batches.ts'
import type { Handlers } from '../call.ts'
import { commandCase } from '../command-case.ts'
import { messageByKey, messageCase } from '../deliver-message.ts'
import type { Deps } from '../deps.ts'
import { checkMove, movesOf } from '../move-cases.ts'
import { idOfKey } from '../stable-id.ts'

export const controlRoutes: Pick<
  Handlers,
  'commandCase' | 'messageCase' | 'commandPilot' | 'commandBatch' | 'messagePilot' | 'moves' | 'moveCases'
> = {
  commandCase: ({ actor, params, body, processId, idempotencyKey }, deps) =>
    commandCase(deps, actor, {
      caseId: params.caseId,
      processId,
      body,
      commandId: idOfKey(actor.id, idempotencyKey),
    }),
  messageCase: ({ actor, params, body }, deps) => messageCase(deps, actor, { caseId: params.caseId, body }),
  commandPilot: async ({ actor, params, body, processId }, deps) => {
    const fault = await stepFault(deps, { pilotId: params.pilotId, body })
    if (fault !== null) return fault
    const ordered = await orderPilotCommand(deps.db, {
      pilotId: params.pilotId,
      processId,
      by: actor.id,
      command: body,
    })
    return started(deps, ordered)
  },
  commandBatch: ({ params }, { db }) => batchOf(db, params.commandBatchId),
  messagePilot: ({ actor, params, body: { key, ...body }, processId }, deps) =>
    messageByKey(deps, actor, { pilotId: params.pilotId, processId, key, body }),
  moves: async ({ params, query, processId }, deps) =>
    movesOf(deps, {
      pilotId: params.pilotId,
      processId,
      toVersion:
        query.toVersion === undefined ? await newestVersion(deps.db, processId) : Number(query.toVersion),
      stepIds: stepNamesOf(query.steps ?? ''),
      cursor: query.cursor ?? null,
    }),
  moveCases: async ({ actor, params, body, processId }, deps) => {
    const question = { pilotId: params.pilotId, processId, ...body }
    const plans = await checkMove(deps, question)
    if (isProblem(plans)) return plans
    return started(deps, await orderMove(deps.db, { ...question, by: actor.id }))
  },
}

async function started({ db, kickJobs }: Deps, batchId: string | Problem): Promise<CommandBatch | Problem> {
  if (typeof batchId !== 'string') return batchId
  kickJobs()
  return batchOf(db, batchId)
}

async function batchOf(db: Db, batchId: string): Promise<CommandBatch | Problem> {
  return (await commandBatch(db, batchId)) ?? { code: 'NotFound', what: 'batch' }
}

/** Only what AI or another system does can be done by hand instead. */
function canGoByHand({ kind }: Step): boolean {
  return kind === 'ai' || kind === 'call'
}

/** A command for one step names a step that the pilot's map has, and that can be told so. */
async function stepFault(
  { db, versionOf }: Deps,
  { pilotId, body }: { pilotId: string; body: PilotCommandBody },
): Promise<Problem | null> {
  if (!('stepId' in body) || body.stepId === null) return null
  const of = await pilotVersion(db, pilotId)
  const tree = of === null ? null : await loadMapTree(db, of, versionOf)
  if (tree === null) return { code: 'NotFound', what: 'pilot' }
  const placed = stepAt(tree, body.stepId)
  const isForAnyone = body.kind === 'retry'
  if (placed !== null && (isForAnyone || canGoByHand(placed.step))) return null
  const useful = placedSteps(tree).filter(({ placed: { step } }) => isForAnyone || canGoByHand(step))
  return {
    code: 'InvalidInput',
    errors: [
      {
        field: 'stepId',
        message: placed === null ? 'is no step of this map' : 'is not done by AI, nor by another system',
        mend: `use ${useful.map(({ path }) => path).join(', ') || 'null'}`,
      },
    ],
  }
}

function stepNamesOf(text: string): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair !== '')
  return Object.fromEntries(pairs.map((pair) => [pair.split(':')[0] ?? '', pair.split(':')[1] ?? '']))
}
