import type { QueryOf } from '#domain/contract.ts'
import type { Inbox, InboxView } from '#domain/views/tasks.ts'
import type { InboxSearch } from './inbox-search.ts'

/** The question behind a list, the same for the list and for the task that was opened from it. */
export function inboxQuery(search: InboxSearch): QueryOf<'inbox'> {
  return {
    view: search.view ?? 'needs-me',
    ...(search.kind === undefined ? {} : { kind: search.kind }),
    ...(search.processId === undefined ? {} : { processId: search.processId }),
    ...(search.search === undefined || search.search === '' ? {} : { search: search.search }),
    limit: '50',
  }
}

export const viewCounts = {
  'needs-me': 'needsMe',
  'due-soon': 'dueSoon',
  exceptions: 'exceptions',
  all: 'all',
} as const satisfies Record<InboxView, keyof Inbox['counts']>

export const viewWords = {
  'needs-me': 'Needs me',
  'due-soon': 'Due soon',
  exceptions: 'Exceptions',
  all: 'Everyone',
} as const satisfies Record<InboxView, string>
