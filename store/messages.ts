import { z } from 'zod'
import type { ActorRef, DeliverArgs } from '#domain/case-messages.ts'
import type { Problem } from '#domain/problems.ts'
import { FieldValues } from '#domain/process-map.ts'
import { addAudit } from './audit.ts'
import { inTransaction, json, maybeRow, rows, run, sql, type Db } from './db.ts'
import { storeDocument } from './documents.ts'

const Candidate = z.object({
  caseId: z.string(),
  number: z.number(),
  ended: z.boolean(),
  outcome: z.string().nullable(),
  waits: z.boolean(),
})
export type Candidate = z.infer<typeof Candidate>

/** Cases of a pilot that a message with this key may be for; those that ended too. */
export async function casesWithKey(
  db: Db,
  { pilotId, message, key }: { pilotId: string; message: string; key: string },
): Promise<Candidate[]> {
  return rows(
    db,
    Candidate,
    sql`select c.id as "caseId", c.number, c.ended_at is not null as ended, c.outcome,
        exists (select 1 from case_wait w where w.case_id = c.id and w.message = ${message}
          and w.ended_at is null) as waits
      from case_key k join case_run c on c.id = k.case_id
      where k.pilot_id = ${pilotId} and k.message = ${message} and k.value = ${key}
      order by c.started_at desc, c.id limit 100`,
  )
}

/** Names of messages that open cases of a pilot know by a key of theirs. */
export async function messagesWithKeys(db: Db, pilotId: string): Promise<string[]> {
  const found = await rows(
    db,
    z.object({ message: z.string() }),
    sql`select distinct message from case_key where pilot_id = ${pilotId} order by message`,
  )
  return found.map((row) => row.message)
}

const Addressee = z.object({
  caseId: z.string(),
  pilotId: z.string(),
  processId: z.string(),
  version: z.number(),
  ended: z.boolean(),
  outcome: z.string().nullable(),
  /** Paths of the steps where it waits now. */
  waitsAt: z.array(z.string()),
})
export type Addressee = z.infer<typeof Addressee>

export async function addresseeOf(db: Db, caseId: string): Promise<Addressee | null> {
  return maybeRow(
    db,
    Addressee,
    sql`select c.id as "caseId", c.pilot_id as "pilotId", p.process_id as "processId", c.map_version as version,
        c.ended_at is not null as ended, c.outcome,
        array(select w.step_id from case_wait w where w.case_id = c.id and w.ended_at is null
          order by w.since) as "waitsAt"
      from case_run c join pilot p on p.id = c.pilot_id where c.id = ${caseId}`,
  )
}

const Value = z.union([z.string(), z.number(), z.boolean(), z.null()])
const Args = z.strictObject({
  messageId: z.string(),
  message: z.string(),
  ref: z.strictObject({ id: z.string(), sha256: z.string(), bytes: z.number() }).nullable(),
  fields: z.array(z.string()),
  values: z.record(z.string(), Value),
})
const Outcome = z.strictObject({ status: z.enum(['delivered', 'kept', 'refused']) })

const MessageRow = z.object({
  pilotId: z.string(),
  caseId: z.string(),
  processId: z.string(),
  sentBy: z.string(),
  bodyHash: z.string(),
  args: Args,
  fields: FieldValues,
  outcome: Outcome.nullable(),
})
export type StoredMessage = z.infer<typeof MessageRow>

const columns = sql`m.pilot_id as "pilotId", m.case_id as "caseId", m.process_id as "processId",
  m.sent_by as "sentBy", m.body_hash as "bodyHash", m.args, m.fields, m.outcome`

export async function loadMessage(
  db: Db,
  of: { pilotId: string; messageId: string },
): Promise<StoredMessage | null> {
  return maybeRow(
    db,
    MessageRow,
    sql`select ${columns} from message m where m.pilot_id = ${of.pilotId} and m.message_id = ${of.messageId}`,
  )
}

/** How long whoever stored or took a message has to bring it, before somebody else may. */
const leaseSeconds = 30

export type NewMessage = Omit<StoredMessage, 'outcome' | 'sentBy'> & { by: ActorRef }

/** Stores a message with its document and its row of the audit. False: the id is taken. */
export async function storeMessage(db: Db, message: NewMessage): Promise<boolean> {
  const { args, by } = message
  return inTransaction(db, async (tx) => {
    const stored = await run(
      tx,
      sql`insert into message (pilot_id, message_id, case_id, process_id, name, body_hash, args, fields, sent_by, next_at)
        values (${message.pilotId}, ${args.messageId}, ${message.caseId}, ${message.processId}, ${args.message},
          ${message.bodyHash}, ${json(args)}, ${json(message.fields)}, ${by.id},
          now() + make_interval(secs => ${leaseSeconds}))
        on conflict do nothing`,
    )
    if (stored === 0) return false
    await storeFields(tx, message)
    await addAudit(tx, {
      actor: by.id,
      action: 'send-message',
      object: { kind: 'case', id: message.caseId },
      processId: message.processId,
      detail: { messageId: args.messageId, message: args.message, sha256: args.ref?.sha256 ?? null },
    })
    return true
  })
}

/** The document that a case is pointed to; stored anew when an earlier refusal has taken it away. */
export async function storeFields(
  tx: Db,
  { args, caseId, fields }: Pick<StoredMessage, 'args' | 'caseId' | 'fields'>,
): Promise<void> {
  if (args.ref === null) return
  const { messageId, message } = args
  await storeDocument(tx, {
    caseId,
    kind: 'form',
    body: fields,
    meta: { messageId, message },
    id: args.ref.id,
  })
}

export async function noteAccepted(
  db: Db,
  { pilotId, args }: Pick<StoredMessage, 'pilotId' | 'args'>,
  status: 'delivered' | 'kept',
): Promise<void> {
  await run(
    db,
    sql`update message set outcome = ${json({ status })}
      where pilot_id = ${pilotId} and message_id = ${args.messageId}`,
  )
}

/** Whoever took it in could not bring it: others need not wait for them. What was tried again keeps its pause. */
export async function noteNotBrought(
  db: Db,
  { pilotId, args }: Pick<StoredMessage, 'pilotId' | 'args'>,
): Promise<void> {
  await run(
    db,
    sql`update message set next_at = least(next_at, now() + interval '1 second')
      where pilot_id = ${pilotId} and message_id = ${args.messageId} and outcome is null and attempts = 0`,
  )
}

/** The case does not want it: nothing of it stays but this, and a row of the audit. */
export async function noteRefused(db: Db, message: StoredMessage, problem: Problem): Promise<void> {
  const { pilotId, args, caseId, processId, sentBy } = message
  await inTransaction(db, async (tx) => {
    const refused = await run(
      tx,
      sql`update message set outcome = ${json({ status: 'refused' })}
        where pilot_id = ${pilotId} and message_id = ${args.messageId}
          and (outcome is null or outcome->>'status' = 'refused')`,
    )
    // Somebody else brought it in the meantime, and the case took it.
    if (refused === 0) return
    if (args.ref !== null) await run(tx, sql`delete from document where id = ${args.ref.id}`)
    const object = { kind: 'case', id: caseId }
    await addAudit(tx, refusedEntry({ by: sentBy, object, processId, problem, message: args }))
  })
}

/** Notes in the audit that a message was refused before anything of it was stored. */
export async function auditRefusedMessage(
  db: Db,
  refused: {
    by: string
    object: { kind: string; id: string }
    processId: string
    problem: Problem
    message: Pick<DeliverArgs, 'messageId' | 'message'>
  },
): Promise<void> {
  await inTransaction(db, (tx) => addAudit(tx, refusedEntry(refused)))
}

function refusedEntry({
  by,
  object,
  processId,
  problem,
  message,
}: Parameters<typeof auditRefusedMessage>[1]): Parameters<typeof addAudit>[1] {
  return {
    actor: by,
    action: 'send-message:refused',
    object,
    processId,
    detail: { messageId: message.messageId, message: message.message, problem: problem.code },
  }
}

/** Messages that no case has taken yet and that nobody is bringing just now. */
export async function takeMessages(db: Db, most: number): Promise<StoredMessage[]> {
  return rows(
    db,
    MessageRow,
    sql`with due as (
        select pilot_id, message_id from message where outcome is null and next_at <= now()
        order by next_at limit ${most} for update skip locked)
      update message m set attempts = attempts + 1,
        next_at = now() + make_interval(secs => least(${leaseSeconds}, 2 ^ least(attempts, 10)))
      from due d where m.pilot_id = d.pilot_id and m.message_id = d.message_id
      returning ${columns}`,
  )
}
