import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import type { CaseCommandBody } from '#domain/views/control.ts'
import { call } from '#web/api.ts'

export type SendCaseCommand = {
  send: (command: CaseCommandBody) => void
  isPending: boolean
  error: unknown
}

/** Tells a case what to do. Until it was answered the same command keeps its key, so that it is never done twice. */
export function useCaseCommand(caseId: string, onDone?: () => void): SendCaseCommand {
  const client = useQueryClient()
  const last = useRef<{ body: string; key: string } | null>(null)
  const { mutate, isPending, error } = useMutation({
    mutationFn: (command: CaseCommandBody) => {
      const body = JSON.stringify(command)
      if (last.current?.body !== body) last.current = { body, key: crypto.randomUUID() }
      return call('commandCase', { params: { caseId }, body: command, idempotencyKey: last.current.key })
    },
    onSuccess: async () => {
      last.current = null
      onDone?.()
      await Promise.all(
        ['case', 'cases', 'inbox', 'task'].map((name) => client.invalidateQueries({ queryKey: [name] })),
      )
    },
  })
  return { send: mutate, isPending, error }
}
