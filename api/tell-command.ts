import type { CommandArgs, CommandResult } from '#domain/case-messages.ts'
import { wasObeyed } from '#store/commands.ts'
import type { Db } from '#store/db.ts'
import type { Versions } from '#store/processes.ts'
import type { CaseAddress, Engine, Told } from './engine.ts'
import { startNow } from './start-relay.ts'

/**
 * Tells a case what to do. One that waits for its turn to start is started first: nobody waits to pause what waits.
 * Of one that has ended since, the engine remembers only what came of commands in its last history.
 */
export async function tellCommand(
  deps: { db: Db; engine: Engine; versionOf: Versions },
  to: CaseAddress,
  args: CommandArgs,
): Promise<Told<CommandResult>> {
  const told = await deps.engine.command(to, args)
  if (told.kind !== 'gone') return told
  if (await wasObeyed(deps.db, { caseId: to.caseId, commandId: args.commandId })) {
    return { kind: 'done', result: { status: 'duplicate', facts: [] } }
  }
  try {
    if (!(await startNow(deps, to.caseId))) return told
  } catch {
    return { kind: 'unsent' }
  }
  return deps.engine.command(to, args)
}
