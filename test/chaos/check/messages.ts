import { isDone, type Done } from '../load/history.ts'
import { markerIn } from '../stand/letters.ts'
import type { Facts } from './facts.ts'
import { groupBy } from './group-by.ts'
import type { Violation } from './violation.ts'

/** I1 for messages: what was acknowledged is kept and reaches its case once; what was refused never does. */
export function checkMessages(done: Done[], facts: Facts): Violation[] {
  const violations: Violation[] = []
  const broken = (what: string): void => void violations.push({ invariant: 'I1', what })
  const stored = new Map(facts.messages.map((row) => [row.message_id, row]))
  const received = groupBy(
    facts.events.filter((event) => event.type === 'message-received'),
    ({ messageId }) => messageId,
  )
  const cases = new Map(facts.cases.map((found) => [found.id, found]))
  const sent = groupBy(done.filter(isDone('message')), ({ operation }) => operation.messageId)

  for (const [messageId, all] of sent) {
    const times = received.get(messageId)?.length ?? 0
    const row = stored.get(messageId)
    const isAcknowledged = all.some(({ outcome }) => outcome.end === 'ok')
    if (times > 1) broken(`message ${messageId} was received ${times} times`)
    if (isAcknowledged && row === undefined) broken(`message ${messageId} was acknowledged and is unknown`)
    if (all.every(({ outcome }) => outcome.end === 'fail') && times > 0) {
      broken(`message ${messageId} was refused and received all the same`)
    }
    const found = row === undefined ? undefined : cases.get(row.case_id)
    const [{ operation } = { operation: null }] = all
    if (found !== undefined && operation !== null && markerIn(found.title) !== operation.marker) {
      broken(`message ${messageId} for ${operation.marker} went to ${found.title}`)
    }
    const isTaken = row?.outcome === 'delivered' || row?.outcome === 'kept'
    // One that is stopped may have taken a message and not have come to read it.
    if (isTaken && times === 0 && found?.status === 'done') {
      broken(`message ${messageId} was taken by its case and never received`)
    }
    if (row?.outcome === 'refused' && times > 0) {
      broken(`message ${messageId} is noted as refused and was received`)
    }
  }
  for (const messageId of received.keys()) {
    if (!sent.has(messageId)) broken(`message ${messageId} was received and nobody sent it`)
  }
  return violations
}
