import { z } from 'zod'
import { create } from 'zustand'
import { persist } from 'zustand/middleware'
import { DecisionBody, type DecisionReply } from '#domain/views/tasks.ts'
import { ApiError, call, type ProblemBody } from '../api.ts'
import { noteDecision } from './last-decision.ts'
import { closeForm, useTaskForms } from './task-forms.ts'

/**
 * Decisions on their way. Each is stored before it is sent and sent again, with the same id, until the server
 * has answered: a closed tab or a lost line loses none and doubles none.
 */
const Entry = z.strictObject({
  taskId: z.string(),
  personId: z.string(),
  caseTitle: z.string(),
  undoSeconds: z.number(),
  body: DecisionBody,
  status: z.enum(['sending', 'checking', 'unsent']),
  attempts: z.int(),
  /** Why it is not sent yet, in words. */
  words: z.string(),
})
export type OutboxEntry = z.infer<typeof Entry>

const Kept = z.object({ entries: z.record(z.string(), Entry) })
type Outbox = z.infer<typeof Kept> & { refusals: Record<string, ProblemBody> }

export const useOutbox = create<Outbox>()(
  persist((): Outbox => ({ entries: {}, refusals: {} }), {
    name: 'throughline-unsent',
    version: 1,
    partialize: ({ entries }) => ({ entries }),
    merge: (persisted, current) => {
      const kept = Kept.safeParse(persisted)
      if (!kept.success) return current
      const entries = Object.fromEntries(
        Object.entries(kept.data.entries).map(([id, entry]) => [
          id,
          { ...entry, status: 'unsent' as const, attempts: 0 },
        ]),
      )
      return { ...current, entries }
    },
  }),
)

const onTheirWay = new Set<string>()
const checkEveryMs = 1_000

/** Stores a decision and sends it. Gives the answer, or null when it waits or was refused. */
export function postDecision(
  entry: Pick<OutboxEntry, 'taskId' | 'personId' | 'caseTitle' | 'undoSeconds' | 'body'>,
): Promise<DecisionReply | null> {
  forgetRefusal(entry.taskId)
  setEntry({ ...entry, status: 'sending', attempts: 0, words: '' })
  return deliver(entry.taskId)
}

/** Sends what waits for this person; quiet when nothing does. */
export function deliverAll(personId: string): void {
  for (const entry of Object.values(useOutbox.getState().entries)) {
    if (entry.personId === personId && entry.status === 'unsent') void deliver(entry.taskId)
  }
}

export async function deliver(taskId: string): Promise<DecisionReply | null> {
  const entry = useOutbox.getState().entries[taskId]
  if (entry === undefined || onTheirWay.has(taskId)) return null
  onTheirWay.add(taskId)
  setEntry({ ...entry, status: 'sending' })
  try {
    const reply = await call('decide', { params: { taskId }, body: entry.body })
    return settle(entry, reply.status === 'checking' ? await check(entry) : reply)
  } catch (error) {
    return await afterFailure(entry, error)
  } finally {
    onTheirWay.delete(taskId)
  }
}

async function afterFailure(entry: OutboxEntry, error: unknown): Promise<DecisionReply | null> {
  if (error instanceof ApiError && error.body.code === 'DecisionIdReused') {
    const earlier = await call('decision', { params: { decisionId: entry.body.decisionId } }).catch(
      () => null,
    )
    if (earlier !== null) return settle(entry, earlier)
  }
  if (error instanceof ApiError && !isWorthWaiting(error)) {
    const problem = error.body
    removeEntry(entry.taskId)
    useOutbox.setState(({ refusals }) => ({ refusals: { ...refusals, [entry.taskId]: problem } }))
    return null
  }
  const words = error instanceof ApiError ? error.message : 'The answer could not be read.'
  setEntry({ ...entry, status: 'unsent', attempts: entry.attempts + 1, words })
  return null
}

/** No answer, a part that is away, or too much at once: the same decision may be sent again. */
function isWorthWaiting({ body }: ApiError): boolean {
  return body.status === 0 || body.status === 429 || body.status >= 500 || body.code === 'RequestInFlight'
}

/** The server has it and asks the case: goes on asking until it is known. */
async function check(entry: OutboxEntry): Promise<DecisionReply> {
  setEntry({ ...entry, status: 'checking' })
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, checkEveryMs))
    const reply = await call('decision', { params: { decisionId: entry.body.decisionId } })
    if (reply.status !== 'checking') return reply
  }
}

function settle(entry: OutboxEntry, reply: DecisionReply): DecisionReply {
  const form = useTaskForms.getState().forms[entry.taskId] ?? null
  removeEntry(entry.taskId)
  closeForm(entry.taskId)
  noteDecision({
    decisionId: reply.decisionId,
    taskId: entry.taskId,
    caseTitle: entry.caseTitle,
    action: reply.action,
    status: reply.status,
    undoUntil: undoUntil(entry, reply),
    at: Date.now(),
    form,
    example: reply.action === 'edit' && reply.status !== 'counted' ? 'offered' : 'none',
  })
  return reply
}

/**
 * A fresh decision opens its window now, whatever this browser's clock says beside the server's; one that was
 * found again later goes by the server's.
 */
function undoUntil(entry: OutboxEntry, reply: DecisionReply): number | null {
  if (reply.undoUntil === null) return null
  const isFresh = reply.status === 'applied' && entry.attempts === 0
  return isFresh ? Date.now() + entry.undoSeconds * 1_000 : Date.parse(reply.undoUntil)
}

/** Stops sending, so that the person can decide otherwise; their text stays in the form. */
export function removeEntry(taskId: string): void {
  useOutbox.setState(({ entries }) => {
    const { [taskId]: _, ...others } = entries
    return { entries: others }
  })
}

export function forgetRefusal(taskId: string): void {
  useOutbox.setState(({ refusals }) => {
    const { [taskId]: _, ...others } = refusals
    return { refusals: others }
  })
}

function setEntry(entry: OutboxEntry): void {
  useOutbox.setState(({ entries }) => ({ entries: { ...entries, [entry.taskId]: entry } }))
}
