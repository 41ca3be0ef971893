import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useLastDecision } from './last-decision.ts'
import { deliverAll, useOutbox } from './outbox.ts'

const longestPauseMs = 30_000

/** Sends waiting decisions: at start, when the line is back, and now and then. */
export function useOutboxSender(personId: string): void {
  const client = useQueryClient()
  const attempts = useOutbox(({ entries }) =>
    Math.max(-1, ...Object.values(entries).map((entry) => (entry.status === 'unsent' ? entry.attempts : -1))),
  )
  useEffect(() => {
    const send = (): void => deliverAll(personId)
    window.addEventListener('online', send)
    return () => window.removeEventListener('online', send)
  }, [personId])

  useEffect(() => {
    if (attempts < 0) return
    const pause = attempts === 0 ? 0 : Math.min(longestPauseMs, 2_000 * 2 ** attempts)
    const timer = setTimeout(() => deliverAll(personId), pause)
    return () => clearTimeout(timer)
  }, [attempts, personId])

  // A decision changes lists, figures and its own task, whether or not the stream tells of it.
  const decidedAt = useLastDecision(({ last }) => last?.at)
  useEffect(() => {
    if (decidedAt === undefined) return
    for (const name of ['inbox', 'home']) void client.invalidateQueries({ queryKey: [name] })
    const taskId = useLastDecision.getState().last?.taskId ?? ''
    void client.invalidateQueries({ queryKey: ['task', { params: { taskId } }], refetchType: 'none' })
  }, [client, decidedAt])
}
