import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import type { CaseMessageBody, MessageReply } from '#domain/views/control.ts'
import { call } from '#web/api.ts'

type Content = Omit<CaseMessageBody, 'messageId'>
type BringMessage = { send: (content: Content) => void; isPending: boolean; error: unknown }

/** Brings a message to a case. The same content keeps its id until it was answered, so that it never counts twice. */
export function useBringMessage(
  caseId: string,
  { onDone, onError }: { onDone: (reply: MessageReply) => void; onError: (error: unknown) => void },
): BringMessage {
  const client = useQueryClient()
  const last = useRef<{ content: string; messageId: string } | null>(null)
  const { mutate, isPending, error } = useMutation({
    mutationFn: (content: Content) => {
      const text = JSON.stringify(content)
      if (last.current?.content !== text) last.current = { content: text, messageId: crypto.randomUUID() }
      const { messageId } = last.current
      return call('messageCase', {
        params: { caseId },
        body: { ...content, messageId },
        idempotencyKey: messageId,
      })
    },
    onSuccess: async (reply) => {
      last.current = null
      onDone(reply)
      await Promise.all(
        ['case', 'cases', 'inbox', 'task'].map((name) => client.invalidateQueries({ queryKey: [name] })),
      )
    },
    onError,
  })
  return { send: mutate, isPending, error }
}
