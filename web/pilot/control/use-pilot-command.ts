import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import type { CommandBatch, PilotCommandBody } from '#domain/views/control.ts'
import { call } from '#web/api.ts'
import { showBatch } from './shown-batch.ts'

export type SendPilotCommand = {
  send: (command: PilotCommandBody) => void
  isPending: boolean
  error: unknown
}

/** Tells a pilot what to do. Until it was answered the same command keeps its key, so that it is never done twice. */
export function usePilotCommand(pilotId: string, onDone?: (batch: CommandBatch) => void): SendPilotCommand {
  const client = useQueryClient()
  const last = useRef<{ body: string; key: string } | null>(null)
  const { mutate, isPending, error } = useMutation({
    mutationFn: (command: PilotCommandBody) => {
      const body = JSON.stringify(command)
      if (last.current?.body !== body) last.current = { body, key: crypto.randomUUID() }
      return call('commandPilot', { params: { pilotId }, body: command, idempotencyKey: last.current.key })
    },
    onSuccess: async (batch) => {
      last.current = null
      showBatch(pilotId, batch)
      onDone?.(batch)
      await Promise.all(
        ['pilot', 'canvas', 'cases', 'stepPanel'].map((name) =>
          client.invalidateQueries({ queryKey: [name, { params: { pilotId } }] }),
        ),
      )
    },
  })
  return { send: mutate, isPending, error }
}
