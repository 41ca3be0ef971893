import type { CommandArgs, CommandResult } from '#domain/case-messages.ts'
import { wasObeyed } from '#store/commands.ts'
import type { Db } from '#store/db.ts'
import type { Versions } from '#store/processes.ts'
import type { CaseAddress, Engine, Told } from './engine.ts'
import { tellStarted } from './tell-started.ts'

/**
 * Tells a case what to do. Of one that has ended since, the engine remembers only what came of commands in its last
 * history; the case has told which others it obeyed.
 */
export async function tellCommand(
  deps: { db: Db; engine: Engine; versionOf: Versions },
  to: CaseAddress,
  args: CommandArgs,
): Promise<Told<CommandResult>> {
  const { caseId } = to
  const told = await tellStarted(deps, caseId, () => deps.engine.command(to, args))
  return told.kind === 'gone' && (await wasObeyed(deps.db, { caseId, commandId: args.commandId }))
    ? { kind: 'done', result: { status: 'duplicate', facts: [] } }
    : told
}
