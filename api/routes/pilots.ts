import type { Actor } from '#domain/can.ts'
import { isProblem, type Problem } from '#domain/problems.ts'
import type { PilotDetail } from '#domain/views/pilots.ts'
import type { Db } from '#store/db.ts'
import { changePilot, startPilot } from '#store/pilots.ts'
import { canvasOf } from '#store/views/canvas.ts'
import { pilotDetail, pilotsOf } from '#store/views/pilots.ts'
import { stepPanelOf } from '#store/views/step-panel.ts'
import type { Handlers } from '../call.ts'

export const pilotRoutes: Pick<
  Handlers,
  'pilots' | 'startPilot' | 'pilot' | 'changePilot' | 'canvas' | 'stepPanel'
> = {
  pilots: ({ actor, now }, { db }) => pilotsOf(db, actor.id, now),
  startPilot: async ({ actor, params, body, now }, { db }) => {
    const started = await startPilot(db, {
      processId: params.processId,
      ...body,
      by: actor.id,
      sample: false,
    })
    return isProblem(started) ? started : detailOf(db, started.pilotId, { actor, now })
  },
  pilot: ({ actor, params, now }, { db }) => detailOf(db, params.pilotId, { actor, now }),
  changePilot: async ({ actor, params, body, now }, { db }) => {
    const problem = await changePilot(db, params.pilotId, { change: body, by: actor.id })
    return problem ?? detailOf(db, params.pilotId, { actor, now })
  },
  canvas: async ({ params, now }, { db }) =>
    (await canvasOf(db, params.pilotId, now)) ?? { code: 'NotFound', what: 'pilot' },
  stepPanel: async ({ params, now }, { db }) =>
    (await stepPanelOf(db, { pilotId: params.pilotId, stepId: params.stepId, now })) ?? {
      code: 'NotFound',
      what: 'step',
    },
}

async function detailOf(
  db: Db,
  pilotId: string,
  at: { actor: Actor; now: Date },
): Promise<PilotDetail | Problem> {
  return (await pilotDetail(db, pilotId, at)) ?? { code: 'NotFound', what: 'pilot' }
}
