import { z } from 'zod'
import { MapProblem } from '../problems.ts'
import { ProcessMap } from '../process-map.ts'
import { Id, Instant, Person } from './common.ts'

export const ProcessSummary = z
  .strictObject({
    id: Id,
    name: z.string(),
    owner: Person,
    sample: z.boolean(),
    publishedVersion: z.int().nullable(),
    pilotId: Id.nullable(),
    baselineId: Id.nullable(),
  })
  .meta({ id: 'ProcessSummary' })
export type ProcessSummary = z.infer<typeof ProcessSummary>

export const ProcessDetail = z
  .strictObject({
    ...ProcessSummary.shape,
    draft: ProcessMap.nullable(),
    /** Goes up with every change of the draft; send it back with the next change. */
    revision: z.int(),
    problems: z.array(MapProblem),
    versions: z.array(z.strictObject({ version: z.int(), publishedAt: Instant, by: Person })),
  })
  .meta({ id: 'ProcessDetail' })
export type ProcessDetail = z.infer<typeof ProcessDetail>

export const MapVersion = z
  .strictObject({
    processId: Id,
    version: z.int(),
    map: ProcessMap,
    planHash: z.string(),
    publishedAt: Instant,
    by: Person,
  })
  .meta({ id: 'MapVersion' })
export type MapVersion = z.infer<typeof MapVersion>
