import { can, type Actor } from '#domain/can.ts'
import type { CaseCommand } from '#domain/case-messages.ts'
import { isProblem, type Problem } from '#domain/problems.ts'
import type { CaseCommandBody, CaseCommandReply } from '#domain/views/control.ts'
import { appendFacts } from '#store/case-work.ts'
import { noteCommand, noteCommandRefused } from '#store/commands.ts'
import { caseStatus } from '#store/tasks.ts'
import type { Deps } from './deps.ts'
import { problemOfRefusal } from './refusals.ts'
import { tellCommand } from './tell-command.ts'

type Wanted = { caseId: string; processId: string; body: CaseCommandBody; commandId: string }

/**
 * Tells one case what to do: notes it with its audit row, asks the case, and stores what it says at once. The same
 * command id again changes nothing; what the case refuses is in the audit too.
 */
export async function commandCase(
  deps: Pick<Deps, 'db' | 'engine' | 'versionOf'>,
  actor: Actor,
  wanted: Wanted,
): Promise<CaseCommandReply | Problem> {
  const { caseId, processId, body, commandId } = wanted
  if (body.kind !== 'raise-exception' && !can(actor, 'control-case', processId)) {
    return { code: 'NotAllowed', action: 'control-case' }
  }
  const state = await caseStatus(deps.db, caseId)
  if (state === null) return { code: 'NotFound', what: 'case' }
  const noted = await noteCommand(deps.db, { caseId, processId, by: actor.id, command: body, commandId })
  // The engine still knows what came of a command that was sent before the case ended.
  const reply =
    state.ended && noted === 'added'
      ? ({ code: 'CaseClosing', outcome: state.outcome } satisfies Problem)
      : await send(deps, actor, { ...wanted, pilotId: state.pilotId })
  if (isProblem(reply) && reply.code !== 'EngineUnavailable') {
    await noteCommandRefused(deps.db, { caseId, processId, by: actor.id, command: body, problem: reply.code })
  }
  return reply
}

async function send(
  deps: Pick<Deps, 'db' | 'engine' | 'versionOf'>,
  { id, name, sample }: Actor,
  { caseId, pilotId, body, commandId }: Wanted & { pilotId: string },
): Promise<CaseCommandReply | Problem> {
  const args = { commandId, by: { id, name, sample }, reason: reasonOf(body), ...commandOf(body) }
  const told = await tellCommand(deps, { pilotId, caseId }, args)
  switch (told.kind) {
    case 'done':
      await appendFacts(deps.db, caseId, told.result.facts)
      return { commandId, status: told.result.status }
    case 'refused':
      return problemOfRefusal(told)
    case 'gone': {
      const state = await caseStatus(deps.db, caseId)
      // A case that another server starts in this moment can be told in the next.
      return state?.ended === true
        ? { code: 'CaseClosing', outcome: state.outcome }
        : { code: 'EngineUnavailable' }
    }
    case 'unsent':
    case 'unanswered':
      return { code: 'EngineUnavailable' }
  }
}

function reasonOf(body: CaseCommandBody): string {
  return 'reason' in body ? body.reason.trim() : ''
}

function commandOf(body: CaseCommandBody): CaseCommand {
  switch (body.kind) {
    case 'pause':
      return { kind: 'pause' }
    case 'resume':
      return { kind: 'resume' }
    case 'go-by-hand':
      return { kind: 'go-by-hand', stepId: body.stepId }
    case 'come-back':
      return { kind: 'come-back', stepId: body.stepId }
    case 'raise-exception':
      return { kind: 'raise-exception', stepId: body.stepId, code: body.code, note: body.note.trim() }
  }
}
