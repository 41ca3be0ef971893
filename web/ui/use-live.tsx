import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useEffect, type ReactElement, type ReactNode } from 'react'
import { StreamEvent } from '#domain/contract.ts'
import { openLiveStream } from './live-stream.ts'

const batchMs = 500

/** Keeps what is on screen true: every change that the server tells of makes its questions be asked again. */
export function LiveChanges({ children }: { children: ReactNode }): ReactElement {
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
    const close = openLiveStream({ onEvent: take, onGap: () => void client.invalidateQueries() })
    return () => {
      if (timer !== null) clearTimeout(timer)
      close()
    }
  }, [client])
  return <>{children}</>
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
  for (const caseId of unique(events.map((event) => event.caseId))) again('case', { caseId })
  for (const taskId of unique(events.map((event) => event.taskId))) again('task', { taskId })
}

function unique(ids: (string | null)[]): string[] {
  return [...new Set(ids)].filter((id) => id !== null)
}
