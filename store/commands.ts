import { z } from 'zod'
import type { CaseCommandBody } from '#domain/views/control.ts'
import { addAudit, addAuditOnce, type AuditEntry } from './audit.ts'
import { inTransaction, oneRow, sql, type Db } from './db.ts'

type Noted = { caseId: string; processId: string; by: string; command: CaseCommandBody }

/** Notes in the audit that a case was told something, before it is; once for each command, however often it is sent. */
export async function noteCommand(db: Db, noted: Noted & { commandId: string }): Promise<'added' | 'known'> {
  const { command } = noted
  const entry = entryOf(noted, {
    action: `command-case:${command.kind}`,
    detail: {
      commandId: noted.commandId,
      stepId: 'stepId' in command ? command.stepId : null,
      reason: 'reason' in command ? command.reason : null,
      code: 'code' in command ? command.code : null,
      note: 'note' in command ? command.note : null,
    },
  })
  return inTransaction(db, (tx) => addAuditOnce(tx, entry))
}

/** Whether a case has told that it did what this command says. */
export async function wasObeyed(
  db: Db,
  { caseId, commandId }: { caseId: string; commandId: string },
): Promise<boolean> {
  const { obeyed } = await oneRow(
    db,
    z.object({ obeyed: z.boolean() }),
    sql`select exists (select 1 from case_event
      where case_id = ${caseId} and event->>'commandId' = ${commandId}) as obeyed`,
  )
  return obeyed
}

export async function noteCommandRefused(db: Db, refused: Noted & { problem: string }): Promise<void> {
  const entry = entryOf(refused, {
    action: 'command-case:refused',
    detail: { command: refused.command.kind, problem: refused.problem },
  })
  await inTransaction(db, (tx) => addAudit(tx, entry))
}

function entryOf({ caseId, processId, by }: Noted, said: Pick<AuditEntry, 'action' | 'detail'>): AuditEntry {
  return { actor: by, object: { kind: 'case', id: caseId }, processId, ...said }
}
