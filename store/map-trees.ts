import { subKey } from '#domain/compile-plan.ts'
import type { MapTree } from '#domain/map-tree.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import type { Db } from './db.ts'
import { loadVersion, type Versions } from './processes.ts'

/** A published map with all that it contains; null when it is not published. */
export async function loadMapTree(
  db: Db,
  of: { processId: string; version: number },
  versionOf: Versions = loadVersion,
): Promise<MapTree | null> {
  const version = await versionOf(db, of.processId, of.version)
  return version === null ? null : { map: version.map, inner: await innerMaps(db, version.map, versionOf) }
}

/** The maps that a map contains, theirs included. */
export async function innerMaps(
  db: Db,
  map: ProcessMap,
  versionOf: Versions = loadVersion,
): Promise<Record<string, ProcessMap>> {
  const inner: Record<string, ProcessMap> = {}
  const open = [map]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const step of next.steps) {
      if (step.kind !== 'sub-process' || inner[subKey(step)] !== undefined) continue
      const found = await versionOf(db, step.processId, step.version)
      if (found === null)
        throw new Error(`${subKey(step)} is contained in a published map and is not published`)
      inner[subKey(step)] = found.map
      open.push(found.map)
    }
  }
  return inner
}
