import { checkMap } from '#domain/check-map.ts'
import type { FindPublished } from '#domain/compile-plan.ts'
import type { MapProblem } from '#domain/problems.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import { connectionProblems } from './connections.ts'
import { containedMaps } from './contained-maps.ts'
import type { Db } from './db.ts'

/** Everything that keeps a map from being published here, and the published maps that it contains. */
export async function mapProblems(
  db: Db,
  processId: string,
  map: ProcessMap,
): Promise<{ problems: MapProblem[]; find: FindPublished }> {
  const find = await containedMaps(db, processId, map)
  return { problems: [...checkMap(map, find), ...(await connectionProblems(db, processId, map))], find }
}
