import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { ask } from '../queries.ts'
import { ErrorState, Loading } from '../ui/states.tsx'

export default function TaskPage(): ReactElement {
  const { taskId } = useParams({ from: '/tasks/$taskId' })
  const task = useQuery(ask('task', { params: { taskId } }))
  if (task.isError) return <ErrorState error={task.error} what="The task could not be loaded" />
  if (task.data === undefined) return <Loading />
  return <h1>{task.data.caseTitle}</h1>
}
