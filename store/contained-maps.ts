import { z } from 'zod'
import { subKey, type FindPublished, type PublishedMap } from '#domain/compile-plan.ts'
import { CasePlan } from '#domain/plan-schema.ts'
import { ProcessMap } from '#domain/process-map.ts'
import { rows, sql, type Db } from './db.ts'

const Row = z.object({ process_id: z.string(), version: z.number(), map: ProcessMap, plan: CasePlan })

/** The published maps that a map contains, of processes in which the owner of this one has a part. */
export async function containedMaps(db: Db, processId: string, map: ProcessMap): Promise<FindPublished> {
  const wanted = map.steps.flatMap((step) => (step.kind === 'sub-process' ? [step.processId] : []))
  if (wanted.length === 0) return () => null
  const found = await rows(
    db,
    Row,
    sql`select v.process_id, v.version, v.map, v.plan from map_version v
      where v.process_id = any(${wanted}) and exists (
        select 1 from process p join membership m on m.person_id = p.owner_id
        where p.id = ${processId} and m.process_id = v.process_id)`,
  )
  const known = new Map(
    found.map(({ process_id: id, version, map: inner, plan }): [string, PublishedMap] => [
      subKey({ processId: id, version }),
      { map: inner, plan },
    ]),
  )
  return (id, version) => known.get(subKey({ processId: id, version })) ?? null
}
