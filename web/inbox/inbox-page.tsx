import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { ask } from '../queries.ts'
import { ErrorState, Loading } from '../ui/states.tsx'

export default function InboxPage(): ReactElement {
  const inbox = useQuery(ask('inbox', {}))
  if (inbox.isError) return <ErrorState error={inbox.error} what="The inbox could not be loaded" />
  if (inbox.data === undefined) return <Loading />
  return <h1>Inbox, {inbox.data.counts.needsMe}</h1>
}
