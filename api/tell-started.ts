import type { Db } from '#store/db.ts'
import type { Versions } from '#store/processes.ts'
import type { Engine, Told } from './engine.ts'
import { startNow } from './start-relay.ts'

/** Tells a case something. One that waits for its turn to start is started first: nobody waits to pause what waits. */
export async function tellStarted<Result>(
  deps: { db: Db; engine: Engine; versionOf: Versions },
  caseId: string,
  tell: () => Promise<Told<Result>>,
): Promise<Told<Result>> {
  const told = await tell()
  if (told.kind !== 'gone') return told
  try {
    if (!(await startNow(deps, caseId))) return told
  } catch {
    return { kind: 'unsent' }
  }
  return tell()
}
