import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { StreamEvent } from '#domain/contract.ts'
import { openLiveStream } from './live-stream.ts'

const batchMs = 500

/**
 * Keeps what is on screen true: every change that the server tells of makes its questions be asked again. The
 * stream shows what this person may see, so another person gets another one.
 */
export function useLive(personId: string): void {
  const client = useQueryClient()
  useEffect(() => {
    const waiting: StreamEvent[] = []
    let timer: ReturnType<typeof setTimeout> | null = null
    function take(data: unknown): void {
      const event = StreamEvent.safeParse(data)
      if (!event.success) return
      waiting.push(event.data)
      timer ??= setTimeout(() => {
        timer = null
        refreshFor(client, waiting.splice(0))
      }, batchMs)
    }
    const close = openLiveStream({ personId, onEvent: take, onGap: () => void client.invalidateQueries() })
    return () => {
      if (timer !== null) clearTimeout(timer)
      close()
    }
  }, [client, personId])
}

/** Lists and figures of the pilots that changed, and exactly the cases and tasks that are named. */
export function refreshFor(client: QueryClient, events: StreamEvent[]): void {
  if (events.length === 0) return
  const again = (name: string, params: Record<string, string> = {}): void =>
    void client.invalidateQueries({ queryKey: [name, { params }] })
  for (const name of ['inbox', 'home', 'pilots']) again(name)
  for (const pilotId of unique(events.map((event) => event.pilotId))) {
    for (const name of ['pilot', 'canvas', 'cases', 'stepPanel']) again(name, { pilotId })
  }
  // Too much was missed to be named: everything may have changed.
  if (events.some((event) => event.type === 'reload')) {
    for (const name of ['case', 'task']) again(name)
  }
  for (const caseId of unique(events.map((event) => event.caseId))) again('case', { caseId })
  for (const taskId of unique(events.map((event) => event.taskId))) again('task', { taskId })
}

function unique(ids: (string | null)[]): string[] {
  return [...new Set(ids)].filter((id) => id !== null)
}
