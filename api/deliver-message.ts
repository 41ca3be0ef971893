import { createHash } from 'node:crypto'
import type { Actor } from '#domain/can.ts'
import { awaitedMessages, keyOf, type AwaitedMessage } from '#domain/awaited-messages.ts'
import { canonicalJson } from '#domain/canonical-json.ts'
import { absentProblems, fieldProblems } from '#domain/case-values.ts'
import { isProblem, type Problem } from '#domain/problems.ts'
import type { CaseMessageBody, MessageReply } from '#domain/views/control.ts'
import { appendFacts } from '#store/case-work.ts'
import { conditionValues } from '#store/cases.ts'
import { inTransaction, type Db } from '#store/db.ts'
import { referenceTo } from '#store/documents.ts'
import { loadMapTree } from '#store/map-trees.ts'
import {
  addresseeOf,
  auditRefusedMessage,
  casesWithKey,
  loadMessage,
  messagesWithKeys,
  noteAccepted,
  noteNotBrought,
  noteRefused,
  storeFields,
  storeMessage,
  takeMessages,
  type Addressee,
  type StoredMessage,
} from '#store/messages.ts'
import type { Versions } from '#store/processes.ts'
import { caseStatus } from '#store/tasks.ts'
import type { Engine } from './engine.ts'
import { problemOfRefusal } from './refusals.ts'

export type MessageDeps = { db: Db; engine: Pick<Engine, 'deliver'>; versionOf: Versions }

type ByKey = { pilotId: string; processId: string; key: string; body: CaseMessageBody }

/** Finds the case that a message is for by its key, and brings it there. */
export async function messageByKey(
  deps: MessageDeps,
  actor: Actor,
  { pilotId, processId, key, body }: ByKey,
): Promise<MessageReply | Problem> {
  const known = await loadMessage(deps.db, { pilotId, messageId: body.messageId })
  const caseId = known?.caseId ?? (await caseByKey(deps.db, { pilotId, key, body }))
  if (typeof caseId === 'string') return messageCase(deps, actor, { caseId, body })
  const object = { kind: 'pilot', id: pilotId }
  await auditRefusedMessage(deps.db, { by: actor.id, object, processId, problem: caseId, message: body })
  return caseId
}

/** The one open case with this key; of several the one that waits for the message just now. */
async function caseByKey(
  db: Db,
  { pilotId, key, body: { message } }: Omit<ByKey, 'processId'>,
): Promise<string | Problem> {
  const text = keyOf(key) ?? ''
  const found = await casesWithKey(db, { pilotId, message, key: text })
  const open = found.filter((candidate) => !candidate.ended)
  const waiting = open.filter((candidate) => candidate.waits)
  const [first, ...others] = waiting.length > 0 ? waiting : open
  if (first !== undefined) {
    return others.length === 0
      ? first.caseId
      : { code: 'KeyAmbiguous', key: text, cases: [first, ...others].map(({ number }) => number) }
  }
  const [last] = found
  if (last !== undefined) return { code: 'CaseClosing', outcome: last.outcome }
  const messages = await messagesWithKeys(db, pilotId)
  return messages.includes(message) ? { code: 'KeyUnknown', key: text } : { code: 'UnknownMessage', messages }
}

/**
 * Brings a message to a case: it is stored first, so that nothing acknowledged is lost, then the case is told. The
 * same id again is the same message; what the case refuses leaves only a row of the audit.
 */
export async function messageCase(
  deps: MessageDeps,
  actor: Actor,
  { caseId, body }: { caseId: string; body: CaseMessageBody },
): Promise<MessageReply | Problem> {
  const to = await addresseeOf(deps.db, caseId)
  if (to === null) return { code: 'NotFound', what: 'case' }
  const bodyHash = createHash('sha256')
    .update(canonicalJson({ caseId, ...body }))
    .digest('hex')
  const known = await loadMessage(deps.db, { pilotId: to.pilotId, messageId: body.messageId })
  const reply =
    known === null
      ? await accept(deps, actor, { to, body, bodyHash })
      : known.bodyHash !== bodyHash
        ? ({ code: 'MessageIdReused' } satisfies Problem)
        : known
  if (isProblem(reply)) {
    const object = { kind: 'case', id: caseId }
    const { processId } = to
    await auditRefusedMessage(deps.db, { by: actor.id, object, processId, problem: reply, message: body })
    return reply
  }
  if (reply.outcome !== null && reply.outcome.status !== 'refused') {
    return { messageId: body.messageId, caseId, status: 'duplicate' }
  }
  return bring(deps, reply)
}

type Incoming = { to: Addressee; body: CaseMessageBody; bodyHash: string }

/** Everything that can be said before the case is asked; then it is stored. */
async function accept(
  deps: MessageDeps,
  actor: Actor,
  { to, body, bodyHash }: Incoming,
): Promise<StoredMessage | Problem> {
  if (to.ended) return { code: 'CaseClosing', outcome: to.outcome }
  const version = await deps.versionOf(deps.db, to.processId, to.version)
  const tree = await loadMapTree(deps.db, { processId: to.processId, version: to.version }, deps.versionOf)
  if (version === null || tree === null) throw new Error(`case ${to.caseId} has no map version ${to.version}`)
  const all = awaitedMessages(tree)
  const awaited = awaitedBy(to, body.message, all)
  if (awaited === null) {
    return { code: 'UnknownMessage', messages: [...new Set(all.map(({ message }) => message))].toSorted() }
  }
  const { map, step, sub } = awaited
  const errors = [
    ...fieldProblems(map, { allowed: new Set(step.outputs), values: body.values }),
    ...absentProblems(map, step.outputs, body.values),
  ]
  if (errors.length > 0) {
    return {
      code: 'ValuesInvalid',
      errors: errors.map((error) => ({ ...error, field: `values.${error.field}` })),
    }
  }
  const { messageId, message, values } = body
  const fields = Object.keys(values)
  const vars = sub === null ? version.plan.vars : (version.plan.subs?.[sub]?.vars ?? {})
  const stored = {
    pilotId: to.pilotId,
    caseId: to.caseId,
    processId: to.processId,
    bodyHash,
    fields: values,
    args: {
      messageId,
      message,
      ref: fields.length === 0 ? null : referenceTo(values, documentId(to.caseId, messageId)),
      fields,
      values: conditionValues(vars, values),
    },
  }
  const { id, name, sample } = actor
  if (await storeMessage(deps.db, { ...stored, by: { id, name, sample } })) {
    return { ...stored, sentBy: actor.id, outcome: null }
  }
  // The same id came twice at once.
  const twin = await loadMessage(deps.db, { pilotId: to.pilotId, messageId })
  return twin === null || twin.bodyHash !== bodyHash ? { code: 'MessageIdReused' } : twin
}

/** The step that this is for: where the case waits now, else the first on the map. */
function awaitedBy(to: Addressee, message: string, all: AwaitedMessage[]): AwaitedMessage | null {
  const named = all.filter((awaited) => awaited.message === message)
  return named.find(({ path }) => to.waitsAt.includes(path)) ?? named[0] ?? null
}

function documentId(caseId: string, messageId: string): string {
  return `${caseId}.message.${createHash('sha256').update(messageId).digest('hex').slice(0, 16)}`
}

async function bring(deps: MessageDeps, stored: StoredMessage): Promise<MessageReply | Problem> {
  const { db, engine } = deps
  const { args, caseId, pilotId } = stored
  const reply = (status: MessageReply['status']): MessageReply => ({
    messageId: args.messageId,
    caseId,
    status,
  })
  const later = async (): Promise<MessageReply> => {
    await noteNotBrought(db, stored)
    return reply('accepted')
  }
  if (stored.outcome?.status === 'refused') await inTransaction(db, (tx) => storeFields(tx, stored))
  const told = await engine.deliver({ pilotId, caseId }, args)
  switch (told.kind) {
    case 'done': {
      const { status, facts } = told.result
      await appendFacts(db, caseId, facts)
      await noteAccepted(db, stored, status === 'kept' ? 'kept' : 'delivered')
      return reply(status)
    }
    case 'refused': {
      const problem = problemOfRefusal(told)
      await noteRefused(db, stored, problem)
      return problem
    }
    case 'gone': {
      const state = await caseStatus(db, caseId)
      if (state?.ended !== true) return later()
      const problem: Problem = { code: 'CaseClosing', outcome: state.outcome }
      await noteRefused(db, stored, problem)
      return problem
    }
    case 'unsent':
    case 'unanswered':
      return later()
  }
}

const atOnce = 8

/** Brings stored messages that no case has taken yet; gives how many were tried. Several may run at once. */
export async function relayMessages(
  deps: MessageDeps & { onError: (message: string, error: unknown) => void },
): Promise<number> {
  const taken = await takeMessages(deps.db, atOnce)
  await Promise.all(
    taken.map(async (message) => {
      try {
        await bring(deps, message)
      } catch (error) {
        deps.onError(`message ${message.args.messageId} was not brought yet`, error)
      }
    }),
  )
  return taken.length
}
