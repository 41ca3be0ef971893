import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { ApiError, call } from '../api.ts'
import { ask } from '../queries.ts'
import { useNow } from '../ui/time-text.tsx'
import { holdKeys } from '../ui/use-keys.ts'
import { forgetDecision, sayShortly, useLastDecision } from './last-decision.ts'
import { leaveTry } from './tries.ts'
import { reopenForm } from './task-forms.ts'

export type Undo = { caseTitle: string; run: () => void; secondsLeft: number; share: number }

/** Taking the last decision back while its window is open; null when there is nothing to take back. */
export function useUndo(): Undo | null {
  const client = useQueryClient()
  const navigate = useNavigate()
  const last = useLastDecision((said) => said.last)
  const until = last?.undoUntil ?? null
  const now = useNow(until === null ? 60_000 : 250)

  const { mutate, isPending } = useMutation({
    mutationFn: (decisionId: string) => call('undo', { params: { decisionId }, body: {} }),
    onSuccess: async (reopened) => {
      if (last?.form !== null && last?.form !== undefined) {
        reopenForm(last.form, { version: reopened.taskVersion })
      }
      forgetDecision()
      leaveTry(reopened.taskId)
      holdKeys()
      await client.invalidateQueries({ queryKey: ['inbox'], refetchType: 'none' })
      await client.fetchQuery({ ...ask('task', { params: { taskId: reopened.taskId } }), staleTime: 0 })
      await navigate({ to: '/tasks/$taskId', params: { taskId: reopened.taskId } })
      sayShortly('Taken back. It is open again.')
    },
    onError: (error) => {
      const isLate = error instanceof ApiError && error.body.code === 'UndoClosed'
      if (isLate) forgetDecision()
      sayShortly(isLate ? 'Too late to undo: the case has gone on.' : `Not undone. ${error.message}`)
    },
  })

  if (last === null || until === null || isPending || now >= until) return null
  const windowMs = Math.max(1, until - last.at)
  return {
    caseTitle: last.caseTitle,
    run: () => mutate(last.decisionId),
    secondsLeft: Math.ceil((until - now) / 1_000),
    share: (until - now) / windowMs,
  }
}
