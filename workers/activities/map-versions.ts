import { ApplicationFailure } from '@temporalio/common'
import type { CasePort, MapVersionForWork } from '../ports.ts'

const kept = 50

export type Wanted = { mapId: string; version: number; planHash: string }

/** Published maps, kept since they never change; fails for good when it is not the map the case was started with. */
export function mapVersions(
  port: Pick<CasePort, 'loadMapVersion'>,
): (wanted: Wanted) => Promise<MapVersionForWork> {
  const known = new Map<string, MapVersionForWork>()
  return async ({ mapId, version, planHash }) => {
    const key = `${mapId}:${version}`
    const found = known.get(key) ?? (await port.loadMapVersion(mapId, version))
    if (found === null) {
      throw ApplicationFailure.nonRetryable(`Version ${version} of the map is missing.`, 'MapVersionMissing')
    }
    if (found.planHash !== planHash) {
      throw ApplicationFailure.nonRetryable(
        `Version ${version} of the map is not the one this case was started with.`,
        'MapVersionChanged',
      )
    }
    known.delete(key)
    known.set(key, found)
    const oldest = known.keys().next().value
    if (known.size > kept && oldest !== undefined) known.delete(oldest)
    return found
  }
}
