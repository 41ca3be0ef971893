import type { CaseCommandBody } from '#domain/views/control.ts'
import { addAudit } from './audit.ts'
import { inTransaction, type Db } from './db.ts'

type Noted = { caseId: string; processId: string; by: string; command: CaseCommandBody }

/** Notes in the audit that a case was told something, before it is. */
export async function noteCommand(db: Db, noted: Noted & { commandId: string }): Promise<void> {
  const { command } = noted
  await note(db, noted, {
    action: `command-case:${command.kind}`,
    detail: {
      commandId: noted.commandId,
      stepId: 'stepId' in command ? command.stepId : null,
      reason: 'reason' in command ? command.reason : null,
      code: 'code' in command ? command.code : null,
      note: 'note' in command ? command.note : null,
    },
  })
}

export async function noteCommandRefused(db: Db, refused: Noted & { problem: string }): Promise<void> {
  await note(db, refused, {
    action: 'command-case:refused',
    detail: { command: refused.command.kind, problem: refused.problem },
  })
}

async function note(
  db: Db,
  { caseId, processId, by }: Noted,
  said: { action: string; detail: Record<string, string | null> },
): Promise<void> {
  await inTransaction(db, (tx) =>
    addAudit(tx, { actor: by, object: { kind: 'case', id: caseId }, processId, ...said }),
  )
}
