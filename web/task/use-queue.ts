import { useQueries, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { Inbox, TaskDetail } from '#domain/views/tasks.ts'
import { inboxQuery, viewCounts } from '../inbox/inbox-query.ts'
import { ask } from '../queries.ts'
import { holdKeys } from '../ui/use-keys.ts'

type QueuePlace = { taskId: string; caseTitle: string }

export type Queue = {
  /** "7 of 23", with what was done today counted in; null while it is not known. */
  place: { position: number; total: number } | null
  previous: QueuePlace | null
  next: QueuePlace | null
  isNextLoaded: boolean
  go: (to: QueuePlace | null) => void
  /** On to what was next when this task was opened, or back to the list when that was the last. */
  advance: () => void
}

const prefetched = 2

/** Where a task stands in the list one came from; what comes next is loaded beforehand. */
export function useQueue(task: Pick<TaskDetail, 'id' | 'upNext'>): Queue {
  const navigate = useNavigate()
  const search = useSearch({ from: '/tasks/$taskId' })
  const inbox = useQuery(ask('inbox', { query: inboxQuery(search) })).data
  const { index, previous, following } = neighbours(inbox, task)
  const next = following[0] ?? null

  // Once decided, the task leaves the list; where it stood is what advancing goes by.
  const [lastNext, setLastNext] = useState(next)
  if ((index >= 0 || lastNext === null) && lastNext?.taskId !== next?.taskId) setLastNext(next)

  const ahead = useQueries({
    queries: following.slice(0, prefetched).map(({ taskId }) => ask('task', { params: { taskId } })),
  })

  function go(to: QueuePlace | null): void {
    if (to === null) return
    holdKeys()
    void navigate({ to: '/tasks/$taskId', params: { taskId: to.taskId }, search, replace: true })
  }

  const counts = inbox?.counts[viewCounts[search.view ?? 'needs-me']]
  const place =
    inbox === undefined || counts === undefined || index < 0
      ? null
      : { position: inbox.doneToday + index + 1, total: inbox.doneToday + counts }
  return {
    place,
    previous,
    next,
    isNextLoaded: ahead[0]?.data !== undefined,
    go,
    advance: () => {
      if (lastNext !== null) go(lastNext)
      else void navigate({ to: '/inbox', search, replace: true })
    },
  }
}

function neighbours(
  inbox: Inbox | undefined,
  task: Pick<TaskDetail, 'id' | 'upNext'>,
): { index: number; previous: QueuePlace | null; following: QueuePlace[] } {
  const places = (inbox?.items ?? []).map(({ id, caseTitle }) => ({ taskId: id, caseTitle }))
  const index = places.findIndex((place) => place.taskId === task.id)
  if (index < 0)
    return { index, previous: null, following: task.upNext.filter((up) => up.taskId !== task.id) }
  const after = places.slice(index + 1)
  // At the end of the list, what was skipped before comes again.
  const following = after.length > 0 ? after : places.slice(0, index)
  return { index, previous: places[index - 1] ?? null, following }
}
